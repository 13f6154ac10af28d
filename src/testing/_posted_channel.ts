import type { InEnd, OutEnd } from "../channel/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { ChannelFixture } from "./channel_fixture.ts";

const MAX_WAITING = 64;

/** Ways in which {@linkcode openPosted} does not keep its promises. */
export interface PostedFaults {
  /** Room that the producer sees for a reader of this capacity. */
  readonly room?: (capacity: number) => number;
  /** How many values a reader of this capacity may have left when those who wait are let in. */
  readonly wakesAt?: (capacity: number) => number;
  /** Ends readers without waiting for who waits for room. */
  readonly endsEarly?: boolean;
  /** Ends readers though they have not read all. */
  readonly dropsAtEnd?: boolean;
  /** Gives each value to one of the readers. */
  readonly sharesOut?: boolean;
  /** Serves the last who came first. */
  readonly lastFirst?: boolean;
  /** Takes values past those that wait. */
  readonly overtakes?: boolean;
  /** Does not tell the producer that a reader has left. */
  readonly leavesSilently?: boolean;
  /** Does not tell the producer that a reader has read. */
  readonly readsSilently?: boolean;
  /** Refuses who waits with an error of its own. */
  readonly ownReason?: boolean;
  /** Leaves who waits for room alone when it is aborted. */
  readonly forgetsWaiting?: boolean;
  /** Takes values after its end. */
  readonly neverCloses?: boolean;
  /** Lets any number of values wait. */
  readonly unlimited?: boolean;
  /** Lets two wait for a value. */
  readonly twoReaders?: boolean;
}

interface Reader {
  readonly capacity: number;
  unread: number;
  left: boolean;
  receive(message: Message): void;
}

type Message = { readonly value: number } | "end";

interface Waiting {
  readonly value: number | undefined;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** A channel whose ends share nothing, as if in two threads: what one does reaches the other as a message, later. */
export function openPosted(capacities: readonly number[], faults: PostedFaults = {}): ChannelFixture {
  const out = new PostedOut(faults);
  return { out, inputs: capacities.map((capacity) => out.connect(capacity)), settle };
}

/** Hands a message to another thread. */
function post(deliver: () => void): void {
  void Promise.resolve().then(() => {}).then(deliver);
}

/** There and back, and what those who wait then do. */
async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await null;
}

class PostedOut implements OutEnd<number> {
  published = 0;
  closing = false;
  readonly #faults: PostedFaults;
  readonly #readers: Reader[] = [];
  readonly #line: Waiting[] = [];
  #ended = false;

  constructor(faults: PostedFaults) {
    this.#faults = faults;
  }

  get blocked(): boolean {
    return this.#line.some(({ value }) => value !== undefined);
  }

