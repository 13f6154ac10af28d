import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { createLinkPair, type Link } from "../../link/mod.ts";
import type { BrokerEvent } from "../embedded_broker_options.ts";
import { Clients, type ClientsOptions } from "./clients.ts";
import { ConnectionLimits } from "./connection_limits.ts";

/** Clients who ask for nothing, and what happens to them. */
function create(options: { readonly maxConnections?: number; readonly stopping?: AbortSignal } = {}) {
  const { maxConnections = 10, stopping = new AbortController().signal } = options;
  const events: BrokerEvent[] = [];
  const times = { maxIdleMs: 1000, maxTransferMs: 1000, maxMemoryBytes: 1000 };
  const given: Partial<ClientsOptions> = {
    ...{ maxConnections, stopping, maxRequestBytes: 1000 },
    limits: new ConnectionLimits({ clock: new VirtualClock(), ...times }),
    onEvent: (event) => events.push(event),
  };
  return { clients: new Clients(given as ClientsOptions), events };
}

async function* linksOf(links: readonly Link[], error?: Error): AsyncGenerator<Link> {
  yield* links;
  await Promise.resolve();
  if (error !== undefined) throw error;
}

/** Whether it is settled when all that is ready to run has run. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  work.then(() => done = true);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  return done;
}

Deno.test("Clients.gone() resolves when all who came have left", async () => {
  const { clients, events } = create();
  const [one, two] = [createLinkPair(), createLinkPair()];
  await clients.accept(linksOf([one.b, two.b]), undefined);
  const gone = clients.gone();
  await one.a.close();
  assert.equal(await isDone(gone), false);
  await two.a.close();
  await gone;
  assert.deepEqual(events, []);
});

Deno.test("Clients.accept() turns away who is one too many, and says so", async () => {
  const { clients, events } = create({ maxConnections: 1 });
  const [one, two] = [createLinkPair(), createLinkPair()];
  await clients.accept(linksOf([one.b, two.b]), undefined);
  for await (const _ of two.a.incoming) assert.fail("nothing is sent");
  const messages = events.map((event) => event.kind === "error" ? (event.error as Error).message : event.kind);
  assert.deepEqual(messages, [`Cannot serve ${two.b.name}: 1 clients are connected`]);
  await one.a.close();
  await clients.gone();
});

Deno.test("Clients.accept() says when no more can come, and goes on with who is here", async () => {
  const { clients, events } = create();
  const one = createLinkPair();
  const error = new Error("the port is gone");
  await clients.accept(linksOf([one.b], error), undefined);
  assert.deepEqual(events, [{ kind: "fatal", error }]);
  assert.equal(await isDone(clients.gone()), false);
  await one.a.close();
  await clients.gone();
});

Deno.test("Clients.admit() ends the link of who comes while the broker stops", async () => {
  const { clients, events } = create({ stopping: AbortSignal.abort() });
  const { a, b } = createLinkPair();
  clients.admit(b, undefined);
  for await (const _ of a.incoming) assert.fail("nothing is sent");
  await clients.gone();
  assert.deepEqual(events, []);
});
