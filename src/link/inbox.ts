/** What has arrived at one end of a link and was not read yet. Its owner bounds it. */
export class Inbox {
  /** Bytes that nobody has read. */
  bytes = 0;
  readonly #taken: ((bytes: number) => void) | undefined;
  readonly #waiting: PromiseWithResolvers<IteratorResult<Uint8Array>>[] = [];
  #pieces: Uint8Array[] = [];
  #at = 0;
  #end: { readonly error?: Error } | undefined;

  /** `taken` hears of the bytes of each piece that is read. */
  constructor(taken?: (bytes: number) => void) {
    this.#taken = taken;
  }

  /** Whether nothing will come any more. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** A piece arrives; nothing happens behind the end. */
  push(piece: Uint8Array): void {
    if (this.#end !== undefined) return;
    const reader = this.#waiting.shift();
    if (reader === undefined) {
      this.bytes += piece.length;
      this.#pieces.push(piece);
    } else {
      reader.resolve({ value: piece, done: false });
      this.#taken?.(piece.length);
    }
  }

  /** The next piece, as the iterator of `incoming` gives it. */
  next(): Promise<IteratorResult<Uint8Array>> {
    const piece = this.#shift();
    if (piece !== undefined) {
      this.bytes -= piece.length;
      this.#taken?.(piece.length);
      return Promise.resolve({ value: piece, done: false });
    }
    if (this.#end?.error !== undefined) return Promise.reject(this.#end.error);
    if (this.#end !== undefined) return Promise.resolve({ value: undefined, done: true });
    const reader = Promise.withResolvers<IteratorResult<Uint8Array>>();
    this.#waiting.push(reader);
    return reader.promise;
  }

  /** What is here can still be read; then the loop ends. */
  end(): void {
    this.#end ??= {};
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  /** What is here is lost, and the loop throws. */
  fail(error: Error): void {
    if (this.#end?.error === undefined) this.#end = { error };
    this.#drop();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** What is here is lost, and the loop ends, also one that would have thrown. */
  close(): void {
    this.#end = {};
    this.#drop();
    this.end();
  }

  #shift(): Uint8Array | undefined {
    const piece = this.#pieces[this.#at];
    if (piece === undefined) return undefined;
    this.#at++;
    if (this.#at === this.#pieces.length) [this.#pieces, this.#at] = [[], 0];
    return piece;
  }

  #drop(): void {
    [this.#pieces, this.#at, this.bytes] = [[], 0, 0];
  }
}
