/**
 * The sending half of a channel, wherever its readers are: in this thread or in another. `testChannel` in
 * `tinman/testing` holds every implementation to what is said here.
 *
 * - Values reach every reader in the order of publication, each once.
 * - What one end does may reach the other a little later, but nothing is lost and nothing overtakes.
 * - Nothing here blocks: who has to wait is given a promise.
 */
export interface OutEnd<T> extends Disposable {
  /**
   * Hands `value` to every reader. Resolves once it is accepted: at once while the slowest reader has room, and for one
   * that waits at the latest when half of that reader's room is free again.
   *
   * Rejects with `CLOSED` and the unsent value after `close()`, with the reason of {@linkcode OutEnd.abort}, or with
   * `TOO_LARGE` when too many wait for room already; 64 may at least.
   */
  publish(value: T): Promise<void>;
  /** Hands over `value` if all readers have room and nobody waits, and says whether it did. Throws `CLOSED` after `close()`. */
  tryPublish(value: T): boolean;
  /** Whether a value published now would be taken at once. */
  hasRoom(): boolean;
  /**
   * Resolves when there is room for what was published so far, and for one value more, or when the channel has ended.
   * Rejects with the reason of {@linkcode OutEnd.abort} if that comes first.
   */
  ready(): Promise<void>;
  /** How many values were accepted so far, with or without readers. */
  readonly published: number;
  /** Whether published values wait for room. */
  readonly blocked: boolean;
  /** Whether {@linkcode OutEnd.close} was called. */
  readonly closing: boolean;
  /** Ends the channel behind what was published, also behind what waits. Never waits; twice is fine. */
  close(): void;
  /** Ends the channel now: publishers that wait are refused with `reason`, what was accepted can still be read. */
  abort(reason: unknown): void;
}

/**
 * The receiving half of a channel, see {@linkcode OutEnd}. It has one reader: a second `next()` while one waits is a
 * `CLOSED` error.
 */
export interface InEnd<T> extends AsyncIterableIterator<T>, AsyncDisposable, Disposable {
  /** The next value, or `done` at the end: behind all that was accepted, never before. Then `done` every time. */
  next(): Promise<IteratorResult<T>>;
  /** The same without waiting; undefined while nothing is there. */
  tryNext(): IteratorResult<T> | undefined;
  /** How many values wait: never more than the capacity, and none any more after {@linkcode InEnd.close}. */
  readonly size: number;
  /** Whether nothing will come any more. */
  readonly done: boolean;
  /** Leaves the channel: publishers stop waiting for this reader, and a `next()` that waits ends. Twice is fine. */
  close(): void;
  /** The same, called by `for await` when its loop is left early. */
  return(): Promise<IteratorResult<T>>;
  /** Itself. */
  [Symbol.asyncIterator](): this;
}
