/**
 * Files as the log needs them. All calls are synchronous: an append is a copy into the page cache, and a full disk is
 * then an error at the very call that met it, not later in some queue.
 */
export interface Files {
  /**
   * Opens a file. `read`: must be there. `append`: made if missing, writes go to the end. `create`: must not be there.
   *
   * @throws {TinmanError} `NOT_FOUND`, `EXISTS`, `DENIED` or `WRITE_FAILED`.
   */
  open(path: string, mode: FileMode): OpenFile;
  /** Size and kind, or undefined when nothing is there. */
  stat(path: string): FileStat | undefined;
  /**
   * Where `path` really leads, absolute and with every link followed, or undefined when nothing is there. Two paths lead
   * to the same place exactly when these are the same.
   */
  realPath(path: string): string | undefined;
  /** Names (not paths) in a folder, sorted; empty when the folder is missing. */
  list(path: string): string[];
  /** Makes a folder and its parents; nothing happens when it is there. */
  makeFolder(path: string): void;
  /** Puts `bytes` at `path` whole or not at all (written beside, synced, renamed). */
  replace(path: string, bytes: Uint8Array): void;
  /** Removes a file, or a folder with all that is in it; nothing happens when it is missing. */
  remove(path: string): void;
  /** Free bytes on the disk that holds `path`, or undefined when nobody can tell. */
  freeBytes(path: string): number | undefined;
  /**
   * The whole file as memory without reading it (private copy-on-write mapping), or undefined where that cannot be had.
   * The bytes stay valid until nobody refers to them. Only for files that no longer change.
   */
  map(path: string): Uint8Array | undefined;
  /**
   * Resolves when all that the file at `path` has now is on the disk, and holds nobody up meanwhile; at once when nothing is
   * there. Where it is missing there is only {@linkcode OpenFile.sync}. Rejects with `WRITE_FAILED`.
   */
  syncLater?(path: string): Promise<void>;
}

/** How a file is opened, see {@linkcode Files.open}. */
export type FileMode = "read" | "append" | "create";

/** What {@linkcode Files.stat} tells. */
export interface FileStat {
  /** Whether it is a file or a folder. */
  readonly kind: "file" | "folder";
  /** Size in bytes; 0 for folders. */
  readonly size: number;
}

/** One open file. Dispose it, or call `close()`; twice is fine, and any use after that throws `CLOSED`. */
export interface OpenFile extends Disposable {
  /** The path it was opened with. */
  readonly path: string;
  /** Size in bytes now; grows while somebody writes. */
  size(): number;
  /** Reads into `into` from byte `at`; returns how many bytes came, 0 at the end. May be fewer than asked. */
  read(into: Uint8Array, at: number): number;
  /**
   * Appends; returns how many bytes were taken. Fewer than given, or 0: the disk is full.
   *
   * @throws {TinmanError} `WRITE_FAILED` when it failed otherwise, or the file was opened for reading.
   */
  write(bytes: Uint8Array): number;
  /** Waits until what was written is on the disk. */
  sync(): void;
  /** Cuts the file to `size` bytes, if it is longer. */
  truncate(size: number): void;
  /** Releases the file. */
  close(): void;
}
