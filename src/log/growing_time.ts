/**
 * The times of one channel of a copy. Frames of one time, which several recordings can have together and other tools
 * write, get a nanosecond more each (F2); what goes back in time stays as it is, for `verify` to find.
 */
export class GrowingTime {
  /** The time to write, in its two halves. */
  hi = -1;
  lo = 0;
  /** How many frames got another time. */
  moved = 0;
  #fromHi = -1;
  #fromLo = 0;

  /** Takes the time of the next frame. */
  take(hi: number, lo: number): void {
    const isLater = hi > this.hi || hi === this.hi && lo > this.lo;
    const wentBack = hi < this.#fromHi || hi === this.#fromHi && lo < this.#fromLo;
    [this.#fromHi, this.#fromLo] = [hi, lo];
    if (isLater || wentBack) [this.hi, this.lo] = [hi, lo];
    else {
      this.moved++;
      [this.hi, this.lo] = this.lo === 0xffffffff ? [this.hi + 1, 0] : [this.hi, this.lo + 1];
    }
  }
}
