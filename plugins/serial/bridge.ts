import type { PluginContext } from "tinman/plugin";

/** As much of a link as is needed here. */
export interface BridgeLink {
  /** For messages. */
  readonly name: string;
  readonly incoming: AsyncIterable<Uint8Array>;
  send(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** What a node does with its link. */
export interface BridgeOptions {
  /** Opens the link, and gives up when `over` is; called again after it broke. */
  readonly open: (over: Over) => Promise<BridgeLink>;
  /** Whether a link that is not there or broke is opened again, at first after a quarter of a second, later after 30. */
  readonly reconnect: boolean;
  /** Gets what comes. */
  readonly receive: (bytes: Uint8Array) => Promise<void>;
  /** The bytes of a message of the input `send`; throws for one it cannot write. */
  readonly encode: (message: unknown) => Uint8Array;
}

/** The end of a node's work. Signals of the platform are not there for all plugins. */
export class Over {
  isOver = false;
  readonly #ended = Promise.withResolvers<void>();
  /** Resolves when it is over. */
  readonly ended: Promise<void> = this.#ended.promise;

  end(): void {
    this.isOver = true;
    this.#ended.resolve();
  }
}

/**
 * Carries bytes between a link and the ports of a node. It ends when the node is stopped, when the input `send` is
 * connected and ends, and, without `reconnect`, when the link ends. A message that was cut off is written again.
 */
export async function bridge(context: PluginContext, options: BridgeOptions): Promise<void> {
  const over = new Over();
  const end = () => over.end();
  context.signal.addEventListener("abort", end);
  if (context.signal.aborted) end();
  const current = new Current(over);
  const { send } = context.in;
  const reading = keepOpen(context, { ...options, current, over });
  const jobs = send === undefined ? [reading] : [reading, sendAll(send, { ...options, current })];
  try {
    // Whoever ends first ends the other; one that waits for a message is left behind.
    await Promise.race(jobs);
  } finally {
    end();
    context.signal.removeEventListener("abort", end);
    for (const job of jobs) job.catch(() => {});
    await reading.catch(() => {});
  }
}

interface KeepOpen extends BridgeOptions {
  readonly current: Current;
  readonly over: Over;
}

async function keepOpen(context: PluginContext, { open, reconnect, receive, current, over }: KeepOpen): Promise<void> {
  for (let pauseMs = 250; !over.isOver; pauseMs = Math.min(30_000, 2 * pauseMs)) {
    let link: BridgeLink | undefined;
    try {
      link = await open(over);
      const { name } = link;
      void over.ended.then(() => link?.close());
      context.log.info(`Opened ${name}`);
      pauseMs = 250;
      current.set(link);
      for await (const bytes of link.incoming) await receive(bytes);
      if (over.isOver || !reconnect) return;
      context.log.warn(`${name} was closed by the other side; trying again`);
    } catch (error) {
      if (over.isOver) return;
      if (!reconnect || (error as { code?: unknown }).code !== "UNAVAILABLE") throw error;
      context.log.warn(`${(error as Error).message}; trying again in ${pauseMs} ms`);
    } finally {
      current.set(undefined);
      await link?.close();
    }
    // Left behind when the node ends first; it is refused then.
    await Promise.race([context.clock.sleep(pauseMs).catch(() => {}), over.ended]);
  }
}

async function sendAll(
  input: AsyncIterable<unknown>,
  { encode, current }: { readonly encode: BridgeOptions["encode"]; readonly current: Current },
): Promise<void> {
  for await (const message of input) {
    const bytes = encode(message);
    for (;;) {
      const link = await current.get();
      if (link === undefined) return;
      try {
        await link.send(bytes);
        break;
      } catch (error) {
        if (!["UNAVAILABLE", "CLOSED"].includes((error as { code: string }).code)) throw error;
        current.broke(link);
      }
    }
  }
}

/** The link that is open now, and who waits for one. */
class Current {
  readonly #over: Over;
  #link: BridgeLink | undefined;
  #waiting: (() => void)[] = [];

  constructor(over: Over) {
    this.#over = over;
    void over.ended.then(() => this.#wake());
  }

  set(link: BridgeLink | undefined): void {
    this.#link = link;
    if (link !== undefined) this.#wake();
  }

  /** It cannot be sent on; whoever reads from it will notice, too. */
  broke(link: BridgeLink): void {
    if (this.#link === link) this.#link = undefined;
    void link.close();
  }

  /** Undefined when there will be none. */
  async get(): Promise<BridgeLink | undefined> {
    while (this.#link === undefined && !this.#over.isOver) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#over.isOver ? undefined : this.#link;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
