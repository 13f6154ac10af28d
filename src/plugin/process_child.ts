import type { WorkerPermissions } from "./tier.ts";

/** What a process for a plugin is started with. */
export interface ChildOptions {
  /** What it may do at most, as flags of Deno. */
  readonly flags: readonly string[];
  /** What the worker in it may do. */
  readonly permissions: WorkerPermissions;
  /** Whether some of that can be told by `flags` only. */
  readonly needsFlags: boolean;
  /** Variables of the environment that it sees, `true` for all. */
  readonly env: readonly string[] | true;
  /** Most memory for the plugin's own objects. */
  readonly memoryMB: number;
}

/** How a process has ended. */
export interface ChildEnd {
  /** What it exited with; 128 and the number of the signal where there was one. */
  readonly code: number;
  /** `SIGKILL`, … */
  readonly signal?: string | undefined;
}

/** A process that is about to run a plugin: it reads the text of a worker first, then passes bytes to and fro. */
export interface Child {
  /** For messages. */
  readonly pid: number;
  /** Closing it ends the process. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Messages of the plugin. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the runtime says when it crashes. */
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when it has ended, however. */
  readonly exited: Promise<ChildEnd>;
  /** Ends it and all that it started, now. Twice is fine. */
  kill(): void;
  /** Memory of the process, undefined where the system does not tell. */
  residentBytes(): number | undefined;
  /** What it worked so far, undefined where the system does not tell. */
  cpuMs?(): number | undefined;
}

/** Starts a process for a plugin. */
export type SpawnChild = (options: ChildOptions) => Child;
