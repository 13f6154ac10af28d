/**
 * What this machine gives: time, files, chance, signals. The only folder that says `Deno.`, imported by mod.ts and the
 * command line alone; everything else is handed what it needs.
 *
 * @module
 */
import type { Files } from "../files/mod.ts";
import { createDenoFiles } from "./files.ts";
import { nextTurn } from "./macrotask.ts";
import { onProcessSignal } from "./process.ts";
import { randomSeed } from "./random.ts";
import { createWallClock, type WallClock } from "./wall_clock.ts";

export { createDenoFiles } from "./files.ts";
export { nextTurn } from "./macrotask.ts";
export {
  changeProcessFolder,
  exitProcess,
  fileUrl,
  onProcessSignal,
  processArguments,
  processFolder,
  processKeys,
  processPermission,
  processSinks,
  processVariable,
  processVersions,
  type TextSink,
} from "./process.ts";
export { randomSeed } from "./random.ts";
export { createWallClock, type WallClock, type WallClockOptions } from "./wall_clock.ts";

/** What a run needs of the machine it runs on. */
export interface Platform {
  /** The time of this machine. */
  readonly clock: WallClock;
  /** The files of this machine. */
  readonly files: Files;
  /** A fresh seed for `createRandom`. */
  randomSeed(): string;
  /** Lets timers, sockets and signals get their chance. */
  nextTurn(): Promise<void>;
  /**
   * Calls `handler` at each request to stop (Ctrl-C, `kill`, the terminal was closed), the first as well as the tenth,
   * until the result is disposed. Meanwhile these do not end the process, and listening does not keep it alive.
   */
  onSignals(handler: (signal: SignalName) => void): Disposable;
}

/** The requests to stop. Windows knows the first and the last. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The machine that this process runs on. */
export function createPlatform(): Platform {
  return { clock: createWallClock(), files: createDenoFiles(), randomSeed, nextTurn, onSignals };
}

function onSignals(handler: (signal: SignalName) => void): Disposable {
  const stop = onProcessSignal(["SIGINT", "SIGTERM", "SIGHUP"], handler);
  return { [Symbol.dispose]: stop };
}
