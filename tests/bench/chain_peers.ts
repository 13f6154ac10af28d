import { Readable, Transform, Writable } from "node:stream";
import { getHeapStatistics } from "node:v8";
import { Effect, Stream } from "effect";
import { fill, type Shape, steps, Total } from "./chain_work.ts";

/** What is to be done. */
export interface Load {
  readonly frames: number;
  readonly samples: number;
}

interface Frame {
  readonly sequenceId: number;
  readonly samples: Float64Array;
}

/** Frames of room between two stages, as in a pipeline of tinman. */
const CAPACITY = 100;

/** Arrays that peers made for their frames, so far. */
let arraysMade = 0;

/** What `run` allocates for each frame, in bytes: objects on the heap, and the arrays that it or `arrays` says it made. */
export async function allocated(
  load: Load,
  run: () => void | Promise<void>,
  arrays: () => number = () => arraysMade,
): Promise<number> {
  const bytes = () => heap().total_allocated_bytes + arrays() * load.samples * 8;
  const before = bytes();
  await run();
  return (bytes() - before) / load.frames;
}

// Newer than the types that Deno has for it.
const heap = getHeapStatistics as () => ReturnType<typeof getHeapStatistics> & {
  readonly total_allocated_bytes: number;
};

const createArray = (samples: number): Float64Array => {
  arraysMade++;
  return new Float64Array(samples);
};

const create = (sequenceId: number, samples: number): Frame => {
  const frame = { sequenceId, samples: createArray(samples) };
  fill(frame.samples, sequenceId);
  return frame;
};

const apply = ({ sequenceId, samples }: Frame, step: (from: Float64Array, to: Float64Array) => void): Frame => {
  const next = { sequenceId, samples: createArray(samples.length) };
  step(samples, next.samples);
  return next;
};

/**
 * The same arithmetic in a loop, over the same few arrays: what the machine can do at most. In functions of its own, because
 * those that others call too are compiled for all of them, and one for each frame, as a long loop is compiled in its midst.
 */
export function loop(shape: Shape, { frames, samples }: Load): void {
  const total = new Total();
  const [a, b] = [new Float64Array(samples), new Float64Array(samples)];
  for (let n = 0; n < frames; n++) total.sum += shape === "5 stages" ? chainOnce(a, b, n) : fanOutOnce(a, n);
  total.frames = frames * (shape === "5 stages" ? 1 : 4);
  total.check(shape, { frames, samples });
}

function chainOnce(a: Float64Array, b: Float64Array, n: number): number {
  for (let i = 0; i < a.length; i++) a[i] = (n + i) & 1023;
  for (let i = 0; i < a.length; i++) b[i] = a[i]! * 2;
  for (let i = 0; i < a.length; i++) a[i] = b[i]! + 1;
  for (let i = 0; i < a.length; i++) b[i] = a[i]! * 0.5;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += b[i]!;
  return sum;
}

function fanOutOnce(a: Float64Array, n: number): number {
  for (let i = 0; i < a.length; i++) a[i] = (n + i) & 1023;
  let all = 0;
  for (let copy = 0; copy < 4; copy++) {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i]!;
    all += sum;
  }
  return all;
}

/** Node's streams in object mode. */
export async function nodeStreams(shape: Shape, { frames, samples }: Load): Promise<void> {
  const total = new Total();
  const options = { objectMode: true, highWaterMark: CAPACITY };
  let made = 0;
  let last: Readable = new Readable({
    ...options,
    read() {
      while (made < frames) if (!this.push(create(made++, samples))) return;
      this.push(null);
    },
  });
  const transforms = shape === "5 stages" ? steps : [];
  for (const step of transforms) {
    last = last.pipe(new Transform({ ...options, transform: (frame, _, done) => done(null, apply(frame, step)) }));
  }
  const ends = Array.from(
    { length: shape === "1→4" ? 4 : 1 },
    () => new Writable({ ...options, write: (frame: Frame, _, done) => (total.add(frame.samples), done()) }),
  );
  const finished = ends.map((end) => new Promise((resolve, reject) => end.on("finish", resolve).on("error", reject)));
  for (const end of ends) last.pipe(end);
  await Promise.all(finished);
  total.check(shape, { frames, samples });
}

/** Effect Stream with a queue behind each stage, so that its stages are as far apart as ours. */
export async function effectStream(shape: Shape, { frames, samples }: Load): Promise<void> {
  const total = new Total();
  const add = ({ samples }: Frame) => Effect.sync(() => total.add(samples));
  const source = Stream.range(0, frames - 1).pipe(Stream.map((n) => create(n, samples)));
  if (shape === "1→4") {
    const program = Effect.gen(function* () {
      const copies = yield* Stream.broadcastN(source, { n: 4, capacity: CAPACITY });
      yield* Effect.all(copies.map((copy) => Stream.runForEach(copy, add)), { concurrency: 4 });
    });
    await Effect.runPromise(Effect.scoped(program));
  } else {
    let stream = source.pipe(Stream.buffer({ capacity: CAPACITY }));
    for (const step of steps) {
      stream = stream.pipe(Stream.map((frame) => apply(frame, step)), Stream.buffer({ capacity: CAPACITY }));
    }
    await Effect.runPromise(Stream.runForEach(stream, add));
  }
  total.check(shape, { frames, samples });
}
