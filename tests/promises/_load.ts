/** Keeps the processors busy, on and off, with threads of its own until it is disposed. */
export function cpuLoad(threads: number): Disposable {
  const workers = Array.from({ length: threads }, () => new Worker(import.meta.url, { type: "module", name: "load" }));
  return { [Symbol.dispose]: () => workers.forEach((worker) => worker.terminate()) };
}

if (self.name === "load") {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (let ms = 5;; ms = 1 + ms * 1.7 % 60) {
    for (const endMs = performance.now() + ms; performance.now() < endMs;);
    Atomics.wait(nothing, 0, 0, 60 - ms);
  }
}
