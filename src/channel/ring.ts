import { TinmanError } from "../errors/mod.ts";
import { endlessSlice, type Slice } from "./slice.ts";

/** What `publish()` returns when there was room: one promise for all, so that a loop can tell that it need not wait. */
export const DONE: Promise<void> = Promise.resolve();

/** Most values that may wait for room because `publish()` was called without waiting for it. */
const MAX_UNAWAITED = 1024;

/** Most values for which a ring may be stretched. */
const MAX_EXTRA = 64;

/** What a ring needs to know of one subscriber. `at` is the sequence number of the next value that it will take. */
export interface Cursor {
  /** Sequence number of the next value that it will take. */
  at: number;
  /** How many values may wait for it. */
  readonly capacity: number;
  /** Whether it wants to be told when something arrives. */
  parked: boolean;
  /** Something arrived, or the ring closed. Called once after each time it parked. */
  arrived(): void;
}

/** What a run gives to each of its rings. */
export interface RingOptions<T> {
  /** For messages. */
  readonly name?: string;
  /** Sees every value before it is put. What it throws reaches the publisher, and the value is not put. */
  readonly tap?: ((value: T) => void) | undefined;
  /** @default {never lets the event loop turn} */
  readonly slice?: Slice;
  /** Called with each error that a promise of `publish()` rejects with while the run goes on: nobody may wait for it. */
  readonly onRefuse?: ((error: unknown) => void) | undefined;
  /** Called when the ring has closed: nothing more will be put. */
  readonly onClose?: (() => void) | undefined;
  /** Numbers everything that happens in the run; given where a subscriber must know what came first. */
  readonly order?: { next: number } | undefined;
}

/** Somebody who waits for room. */
export interface Sender<T> {
  /** What to put when there is room; nothing for who only wants to know that there is room. */
  readonly value: { readonly put: T } | undefined;
  resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Like `reject`, for who may not be listening any more. */
  readonly abort: (reason: unknown) => void;
}

/**
 * One ring of values with a cursor for each subscriber: a broadcast costs one store. A value may be put while the
 * slowest cursor has room for it; senders without room wait in line and are woken when half of the room is free again,
 * so that they come back once for many values rather than once for each.
 */
export class Ring<T> {
  readonly name: string;
  readonly slice: Slice;
  readonly tap: ((value: T) => void) | undefined;
  readonly onRefuse: ((error: unknown) => void) | undefined;
  /** Sequence number of the next value to put: how many were put, with or without subscribers. */
  head = 0;
  /**
   * Below it `head` may grow without another look: infinite without subscribers, negative while senders wait in line or
   * after `close()`, so that one comparison is all that a publisher has to do. Looked up again when it is reached, which is
   * also where {@linkcode Ring.waitAt} says.
   */
  limit = Infinity;
  /** Whether it was asked to close: it takes nothing new, and closes behind what waits in line. */
  closing = false;
  closed = false;
  /** When the ring closed, in the run's order. */
  closedOrder = Infinity;
  #order: { next: number } | undefined;
  readonly #onClose: (() => void) | undefined;
  #slots: (T | undefined)[] = [];
  #orders: number[] = [];
  #mask = 0;
  #cursors: Cursor[] = [];
  #only: Cursor | undefined;
  #line: Sender<T>[] = [];
  /** How many of those in line have a value. */
  #lined = 0;
  #waitsAt = Infinity;
  #admitting = false;
  #extra = 0;

  constructor(options: RingOptions<T> = {}) {
    this.name = options.name ?? "channel";
    this.slice = options.slice ?? endlessSlice;
    this.tap = options.tap;
    this.onRefuse = options.onRefuse;
    this.#order = options.order;
    this.#onClose = options.onClose;
  }

  /** Whether senders wait for room. */
  get blocked(): boolean {
    return this.#line.length > 0;
  }

  /** How many subscribers there are. */
  get subscribers(): number {
    return this.#cursors.length;
  }

