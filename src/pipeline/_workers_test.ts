import { setImmediate } from "node:timers";
import type { StageType } from "./stage.ts";
import { serveStage } from "./worker_host.ts";
import type { SlabMessage, StageTask, ThreadHooks, Workers, WorkerThread } from "./worker_thread.ts";

/** Threads that are none: each stage is served in this very thread, turn by turn of the event loop. */
export class MemoryWorkers implements Workers {
  /** Never fires, unless a test says so. */
  readonly clock: { now: number; elapsedNs(): number; at(elapsedNs: number, wake: () => void): () => void };
  /** Threads that were opened, and those that have ended. */
  opened = 0;
  ended = 0;
  abandoned = 0;
  readonly #types: readonly StageType[];
  readonly #timers = new Set<{ readonly at: number; wake(): void }>();

  constructor(types: readonly StageType[]) {
    this.#types = types;
    const timers = this.#timers;
    this.clock = {
      now: 0,
      elapsedNs() {
        return this.now;
      },
      at(at, wake) {
        const timer = { at, wake };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    };
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass for whoever watches a thread. */
  pass(ms: number): void {
    this.clock.now += ms * 1e6;
    for (const timer of [...this.#timers]) {
      if (timer.at <= this.clock.now && this.#timers.delete(timer)) timer.wake();
    }
  }

  open(task: StageTask, hooks: ThreadHooks): WorkerThread {
    this.opened++;
    const inbox: SlabMessage[] = [];
    let isAbandoned = false;
    const turn = () =>
      new Promise<void>((resolve, reject) =>
        void setImmediate(() => isAbandoned ? reject(new Error("abandoned")) : resolve())
      );
    const ended = (error?: unknown) => {
      this.ended++;
      hooks.ended(error);
    };
    const later = (call: () => void) => void setImmediate(() => isAbandoned || call());
    serveStage(structuredClone(task), ({ type }) => this.#types.find((each) => each.type === type)!, {
      wake: () => later(hooks.woken),
      post: (message) => later(() => hooks.message(message)),
      async receive() {
        while (inbox.length === 0) await turn();
        return inbox.shift()!;
      },
      wait: turn,
      elapsedNs: () => 0,
    }).then(() => ended(), ended);
    return {
      post: (message) => inbox.push(message),
      abandon: () => {
        if (!isAbandoned) this.abandoned++;
        isAbandoned = true;
      },
    };
  }
}
