// Ask a server for a tier, report three failures, and ask again.
//
//     resolver serve &
//     node --experimental-strip-types examples/serve/client.ts http://127.0.0.1:8181
//
// Needs Node 22.7; from 22.18 on, it needs no flag. If the server needs a token, the variable RESOLVER_TOKEN has it.

import { pathToFileURL } from "node:url";

export type Agent = { triad: string; role: string; phase?: string; facts?: Record<string, string | number> };
export type Decision = { tier: string; rule: string; because: string; models: Record<string, string>; revision: string };
export type Result = { failed: false } | { failed: true; kind?: string; error?: string };
export type Outcome = {
  effect: "count" | "reset" | "ignore" | "hold" | "escalate" | "queued";
  because: string;
  strikes: number;
  repeated: boolean;
  escalation: { from: string; to: string; why: string | null } | null;
};

/** An answer that is an error; `document` is the problem document (RFC 9457). */
export class ProblemError extends Error {
  readonly status: number;
  readonly document: string;

  constructor(status: number, document: string) {
    super(`${status}: ${document}`);
    this.status = status;
    this.document = document;
  }
}

export class Client {
  readonly #server: string;
  readonly #headers: Record<string, string>;

  constructor(server: string, token?: string) {
    this.#server = server;
    this.#headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  }

  /** Decide on which tier an agent runs. */
  decide(agent: Agent): Promise<Decision> {
    return this.#post("/v1/decide", agent);
  }

  /** Record an outcome of work that ran on a decision. It counts once, however often it is sent. */
  report(agent: Agent, ranOn: Decision, result: Result): Promise<Outcome> {
    return this.#post("/v1/outcomes", { ...agent, ...result, ran_on: ranOn }, { "Idempotency-Key": crypto.randomUUID() });
  }

  /** Repeat a request without an answer, and one that was answered by 503. */
  async #post<T>(path: string, body: unknown, more: Record<string, string> = {}): Promise<T> {
    const init = { method: "POST", headers: { ...this.#headers, ...more }, body: JSON.stringify(body) };
    for (let attempt = 1; ; attempt++) {
      let seconds = 0.2 * 2 ** attempt;
      try {
        const response = await fetch(this.#server + path, { ...init, signal: AbortSignal.timeout(15_000) });
        const text = await response.text();
        if (response.ok) return JSON.parse(text) as T;
        seconds = Number(response.headers.get("Retry-After")) || seconds;
        throw new ProblemError(response.status, text);
      } catch (error) {
        const isFinal = error instanceof ProblemError && error.status !== 503;
        if (isFinal || attempt === 5) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    }
  }
}

async function main(server = "http://127.0.0.1:8181"): Promise<void> {
  const client = new Client(server, process.env.RESOLVER_TOKEN);
  const agent: Agent = { triad: "layout", role: "worker_a" };
  const decision = await client.decide(agent);
  console.log(`worker_a runs on ${decision.tier}`);
  for (let number = 1; number <= 3; number++) {
    const { effect, escalation } = await client.report(agent, decision, { failed: true, kind: "task", error: "no plan" });
    console.log(`failure ${number}: ${effect}${escalation ? `, ${escalation.from} to ${escalation.to}` : ""}`);
  }
  console.log(`worker_a runs on ${(await client.decide(agent)).tier}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(process.argv[2]);
