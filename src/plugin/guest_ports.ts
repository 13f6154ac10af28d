import type { PluginInput } from "./plugin.ts";
import type { GuestSend } from "./guest_kit.ts";

/** The node that ports belong to. */
export interface PortOwner {
  readonly id: number;
  /** How many values an input may hold. */
  readonly room: number;
  /** The time of what it is at work on. */
  timeNs: bigint;
  /** Something has come to one of its inputs. */
  arrived(): void;
  fail(error: unknown): void;
}

/** The inputs and outputs of nodes. */
export type GuestPorts = ReturnType<typeof guestPorts>;

/** Values in and out, with credits both ways. Text, as {@linkcode guestMain} is. */
export function guestPorts(send: GuestSend) {
  const MAX_UNAWAITED = 1024;
  const HOLD_BACK = 6;

  class Input {
    readonly queue: { readonly value: unknown; readonly timeNs: bigint; readonly order: number }[] = [];
    ended = false;
    #waiting: (() => void) | undefined;
    #taken = 0;
    constructor(readonly run: PortOwner, readonly port: string) {}

    arrived(): void {
      this.#waiting?.();
      this.#waiting = undefined;
      this.run.arrived();
    }

    take(): unknown {
      const { value, timeNs } = this.queue.shift()!;
      this.run.timeNs = timeNs;
      if (++this.#taken >= this.run.room >> 1 || this.queue.length === 0) {
        send(["took", this.run.id, this.port, this.#taken]);
        this.#taken = 0;
      }
      return value;
    }

    async next(): Promise<IteratorResult<unknown>> {
      if (this.#waiting !== undefined) throw new Error(`Cannot read "${this.port}" twice at a time`);
      while (this.queue.length === 0) {
        if (this.ended) return { value: undefined, done: true };
        await new Promise<void>((resolve) => this.#waiting = resolve);
      }
      return { value: this.take(), done: false };
    }

    iterate(): PluginInput {
      const iterator: PluginInput = {
        next: () => this.next(),
        return: () => Promise.resolve({ value: undefined, done: true }),
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    }
  }

  class Output {
    #batch: unknown[] = [];
    #waiting: (() => void)[] = [];
    constructor(readonly run: PortOwner, readonly port: string, public room: number) {}

    async publish(value: unknown): Promise<void> {
      if (this.#waiting.length >= MAX_UNAWAITED) {
        throw new Error(
          `Cannot publish to "${this.port}": ${MAX_UNAWAITED} values wait for room already; await publish()`,
        );
      }
      while (this.room <= 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.room--;
      if (this.#batch.push(value) === 1) void this.#flushSoon();
    }

    /** Sends when nothing was published for some microtasks, so that what comes in a row goes together. */
    async #flushSoon(): Promise<void> {
      for (let size = 0; this.#batch.length > size && size < 256;) {
        size = this.#batch.length;
        for (let i = 0; i < HOLD_BACK && this.#batch.length === size; i++) await undefined;
      }
      this.flush();
    }

    flush(): void {
      if (this.#batch.length === 0) return;
      const batch = this.#batch;
      this.#batch = [];
      try {
        send(["values", this.run.id, this.port, batch]);
      } catch (error) {
        this.run.fail(error);
      }
    }

    gotRoom(count: number): void {
      this.room += count;
      for (const resolve of this.#waiting.splice(0, count)) resolve();
    }
  }

  return { Input, Output };
}
