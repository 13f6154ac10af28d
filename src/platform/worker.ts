import { parentPort, Worker, workerData } from "node:worker_threads";

/** Heard from a worker. */
export interface WorkerHooks {
  /** It posted something. */
  readonly message: (message: unknown) => void;
  /** It has ended; with an error if it did not by itself. */
  readonly ended: (error?: unknown) => void;
}

/** A worker at work: a thread with a module of its own. It ends when its module has nothing to do any more. */
export interface WorkerHandle {
  post(message: unknown): void;
  /** Ends it, and waits for nothing: a thread that never returns goes on until the process ends, which it does not hold up. */
  abandon(): void;
}

/**
 * Starts a worker with the module at `url`, which finds `data` by {@linkcode thisWorker}.
 *
 * It is a worker of Node: when the process ends in good order it does not wait for a thread that was abandoned while it
 * hung, as it does for a Web Worker (seen with Deno 2.9.6, where neither can be stopped).
 */
export function openWorker(url: URL, data: unknown, { message, ended }: WorkerHooks): WorkerHandle {
  const worker = new Worker(url, { workerData: data });
  let error: unknown;
  worker.on("message", message);
  worker.on("error", (reason) => error = reason);
  worker.on("exit", (code) => ended(error ?? (code === 0 ? undefined : new Error(`it ended with code ${code}`))));
  return {
    post: (message) => worker.postMessage(message),
    abandon() {
      worker.unref();
      void worker.terminate();
    },
  };
}

/** Whether the program began with this module: who imports it runs the program again. */
export function isMainModule(url: string): boolean {
  return url === Deno.mainModule;
}

/** A worker as its own module sees it. */
export interface ThisWorker {
  /** What it was started with. */
  readonly data: unknown;
  post(message: unknown): void;
  /** The next message that was posted to it. Nobody keeps it up while it waits. */
  receive(): Promise<unknown>;
  /** Calls `block`, which returns after so many milliseconds at the latest; now and then the event loop turns. */
  wait(block: (timeoutMs: number) => void): void | Promise<void>;
}

/** Longest time for which a worker blocks: it can be ended only when its event loop turns. */
const BLOCK_MS = 500;

/** The worker that this module is in. */
export function thisWorker(): ThisWorker {
  const port = parentPort!;
  const inbox: unknown[] = [];
  let take: ((message: unknown) => void) | undefined;
  port.on("message", (message: unknown) => {
    if (take === undefined) return void inbox.push(message);
    take(message);
    take = undefined;
  });
  port.unref();
  return {
    data: workerData,
    post: (message) => port.postMessage(message),
    async receive() {
      if (inbox.length > 0) return inbox.shift();
      port.ref();
      try {
        return await new Promise((resolve) => take = resolve);
      } finally {
        port.unref();
      }
    },
    wait(block) {
      const startMs = performance.now();
      block(BLOCK_MS);
      if (performance.now() - startMs < BLOCK_MS) return undefined;
      return new Promise((resolve) => void setTimeout(resolve, 0));
    },
  };
}
