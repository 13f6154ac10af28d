/**
 * Where the segments of one partition lie, each under its base offset. All calls are synchronous, so that a full disk is an
 * error of the very call that met it. In memory: `MemorySegments`; in a folder: `FileSegments`.
 */
export interface SegmentFolder {
  /** Whether what is in it is there again after a restart. */
  readonly isDurable: boolean;
  /** Where it is, for people. */
  readonly path: string;
  /** The base offsets that are there, in their order. */
  list(): number[];
  /** The bytes of a segment; an empty one where there is none, which is made when something is put into it. */
  open(baseOffset: number): SegmentBytes;
  /** Makes an empty segment, so that a log that is opened again goes on there. @throws {TinmanError} `WRITE_FAILED` */
  make(baseOffset: number): void;
  /** Puts other bytes in the place of a segment, all or nothing. Views and copies of the old ones stay as they are. */
  replace(baseOffset: number, bytes: Uint8Array): SegmentBytes;
  /** Removes a segment with its index; nothing happens when it is missing. */
  remove(baseOffset: number): void;
  /** What was kept beside the segments at this offset, or nothing. */
  readBeside(offset: number, kind: BesideKind): Uint8Array | undefined;
  /** Keeps something beside the segments, all or nothing. It can be lost, and is then made again. */
  writeBeside(offset: number, kind: BesideKind, bytes: Uint8Array): void;
  /** The offsets at which such things are kept, in their order. */
  listBeside(kind: BesideKind): number[];
  /** Removes such a thing; nothing happens when it is missing. */
  removeBeside(offset: number, kind: BesideKind): void;
}

/** What lies beside segments: where batches are, and what producers wrote last. */
export type BesideKind = "index" | "producers";

/** The bytes of one segment, which only grow. */
export interface SegmentBytes {
  /** How many there are. */
  readonly length: number;
  /** Adds all of it, or nothing when it throws. @throws {TinmanError} `WRITE_FAILED` */
  append(bytes: Uint8Array): void;
  /** Up to `length` bytes from `at` on, fewer at the end: a view or a copy, which stays as it is. */
  read(at: number, length: number): Uint8Array;
  /** Cuts off what is behind `length`. */
  cut(length: number): void;
  /** Cuts off what a write or a cut that failed left behind, if there is any. @throws {TinmanError} `WRITE_FAILED` */
  mend(): void;
  /** Waits until all that was added is on the disk. @throws {TinmanError} `WRITE_FAILED` */
  sync(): void;
  /** Resolves when all that is there now is on the disk; more may be added meanwhile. Rejects with `WRITE_FAILED`. */
  syncLater(): Promise<void>;
}
