"use strict";
// Starts the extension with its real client, without VS Code: whatever they ask of VS Code is there and does nothing.
// Prints whether the server runs, and the errors that were shown.

const Module = require("node:module");

const [, , extension, command, folder] = process.argv;
const errors = [];

class Disposable {
  static from() {
    return new Disposable();
  }
  dispose() {}
}

class EventEmitter {
  event = () => new Disposable();
  fire() {}
  dispose() {}
}

/** Return an object whose missing properties are functions that return such an object. */
function quiet(given = {}) {
  const get = (target, name) => (name in target || name === "then" ? target[name] : () => quiet());
  return new Proxy(given, { get });
}

/** Return something that can be called, made, extended and asked for anything. */
function anything() {
  const get = (target, name) => (name in target || name === "then" ? target[name] : anything());
  return new Proxy(class {}, { apply: () => anything(), get });
}

const uri = { fsPath: folder, scheme: "file", toString: () => `file://${folder}` };
const vscode = {
  Disposable,
  EventEmitter,
  commands: quiet(),
  env: { appName: "tests", language: "en" },
  extensions: { all: [], getExtension: () => undefined },
  languages: quiet(),
  version: "1.91.0",
  window: quiet({
    showErrorMessage: async (message) => void errors.push(message),
    tabGroups: quiet({ all: [] }),
    visibleNotebookEditors: [],
    visibleTextEditors: [],
  }),
  workspace: quiet({
    getConfiguration: () => ({ get: (name, other) => (name === "command" ? command : other), inspect() {} }),
    notebookDocuments: [],
    textDocuments: [],
    workspaceFolders: [{ uri, name: "policies", index: 0 }],
  }),
};

const load = Module._load;
const api = new Proxy(vscode, { get: (target, name) => target[name] ?? anything() });
Module._load = (name, ...rest) => (name === "vscode" ? api : load(name, ...rest));

const { activate, deactivate } = require(extension);
const { LanguageClient, State } = require(require.resolve("vscode-languageclient/node", { paths: [extension] }));
const clients = [];
const start = LanguageClient.prototype.start;
LanguageClient.prototype.start = function () {
  clients.push(this);
  return start.call(this);
};

activate({ subscriptions: [] })
  .then(async () => {
    const server = clients[0].initializeResult?.serverInfo?.name;
    console.log(JSON.stringify({ errors, server, runs: clients[0].state === State.Running }));
    await deactivate();
    process.exit(0);
  })
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
