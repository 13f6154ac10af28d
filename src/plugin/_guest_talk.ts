import type { FromGuest, Guest, GuestModule, GuestStart, ToGuest } from "./protocol.ts";

/** A conversation with a guest, from its first word. */
export class Talk implements AsyncDisposable {
  readonly said: FromGuest[] = [];
  readonly gone: Error[] = [];
  posted = 0;
  #wake: (() => void) | undefined;

  constructor(readonly guest: Guest) {
    guest.onMessage = (message) => {
      this.said.push(message);
      this.#wake?.();
    };
    guest.onGone = (error) => {
      this.gone.push(error);
      this.#wake?.();
    };
  }

  /** Loads a plugin whose main module has this text. */
  async load(code: string, others: readonly GuestModule[] = []): Promise<FromGuest> {
    this.post("load", [...others, { name: "mod.ts", code }]);
    return await this.until((message) => message[0] === "ready" || message[0] === "broken");
  }

  post(...message: ToGuest): void {
    this.posted++;
    this.guest.post(message);
  }

  start(run: number, start: Partial<GuestStart>): void {
    const rest = { name: "node", config: {}, inputs: [], outputs: [], seed: "seed", timeNs: 1_000_000_000n, room: 100 };
    this.post("start", run, { node: "main", ...rest, ...start });
  }

  /** The first message like this that it has said or will say. */
  async until<M extends FromGuest>(check: (message: FromGuest) => boolean): Promise<M> {
    for (let seen = 0;;) {
      for (; seen < this.said.length; seen++) if (check(this.said[seen]!)) return this.said[seen] as M;
      const [error] = this.gone;
      if (error !== undefined) throw error;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Until it has done all it could with what it was told. */
  async idle(): Promise<void> {
    await this.until((message) => message[0] === "idle" && message[1] === this.posted);
  }

  /** Until the guest is no more. */
  async end(): Promise<Error> {
    while (this.gone.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.gone[0]!;
  }

  /** All that one kind of message has said so far. */
  all<K extends FromGuest[0]>(kind: K): Extract<FromGuest, readonly [K, ...unknown[]]>[] {
    return this.said.filter((message): message is Extract<FromGuest, readonly [K, ...unknown[]]> =>
      message[0] === kind
    );
  }

  /** Every value that came on a port, in order. */
  values(run: number, port: string): unknown[] {
    return this.all("values").filter((message) => message[1] === run && message[2] === port).flatMap(([, , , values]) =>
      values
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guest.close();
  }
}

/** The text of a module with one node, `main`, and whatever else. */
export function pluginText(node: string, others = ""): string {
  return `import { definePlugin } from "tinman/plugin"; export default definePlugin({ nodes: { main: ${node} }, ${others} });`;
}

/** A node that publishes twice what it reads. */
export const doubling = `async ({ in: { numbers }, out: { doubled } }) => {
  for await (const value of numbers) await doubled.publish(value * 2);
}`;
