"use strict";

const { homedir } = require("node:os");
const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const FILES = "**/*.{yaml,yml}";

/** The client of the server that runs now. */
let client;

/** The last start or stop, which the next one waits for. */
let last = Promise.resolve();

/** Return the program to start, with `~` and the first folder of the workspace filled in. */
function command() {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const written = workspace.getConfiguration("resolver").get("command") || "resolver";
  return written.replace(/^~(?=[\\/])/, () => homedir()).replaceAll("${workspaceFolder}", () => folder);
}

async function start() {
  const program = command();
  const cwd = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const server = { command: program, args: ["lsp"], options: { cwd } };
  client = new LanguageClient("resolver", "resolver", server, {
    documentSelector: [{ scheme: "file", language: "yaml" }, { scheme: "file", pattern: FILES }],
  });
  try {
    await client.start();
  } catch (error) {
    const help = "install it with `pip install 'tier-resolver[lsp]'`, or set `resolver.command`";
    window.showErrorMessage(`\`${program} lsp\` does not start: ${error.message ?? error}; ${help}`);
  }
}

async function stop() {
  const stopped = client;
  client = undefined;
  try {
    await stopped?.dispose();
  } catch {
    // It has ended already, or never started.
  }
}

function restart() {
  last = last.then(stop).then(start);
  return last;
}

function activate(context) {
  context.subscriptions.push(
    commands.registerCommand("resolver.restart", restart),
    workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("resolver.command") && restart()),
  );
  return restart();
}

function deactivate() {
  last = last.then(stop);
  return last;
}

module.exports = { activate, deactivate };
