import type { Link, PluginContext } from "tinman/plugin";
import { type Address, failure } from "./address.ts";
import { listen } from "./link.ts";

/** Limits of {@linkcode serve}. */
export interface ServeOptions {
  readonly address: Address;
  readonly maxClients: number;
  readonly maxWaitingBytes: number;
}

/** A client and what waits to be sent to it. */
interface Client {
  readonly link: Link;
  waitingBytes: number;
}

/** Listens until the node is stopped, or until its input `send` is connected and ends. */
export async function serve(context: PluginContext, options: ServeOptions): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  context.signal.addEventListener("abort", end);
  if (context.signal.aborted) end();
  const clients = new Map<string, Client>();
  const { send } = context.in;
  const jobs = [accept(context, { ...options, clients, signal: over.signal })];
  if (send !== undefined) jobs.push(sendAll(send, { ...options, clients, context }));
  try {
    await Promise.race(jobs);
  } finally {
    end();
    context.signal.removeEventListener("abort", end);
    for (const job of jobs) job.catch(() => {});
    await Promise.all([...clients.values()].map(({ link }) => link.close()));
    await jobs[0]!.catch(() => {});
  }
}

type Shared = ServeOptions & { readonly clients: Map<string, Client> };

async function accept(
  context: PluginContext,
  { address, maxClients, clients, signal }: Shared & { readonly signal: AbortSignal },
): Promise<void> {
  const reading = new Set<Promise<void>>();
  const listening = (name: string) => context.log.info(`Listening on ${name}`);
  try {
    for await (const link of listen(address, { signal, listening })) {
      if (clients.size >= maxClients) {
        context.log.warn(`Refused ${link.name}: there are ${maxClients} clients already`);
        await link.close();
        continue;
      }
      clients.set(link.name, { link, waitingBytes: 0 });
      const job = read(context, link).finally(() => (clients.delete(link.name), reading.delete(job)));
      reading.add(job);
    }
  } finally {
    for (const { link } of clients.values()) await link.close();
    await Promise.all(reading);
  }
}

async function read(context: PluginContext, link: Link): Promise<void> {
  context.log.info(`${link.name} connected`);
  try {
    const received = context.out.received;
    for await (const bytes of link.incoming) await received?.publish({ peer: link.name, bytes });
    context.log.info(`${link.name} has left`);
  } catch (error) {
    context.log.warn((error as Error).message);
  } finally {
    await link.close();
  }
}

async function sendAll(
  input: AsyncIterable<unknown>,
  { clients, maxWaitingBytes, context }: Shared & { readonly context: PluginContext },
): Promise<void> {
  const sending = new Set<Promise<void>>();
  for await (const message of input) {
    const { peer, bytes } = readMessage(message);
    const chosen = peer === undefined
      ? [...clients.values()]
      : [clients.get(peer)].filter((each) => each !== undefined);
    for (const client of chosen) {
      // A client that is slow is let go, so that the others need not wait for it.
      if (client.waitingBytes > 0 && client.waitingBytes + bytes.length > maxWaitingBytes) {
        context.log.warn(`Let ${client.link.name} go: ${client.waitingBytes} bytes wait for it`);
        await client.link.close();
        continue;
      }
      client.waitingBytes += bytes.length;
      const job = client.link.send(bytes).catch(() => client.link.close()).finally(() => {
        client.waitingBytes -= bytes.length;
        sending.delete(job);
      });
      sending.add(job);
    }
  }
  // The input has ended: what was given in time still goes out.
  await Promise.all(sending);
}

function readMessage(message: unknown): { readonly peer?: string | undefined; readonly bytes: Uint8Array } {
  if (message instanceof Uint8Array) return { bytes: message };
  const { peer, bytes } = (message ?? {}) as { peer?: unknown; bytes?: unknown };
  if (typeof peer === "string" && bytes instanceof Uint8Array) return { peer, bytes };
  throw failure("CODEC", "Cannot send: the message is not bytes, nor { peer, bytes }");
}