  publish(value: number): Promise<void> {
    if (this.closing && !this.#faults.neverCloses) return Promise.reject(closed(value));
    if (this.#faults.overtakes ? this.#fits() : this.hasRoom()) return Promise.resolve(this.#send(value));
    return this.#wait(value);
  }

  tryPublish(value: number): boolean {
    if (this.closing && !this.#faults.neverCloses) throw closed(value);
    const fits = this.#faults.overtakes ? this.#fits() : this.hasRoom();
    if (fits) this.#send(value);
    return fits;
  }

  hasRoom(): boolean {
    return !this.closing && this.#line.length === 0 && this.#fits();
  }

  ready(): Promise<void> {
    return this.closing || this.hasRoom() ? Promise.resolve() : this.#wait(undefined);
  }

  close(): void {
    this.closing = true;
    if (this.#ended || this.#line.length > 0 && !this.#faults.endsEarly) return;
    this.#ended = true;
    for (const reader of this.#readers) post(() => reader.receive("end"));
  }

  abort(reason: unknown): void {
    if (!this.#faults.forgetsWaiting) {
      for (const { reject } of this.#line.splice(0)) reject(this.#faults.ownReason ? new Error("aborted") : reason);
    }
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  connect(capacity: number): PostedIn {
    const reader: Reader = {
      capacity: this.#faults.room?.(capacity) ?? capacity,
      unread: 0,
      left: false,
      receive: (message) => input.receive(message),
    };
    const input = new PostedIn(this.#faults, {
      read: () =>
        post(() => {
          reader.unread--;
          this.#admit();
        }),
      left: () =>
        post(() => {
          reader.left = true;
          this.#admit();
        }),
    });
    this.#readers.push(reader);
    return input;
  }

  #fits(): boolean {
    return this.#readers.every(({ left, unread, capacity }) => left || unread < capacity);
  }

  #send(value: number): void {
    const chosen = this.published++ % this.#readers.length;
    for (const [i, reader] of this.#readers.entries()) {
      if (this.#faults.sharesOut && i !== chosen) continue;
      reader.unread++;
      post(() => reader.receive({ value }));
    }
  }

  #wait(value: number | undefined): Promise<void> {
    if (this.#line.length >= MAX_WAITING && !this.#faults.unlimited) {
      const details = { limit: MAX_WAITING, actual: MAX_WAITING + 1 };
      return Promise.reject(new TinmanError("TOO_LARGE", "Cannot publish: too many values wait", details));
    }
    return new Promise((resolve, reject) => void this.#line.push({ value, resolve, reject }));
  }

  #admit(): void {
    const { wakesAt = (capacity) => capacity - 1 } = this.#faults;
    const isTime = this.#readers.every(({ left, unread, capacity }) => left || unread <= wakesAt(capacity));
    while (isTime && this.#line.length > 0 && this.#fits()) {
      const { value, resolve } = this.#faults.lastFirst ? this.#line.pop()! : this.#line.shift()!;
      if (value !== undefined) this.#send(value);
      resolve();
    }
    if (this.closing) this.close();
  }
}

class PostedIn implements InEnd<number> {
  readonly #faults: PostedFaults;
  readonly #tell: { readonly read: () => void; readonly left: () => void };
  #queue: number[] = [];
  #ended = false;
  #left = false;
  #answer: ((result: IteratorResult<number>) => void) | undefined;

  constructor(faults: PostedFaults, tell: { readonly read: () => void; readonly left: () => void }) {
    [this.#faults, this.#tell] = [faults, tell];
  }

  get size(): number {
    return this.#queue.length;
  }

  get done(): boolean {
    return this.#left || this.#ended && this.#queue.length === 0;
  }

  receive(message: Message): void {
    if (this.#left) return;
    if (message === "end") {
      this.#ended = true;
      if (this.#faults.dropsAtEnd) this.#queue = [];
    } else this.#queue.push(message.value);
    this.#wake();
  }

  tryNext(): IteratorResult<number> | undefined {
    if (this.done) return { done: true, value: undefined };
    if (this.#queue.length === 0) return undefined;
    if (!this.#faults.readsSilently) this.#tell.read();
    return { done: false, value: this.#queue.shift()! };
  }

  next(): Promise<IteratorResult<number>> {
    if (this.#answer !== undefined && !this.#faults.twoReaders) {
      return Promise.reject(new TinmanError("CLOSED", "Cannot read twice at a time", {}));
    }
    const result = this.tryNext();
    return result !== undefined ? Promise.resolve(result) : new Promise((resolve) => this.#answer = resolve);
  }

  close(): void {
    if (this.#left) return;
    [this.#left, this.#queue] = [true, []];
    if (!this.#faults.leavesSilently) this.#tell.left();
    this.#wake();
  }

  return(): Promise<IteratorResult<number>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.close());
  }

  #wake(): void {
    const result = this.#answer === undefined ? undefined : this.tryNext();
    if (result === undefined) return;
    this.#answer!(result);
    this.#answer = undefined;
  }
}

function closed(unsent: number): TinmanError {
  return new TinmanError("CLOSED", "Cannot publish: the channel is closed", { unsent });
}