  /** Whether there is room for one more value. */
  hasRoom(): boolean {
    if (this.head < this.limit) return true;
    if (this.#line.length > 0) return false;
    return this.head < this.#findLimit() || this.mustWait && !this.closing && this.head < this.#findRoom();
  }

  /** Sequence number that the next value to be published will get: those in line come before it. */
  get nextAt(): number {
    return this.head + this.#lined;
  }

  /** Whoever publishes the value with this sequence number has to wait, also if there is room for it. */
  waitAt(at: number): void {
    this.#waitsAt = at;
    this.#findLimit();
  }

  /** Whether who publishes now has to wait, see {@linkcode Ring.waitAt}. */
  get mustWait(): boolean {
    return this.nextAt === this.#waitsAt;
  }

  /** Takes in a value for which there is room. */
  put(value: T): void {
    if (this.tap !== undefined) this.tap(value);
    const slot = this.head++ & this.#mask;
    const only = this.#only;
    if (only === undefined && this.#cursors.length === 0) return;
    this.#slots[slot] = value;
    if (this.#order !== undefined) this.#orders[slot] = this.#order.next++;
    if (only !== undefined) {
      if (only.parked) this.#wake(only);
    } else {
      const cursors = this.#cursors;
      for (let i = 0; i < cursors.length; i++) if (cursors[i]!.parked) this.#wake(cursors[i]!);
    }
  }

  /** Puts a sender in line for room, if the line is not too long. Exactly one of its callbacks is called, once. */
  lineUp(sender: Sender<T>): boolean {
    if (this.#line.length < MAX_UNAWAITED) {
      this.#line.push(sender);
      if (sender.value !== undefined) this.#lined++;
      this.limit = -1;
      return true;
    }
    const message = `Cannot publish to "${this.name}": ${MAX_UNAWAITED} values wait for room already`;
    const error = new TinmanError("TOO_LARGE", message, {
      limit: MAX_UNAWAITED,
      actual: MAX_UNAWAITED + 1,
      hint: "wait for each publish(): await out.publish(value)",
    });
    this.onRefuse?.(error);
    sender.reject(error);
    return false;
  }

  /** Takes the next value for `cursor`, which must have one. */
  take(cursor: Cursor): T {
    const slot = cursor.at++ & this.#mask;
    const value = this.#slots[slot] as T;
    // With one subscriber nobody else needs the value, and the ring must not keep it alive.
    if (this.#only !== undefined) this.#slots[slot] = undefined;
    if (this.#line.length > 0 && this.head - cursor.at <= cursor.capacity >> 1) this.#admit();
    return value;
  }

  /** A value that waits for `cursor`, which must have it. */
  peek(cursor: Cursor, index: number): T {
    return this.#slots[(cursor.at + index) & this.#mask] as T;
  }

  /** Lets in who waits in line as far as there is room, though it may be less than half; says whether there was any. */
  admitEarly(): boolean {
    const before = this.#line.length;
    if (before > 0) this.#admit();
    return this.#line.length < before;
  }

  /** Makes room for one value more than its subscribers asked for, if it is full; says whether it did. */
  stretch(): boolean {
    if (this.closed || this.head < this.#findRoom() || this.#extra >= MAX_EXTRA) return false;
    this.#extra++;
    this.#resize(this.#extra + this.#cursors.reduce((most, { capacity }) => Math.max(most, capacity), 0));
    this.#admit();
    return true;
  }

  /** When the next value of `cursor` was put, in the run's order; when the ring closed, if there is none. */
  orderAt(cursor: Cursor): number {
    return cursor.at < this.head ? this.#orders[cursor.at & this.#mask]! : this.closedOrder;
  }

  /** Adds a subscriber, which sees what is put from now on. */
  subscribe(cursor: Cursor): void {
    cursor.at = this.head;
    this.#cursors.push(cursor);
    this.#only = this.#cursors.length === 1 ? cursor : undefined;
    this.#resize(cursor.capacity);
    this.#findLimit();
  }

  /** From now on numbers what is put, for a subscriber that comes next. */
  keepOrder(order: { next: number }): void {
    this.#order ??= order;
  }

  /**
   * Takes a subscriber away, with what waits for it: returns a closed ring of its own, in which everything has the sequence
   * number and the order that it had.
   */
  cut(cursor: Cursor): Ring<T> {
    const rest = new Ring<T>({ name: this.name, slice: this.slice, order: this.#order });
    rest.#resize(this.head - cursor.at);
    for (let at = cursor.at; at < this.head; at++) {
      rest.#slots[at & rest.#mask] = this.#slots[at & this.#mask];
      rest.#orders[at & rest.#mask] = this.#orders[at & this.#mask]!;
    }
    rest.head = this.head;
    rest.#cursors = [cursor];
    rest.#only = cursor;
    this.unsubscribe(cursor);
    rest.close();
    return rest;
  }

  /** Takes a subscriber away; whoever waited for it alone goes on. */
  unsubscribe(cursor: Cursor): void {
    this.#cursors = this.#cursors.filter((each) => each !== cursor);
    this.#only = this.#cursors.length === 1 ? this.#cursors[0] : undefined;
    if (this.#cursors.length === 0) this.#slots.fill(undefined);
    this.#admit();
  }

  /** Ends the ring behind what was put and what waits in line. Never waits. */
  close(): void {
    this.closing = true;
    this.limit = -1;
    if (this.#line.length > 0 || this.closed) return;
    this.closed = true;
    if (this.#order !== undefined) this.closedOrder = this.#order.next++;
    this.#onClose?.();
    for (const cursor of this.#cursors) if (cursor.parked) this.#wake(cursor);
  }

  /** Ends the ring now: what waits in line is refused with `reason`, what was put can still be taken. */
  abort(reason: unknown): void {
    this.#lined = 0;
    for (const { abort } of this.#line.splice(0)) abort(reason);
    this.close();
  }

  #wake(cursor: Cursor): void {
    cursor.parked = false;
    cursor.arrived();
  }

  #admit(): void {
    // A reader that is woken by `put` comes back here before `put` returns; the loop below then goes on.
    if (this.#admitting) return;
    this.#admitting = true;
    while (this.#line.length > 0 && this.head < this.#findRoom()) {
      const sender = this.#line.shift()!;
      const { value, reject } = sender;
      if (value !== undefined) this.#lined--;
      try {
        if (value !== undefined) this.put(value.put);
        sender.resolve();
      } catch (error) {
        this.onRefuse?.(error);
        reject(error);
      }
    }
    this.#admitting = false;
    this.#findLimit();
    if (this.closing) this.close();
  }

  #findLimit(): number {
    const limit = this.closing || this.#line.length > 0 ? -1 : this.#findRoom();
    return this.limit = this.#waitsAt < limit && this.#waitsAt >= this.head ? this.#waitsAt : limit;
  }

  #findRoom(): number {
    let room = Infinity;
    for (const { at, capacity } of this.#cursors) if (at + capacity < room) room = at + capacity;
    return room + this.#extra;
  }

  #resize(capacity: number): void {
    let size = Math.max(1, this.#slots.length);
    while (size < capacity) size *= 2;
    if (size === this.#slots.length) return;
    // Values lie at their sequence number modulo the size, so each moves to its new place.
    const slots = new Array<T | undefined>(size).fill(undefined);
    const orders = new Array<number>(size).fill(0);
    for (let at = Math.max(0, this.head - this.#slots.length); at < this.head; at++) {
      slots[at & size - 1] = this.#slots[at & this.#mask];
      orders[at & size - 1] = this.#orders[at & this.#mask]!;
    }
    [this.#slots, this.#orders, this.#mask] = [slots, orders, size - 1];
  }
}
