/** A piece of event time, in milliseconds: from `startMs` up to but not including `endMs`. */
export interface Span {
  /** The first that is in it. */
  readonly startMs: number;
  /** The first behind it. */
  readonly endMs: number;
}

/** Which windows an item belongs to. Made by {@linkcode tumbling}, {@linkcode sliding} and {@linkcode session}. */
export interface WindowShape {
  /** The windows of an item of this time, by their start. */
  readonly spansOf: (timeMs: number) => readonly Span[];
  /** Whether windows that touch become one. */
  readonly merges: boolean;
}

/** More windows for one item are hardly meant. */
const MAX_OVERLAP = 10_000;

/**
 * Windows of one length, side by side.
 *
 * @throws {RangeError} For a length that is not above zero.
 */
export function tumbling(
  { sizeMs, offsetMs = 0 }: { readonly sizeMs: number; readonly offsetMs?: number },
): WindowShape {
  return sliding({ sizeMs, everyMs: sizeMs, offsetMs });
}

/**
 * Windows of one length, one begun every so often: an item is in all that are open at its time.
 *
 * @throws {RangeError} For a length that is not above zero, or an item that would be in more than 10,000 windows.
 */
export function sliding(
  { sizeMs, everyMs, offsetMs = 0 }: { readonly sizeMs: number; readonly everyMs: number; readonly offsetMs?: number },
): WindowShape {
  checkLength("sizeMs", sizeMs);
  checkLength("everyMs", everyMs);
  if (!Number.isFinite(offsetMs)) throw new RangeError(`Cannot make windows with offsetMs ${offsetMs}`);
  if (sizeMs / everyMs > MAX_OVERLAP) {
    throw new RangeError(`Cannot make windows of ${sizeMs} ms every ${everyMs} ms: more than ${MAX_OVERLAP} overlap`);
  }
  const spansOf = (timeMs: number) => {
    const last = Math.floor((timeMs - offsetMs) / everyMs);
    const spans: Span[] = [];
    for (let n = Math.floor((timeMs - offsetMs - sizeMs) / everyMs) + 1; n <= last; n++) {
      const startMs = offsetMs + n * everyMs;
      spans.push({ startMs, endMs: startMs + sizeMs });
    }
    return spans;
  };
  return { merges: false, spansOf };
}

/**
 * Windows that go on as long as the next item is less than `gapMs` away.
 *
 * @throws {RangeError} For a gap that is not above zero.
 */
export function session({ gapMs }: { readonly gapMs: number }): WindowShape {
  checkLength("gapMs", gapMs);
  return { merges: true, spansOf: (timeMs) => [{ startMs: timeMs, endMs: timeMs + gapMs }] };
}

function checkLength(name: string, ms: number): void {
  if (!(ms > 0 && ms < Infinity)) throw new RangeError(`Cannot make windows with ${name} ${ms}: expected more than 0`);
}
