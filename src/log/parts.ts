/** A bound on parts of a recording; where both are given, what is reached first counts. */
export interface PartLimit {
  /** So many bytes. @default {Infinity} */
  readonly bytes?: number;
  /** So many nanoseconds. @default {Infinity} */
  readonly timeNs?: bigint;
}

/** Which part of a run a recording is, when the run was recorded in several. */
export interface PartOf {
  /** The id of the first part. */
  readonly of: string;
  /** Its number, from 1. */
  readonly number: number;
}

/** The parts into which a run was recorded. */
export interface RecordedParts {
  /** Where those are that were not deleted, the oldest first; the last one is being written, or was. */
  readonly folders: readonly string[];
  /** How many were deleted, because they were beyond what is kept. */
  readonly deleted: number;
}

/** How a recording is split, see {@linkcode RecordingOptions}. */
export interface SplitOptions {
  readonly split: PartLimit;
  readonly keep?: PartLimit | undefined;
  /** Hears of the first part that could not be deleted. */
  readonly onUndeleted?: ((folder: string, error: unknown) => void) | undefined;
}

/** Checks limits. @throws {TypeError | RangeError} */
export function checkLimits({ split, keep }: { readonly split?: PartLimit; readonly keep?: PartLimit }): void {
  if (keep !== undefined && split === undefined) {
    throw new TypeError("Cannot keep the last parts of a recording that is not split: keep needs split");
  }
  for (const [name, limit] of Object.entries({ split, keep })) {
    if (limit === undefined) continue;
    const { bytes, timeNs } = limit;
    if (bytes === undefined && timeNs === undefined) {
      throw new TypeError(`Cannot ${name} by nothing: name bytes or timeNs`);
    }
    if (bytes !== undefined && !(bytes >= 1)) throw new RangeError(`Cannot ${name} by ${bytes} bytes: from 1 up`);
    if (timeNs !== undefined && timeNs < 1n) throw new RangeError(`Cannot ${name} by ${timeNs} ns: from 1 up`);
  }
  const isLess = <T extends number | bigint>(a: T | undefined, b: T | undefined) =>
    a !== undefined && b !== undefined && a < b;
  if (isLess(keep?.bytes, split?.bytes) || isLess(keep?.timeNs, split?.timeNs)) {
    throw new RangeError("Cannot keep less than one part: keep is smaller than split");
  }
}
