/**
 * Points as they come, the lowest and the highest of each bucket of time; of points with two values the last. Bounded: when nobody
 * takes them, the oldest go.
 */
export class LiveEnvelope {
  readonly #bucketNs: number;
  readonly #width: 2 | 3;
  readonly #most: number;
  #done: (readonly number[])[] = [];
  #bucket = -Infinity;
  #low: readonly number[] | undefined;
  #high: readonly number[] | undefined;

  /** Keeps `most` points until they are taken. */
  constructor({ bucketNs, width, most }: { readonly bucketNs: number; readonly width: 2 | 3; readonly most: number }) {
    [this.#bucketNs, this.#width, this.#most] = [bucketNs, width, most];
  }

  /** Adds a point: a time, and one or two values. */
  add(point: readonly number[]): void {
    const bucket = Math.floor(point[0]! / this.#bucketNs);
    if (bucket !== this.#bucket) {
      this.#flush();
      this.#bucket = bucket;
    }
    if (this.#width === 3) this.#low = this.#high = point;
    else {
      if (this.#low === undefined || point[1]! < this.#low[1]!) this.#low = point;
      if (this.#high === undefined || point[1]! > this.#high[1]!) this.#high = point;
    }
  }

  /** Those that came since the last time, one after the other. A bucket that is not over at `nowNs` comes with the next. */
  take(nowNs: number): Float64Array {
    if (Math.floor(nowNs / this.#bucketNs) > this.#bucket) this.#flush();
    const points = Float64Array.from(this.#done.flat());
    this.#done = [];
    return points;
  }

  #flush(): void {
    const [low, high] = [this.#low, this.#high];
    if (low !== undefined && high !== undefined) {
      if (low === high) this.#done.push(low);
      else this.#done.push(...low[0]! <= high[0]! ? [low, high] : [high, low]);
    }
    if (this.#done.length > this.#most) this.#done.splice(0, this.#done.length - this.#most);
    [this.#low, this.#high] = [undefined, undefined];
  }
}
