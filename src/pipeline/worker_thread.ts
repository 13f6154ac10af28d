import type { Clock } from "../clock/mod.ts";

/** What threads for stages are opened with; a run's environment has it as the service `workers`. */
export interface Workers {
  /** Starts a thread that runs `task` by {@linkcode serveStage}. */
  open(task: StageTask, hooks: ThreadHooks): WorkerThread;
  /** The time outside, also in a replay: it says when a thread has hung. */
  readonly clock: Pick<Clock, "elapsedNs" | "at">;
}

/** Heard from a thread. */
export interface ThreadHooks {
  /** There is something in the ring from it, or room in the one to it. */
  readonly woken: () => void;
  /** What was posted. */
  readonly message: (message: SlabMessage) => void;
  /** The thread has ended; with an error if by itself. */
  readonly ended: (error?: unknown) => void;
}

/** A thread at work. It ends by itself when its rings are closed. */
export interface WorkerThread {
  /** Hands a slab to it. */
  post(message: SlabMessage): void;
  /** Wakes it, where `Atomics.notify` does not. */
  wake?(): void;
  /** Ends it without a wait. Code that never returns goes on until the process ends, but nobody waits for it any more. */
  abandon(): void;
}

/** What a thread is to do. All of it can be cloned. */
export interface StageTask {
  /** The id of the stage. */
  readonly id: string;
  /** The name of its kind. */
  readonly type: string;
  /** {@linkcode StageType.module} */
  readonly module?: string | undefined;
  /** With all defaults. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Those of its inputs that are connected. */
  readonly inputs: readonly string[];
  /** The ring to the thread. */
  readonly toWorker: SharedArrayBuffer;
  /** The ring from the thread. */
  readonly fromWorker: SharedArrayBuffer;
  /** The state of its chance: four words, which the thread draws from. */
  readonly random: SharedArrayBuffer;
  /** Whether frames behind one that failed are left out until somebody has decided what follows. */
  readonly haltsOnError: boolean;
}

/** A slab for frames that are too large for the ring; records name it by its number. */
export interface SlabMessage {
  /** The memory. */
  readonly slab: SharedArrayBuffer;
  /** Its number, from 1 on. */
  readonly number: number;
}
