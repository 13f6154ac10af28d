import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import { denied } from "./failures.ts";
import type { GuestCall } from "./protocol.ts";
import { type HeldQueue, type QueueUse, readConsumeOptions, readNewRecords, readQueueAddress } from "./queue.ts";

/** Links and topics that a node may have open at once. */
const MAX_OPEN = 64;

/** What serves the calls of a node. */
export interface NodeCallsOptions {
  readonly plugin: string;
  /** The run's time; records that say nothing else are of it. */
  readonly clock: Clock;
  /** Aborts when the node has to stop. */
  readonly signal: AbortSignal;
  /** Resolves when all that the node sent so far is published. */
  readonly published: () => Promise<unknown>;
  /** Left out, the plugin has no links. */
  readonly openLink?: ((address: string) => Promise<Link>) | undefined;
  /** Left out, the plugin has no topics. */
  readonly openQueue?: ((use: QueueUse) => Promise<HeldQueue>) | undefined;
}

/** What only tinman can do for a node: it holds what the node has opened, and closes it with the node. */
export class NodeCalls {
  readonly #options: NodeCallsOptions;
  readonly #links = new Map<number, { readonly link: Link; readonly pieces: AsyncIterator<Uint8Array> }>();
  readonly #queues = new Map<number, { readonly queue: HeldQueue; isBusy: boolean }>();
  #last = 0;
  #opening = 0;
  #isClosed = false;

  constructor(options: NodeCallsOptions) {
    this.#options = options;
  }

  /** Does what the node asks for; what it gives crosses the border. */
  async serve(what: GuestCall): Promise<unknown> {
    const { clock, signal, published } = this.#options;
    switch (what[0]) {
      case "sleep":
        return await clock.sleep(what[1], { signal });
      case "openLink":
        return await this.#openLink(what[1]);
      case "readLink": {
        const { value, done } = await heldAs(this.#links, what[1], "link").pieces.next();
        return done === true ? null : value;
      }
      case "sendLink":
        return await heldAs(this.#links, what[1], "link").link.send(what[2]);
      case "closeLink":
        return await take(this.#links, what[1])?.link.close();
      case "consume":
        return await this.#openQueue({ kind: "consume", address: what[1], options: readConsumeOptions(what[2]) });
      case "produce":
        return await this.#openQueue({ kind: "produce", address: what[1], options: {} });
      case "readQueue":
        // To ask for more says that what came before is done with: it is when it is published.
        return await this.#use(what[1], async (queue) => (await published(), await queue.read()));
      case "sendQueue": {
        const timestampMs = Number(clock.now() / 1_000_000n);
        const records = readNewRecords(what[2]).map((record) => ({ timestampMs, ...record }));
        return await this.#use(what[1], (queue) => queue.send(records));
      }
      case "closeQueue":
        return await take(this.#queues, what[1])?.queue.close();
    }
  }

  /** Closes all that is open, also what is just being opened. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const open = [
      ...[...this.#links.values()].map(({ link }) => link),
      ...[...this.#queues.values()].map((q) => q.queue),
    ];
    await Promise.allSettled(open.map((each) => each.close()));
  }

  async #openLink(address: string): Promise<number> {
    const { plugin, openLink } = this.#options;
    if (openLink === undefined) throw denied(plugin, address, "links");
    const link = await this.#open(address, () => openLink(address));
    this.#links.set(++this.#last, { link, pieces: link.incoming[Symbol.asyncIterator]() });
    return this.#last;
  }

  async #openQueue({ address, ...use }: Pick<QueueUse, "kind" | "options"> & { address: string }): Promise<number> {
    const { plugin, openQueue, signal } = this.#options;
    if (openQueue === undefined) throw denied(plugin, address, "topics");
    const queue = await this.#open(address, () => openQueue({ ...use, ...readQueueAddress(address), signal }));
    this.#queues.set(++this.#last, { queue, isBusy: false });
    return this.#last;
  }

  async #open<T extends { close(): Promise<void> }>(address: string, open: () => Promise<T>): Promise<T> {
    if (this.#links.size + this.#queues.size + this.#opening >= MAX_OPEN) {
      const message = `Cannot open ${address}: the node has ${MAX_OPEN} links and topics open already`;
      throw new TinmanError("UNAVAILABLE", message, { what: address, hint: "close what is not used any more" });
    }
    this.#opening++;
    const opening = open().finally(() => this.#opening--);
    try {
      const opened = await orStopped(opening, this.#options.signal);
      if (!this.#isClosed) return opened;
    } catch (error) {
      // It may come yet, when nobody waits for it any more.
      void opening.then((late) => late.close()).catch(() => {});
      throw error;
    }
    await (await opening).close();
    throw closed("node");
  }

  /** One thing at a time, so that a plugin cannot heap up what waits for a broker. */
  async #use<T>(id: number, work: (queue: HeldQueue) => Promise<T>): Promise<T> {
    const held = heldAs(this.#queues, id, "topic");
    if (held.isBusy) throw new TypeError("Cannot use a topic twice at a time: await what was asked before");
    held.isBusy = true;
    try {
      return await work(held.queue);
    } finally {
      held.isBusy = false;
    }
  }
}

function heldAs<T>(all: ReadonlyMap<number, T>, id: number, what: string): T {
  const found = all.get(id);
  if (found === undefined) throw closed(what);
  return found;
}

function take<T>(all: Map<number, T>, id: number): T | undefined {
  const found = all.get(id);
  all.delete(id);
  return found;
}

function closed(what: string): TinmanError<"CLOSED"> {
  return new TinmanError("CLOSED", `Cannot use a ${what} that is closed`, {});
}

/** What `work` gives; rejects when the node has to stop first. */
async function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = () => new TinmanError("STOPPED", "The node was asked to stop", {});
  if (signal.aborted) throw stopped();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(stopped());
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
