import { PassThrough, Readable, Writable } from "node:stream";

/** What flows in the channel benchmarks. */
export interface Message {
  readonly id: number;
  readonly value: number;
}

/** How messages flow: from one to one, from one to four, or through a chain of five. */
export type Shape = "1→1" | "1→4" | "5 stages";

/** Counts deliveries and keeps a sum, so that no compiler leaves the work out. */
export class Sink {
  count = 0;
  sum = 0;

  /** Takes one message. */
  take(message: Message): void {
    this.count++;
    this.sum += message.value;
  }

  /** Fails unless every message arrived, each with its own content. */
  check(messages: number, { copies = 1, added = 0 }: { copies?: number; added?: number } = {}): void {
    const sum = copies * (messages * (messages - 1) / 2 + added * messages);
    if (this.count !== copies * messages || this.sum !== sum) {
      throw new Error(
        `Cannot trust this measurement: ${this.count} of ${
          copies * messages
        } messages arrived, sum ${this.sum} not ${sum}`,
      );
    }
  }
}

/** What the three stages in the middle of a chain do. */
export function step(message: Message): Message {
  return { id: message.id, value: message.value + 1 };
}

/** Plain function calls: what the machine can do at most, without queue, await or bound. */
export function callDirectly(shape: Shape, count: number): void {
  const sink = new Sink();
  const copies = shape === "1→4" ? 4 : 1;
  const stages = shape === "5 stages" ? 3 : 0;
  for (let i = 0; i < count; i++) {
    let message: Message = { id: i, value: i };
    for (let stage = 0; stage < stages; stage++) message = step(message);
    for (let copy = 0; copy < copies; copy++) sink.take(message);
  }
  sink.check(count, { copies, added: stages });
}

/** Node's streams in object mode: the queue that comes with the platform. */
export async function pipeStreams(shape: Shape, count: number): Promise<void> {
  const sink = new Sink();
  let made = 0;
  const source = new Readable({
    objectMode: true,
    highWaterMark: 16,
    read() {
      while (made < count) if (!this.push({ id: made, value: made++ })) return;
      this.push(null);
    },
  });
  const createEnd = () => new Writable({ objectMode: true, write: (message, _, done) => (sink.take(message), done()) });
  const ends = Array.from({ length: shape === "1→4" ? 4 : 1 }, createEnd);
  let last: Readable = source;
  if (shape === "5 stages") {
    for (let stage = 0; stage < 3; stage++) {
      last = last.pipe(
        new PassThrough({ objectMode: true, transform: (message, _, done) => done(null, step(message)) }),
      );
    }
  }
  const finished = ends.map((end) => new Promise((resolve, reject) => end.on("finish", resolve).on("error", reject)));
  for (const end of ends) last.pipe(end);
  await Promise.all(finished);
  sink.check(count, { copies: ends.length, added: shape === "5 stages" ? 3 : 0 });
}

/** The bounded queue that one writes in ten lines: a list of waiters on each side, a promise a call. */
export class PromiseQueue<T> {
  readonly #items: T[] = [];
  readonly #takers: (() => void)[] = [];
  readonly #givers: (() => void)[] = [];
  readonly #capacity: number;
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async push(item: T): Promise<void> {
    while (this.#items.length >= this.#capacity) await new Promise<void>((resolve) => this.#givers.push(resolve));
    this.#items.push(item);
    this.#takers.shift()?.();
  }

  async shift(): Promise<T | undefined> {
    while (this.#items.length === 0) {
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => this.#takers.push(resolve));
    }
    const item = this.#items.shift();
    this.#givers.shift()?.();
    return item;
  }

  close(): void {
    this.#closed = true;
    for (const wake of this.#takers.splice(0)) wake();
  }
}

/** The same shapes over {@linkcode PromiseQueue}, with capacity 10. */
export async function queueNaively(shape: Shape, count: number): Promise<void> {
  const sink = new Sink();
  const create = () => new PromiseQueue<Message>(10);
  const drain = async (queue: PromiseQueue<Message>) => {
    for (let message = await queue.shift(); message !== undefined; message = await queue.shift()) sink.take(message);
  };
  const fronts = Array.from({ length: shape === "1→4" ? 4 : 1 }, create);
  const work: Promise<void>[] = [];
  let ends = fronts;
  if (shape === "5 stages") {
    for (let stage = 0; stage < 3; stage++) {
      const [from, to] = [ends[0]!, create()];
      work.push((async () => {
        for (let message = await from.shift(); message !== undefined; message = await from.shift()) {
          await to.push(step(message));
        }
        to.close();
      })());
      ends = [to];
    }
  }
  work.push(...ends.map(drain));
  for (let i = 0; i < count; i++) {
    const message = { id: i, value: i };
    for (const front of fronts) await front.push(message);
  }
  for (const front of fronts) front.close();
  await Promise.all(work);
  sink.check(count, { copies: fronts.length, added: shape === "5 stages" ? 3 : 0 });
}
