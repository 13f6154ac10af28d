// Goal: every item is in the windows that its time says or is counted as late, in whatever order items come and phases
// fall; revisions hold all that was said before. Method: examples, and a model that sees all items at once.
import assert from "node:assert/strict";
import fc from "fast-check";
import { artifactsOf, builtOf } from "./_drive.ts";
import { builder } from "./builder.ts";
import { Resolve } from "./builder_events.ts";
import { session, sliding, tumbling, type WindowShape } from "./window_shape.ts";
import { type Window, Windows, type WindowsOptions } from "./windows.ts";

type Options = Partial<WindowsOptions<[number]>>;

const ask = Resolve({ target: "window" });
const make = (shape: WindowShape, options: Options = {}) =>
  new Windows<[number]>({ provides: "window", requires: ["x"], shape, timeMs: (x) => x, lateTo: "late", ...options });

/** Puts items, which are their own times, into windows; gives what was announced and what was late. */
async function put(shape: WindowShape, times: readonly number[], options: Options = {}) {
  const made = make(shape, options);
  const late: unknown[] = [];
  const bin = builder({
    provides: "bin",
    requires: ["late"],
    dedupe: false,
    build: (_, x: number) => void late.push(x),
  });
  const events = [ask, Resolve({ target: "bin" }), ...builtOf("x", ...times)];
  const windows = await artifactsOf("window", { builders: [made, bin], outside: ["x"], events });
  return { windows: windows as Window<number>[], late, made };
}

/** `[start, end, items, revision]` */
const short = (windows: readonly Window[]) =>
  windows.map(({ startMs, endMs, items, revision }) => [startMs, endMs, items, revision]);

Deno.test("tumbling windows are side by side: each item is in one, and the end is outside", async () => {
  const { windows } = await put(tumbling({ sizeMs: 10 }), [0, 9, 10, 25, -1]);
  assert.deepEqual(short(windows), [[0, 10, [0, 9], 0], [10, 20, [10], 0], [20, 30, [25], 0]]);
  const shifted = await put(tumbling({ sizeMs: 10, offsetMs: 3 }), [2, 3, 13]);
  assert.deepEqual(short(shifted.windows), [[-7, 3, [2], 0], [3, 13, [3], 0], [13, 23, [13], 0]]);
});

Deno.test("sliding windows have an item as often as they overlap, also with gaps between them", async () => {
  const { windows } = await put(sliding({ sizeMs: 10, everyMs: 5 }), [1, 7, 12]);
  assert.deepEqual(short(windows), [[-5, 5, [1], 0], [0, 10, [1, 7], 0], [5, 15, [7, 12], 0], [10, 20, [12], 0]]);
  const sparse = await put(sliding({ sizeMs: 2, everyMs: 10 }), [1, 5, 11, 30]);
  assert.deepEqual(short(sparse.windows), [[0, 2, [1], 0], [10, 12, [11], 0], [30, 32, [30], 0]]);
  assert.deepEqual(sparse.late, [], "5 is in no window, and so not late");
});

Deno.test("sessions go on as long as items are near, and grow together", async () => {
  const { windows } = await put(session({ gapMs: 10 }), [0, 9, 20, 35, 28, 50], { delayMs: 20 });
  assert.deepEqual(short(windows), [[0, 19, [0, 9], 0], [20, 45, [20, 35, 28], 0], [50, 60, [50], 0]]);
});

Deno.test("windows are announced when the watermark is at their end, which is behind the latest time", async () => {
  const upTo = async (times: readonly number[]) =>
    (await put(tumbling({ sizeMs: 10 }), times, { delayMs: 5, phases: "hold" })).made;
  assert.equal((await upTo([3, 14])).watermarkMs, 9);
  const { windows } = await put(tumbling({ sizeMs: 10 }), [3, 14, 8, 15, 2], { delayMs: 5 });
  assert.deepEqual(short(windows), [[0, 10, [3, 8], 0], [10, 20, [14, 15], 0]]);
});

Deno.test("late items are counted, and go to a target of their own", async () => {
  const { late, made } = await put(tumbling({ sizeMs: 10 }), [5, 25, 3, 12, 21]);
  assert.deepEqual(late, [3, 12]);
  assert.deepEqual([made.late, made.partlyLate], [2, 0]);
  const slid = await put(sliding({ sizeMs: 10, everyMs: 5 }), [7, 11, 8]);
  assert.deepEqual(
    [slid.made.late, slid.made.partlyLate],
    [0, 1],
    "8 is too late for 0 to 10, and in time for 5 to 15",
  );
  const silent = make(tumbling({ sizeMs: 10 }), { lateTo: undefined });
  await artifactsOf("window", { builders: [silent], outside: ["x"], events: [ask, ...builtOf("x", 5, 25, 3)] });
  assert.equal(silent.late, 1);
});

Deno.test("items that are late within `latenessMs` announce their window again, with all that it has", async () => {
  const { windows, late } = await put(tumbling({ sizeMs: 10 }), [5, 12, 3, 19, 4, 20, 6], { latenessMs: 10 });
  assert.deepEqual(short(windows), [[0, 10, [5], 0], [0, 10, [5, 3], 1], [0, 10, [5, 3, 4], 2], [10, 20, [12, 19], 0], [
    20,
    30,
    [20],
    0,
  ]]);
  assert.deepEqual(late, [6]);
});

Deno.test("a session that was announced and grows says what it takes the place of", async () => {
  const { windows } = await put(session({ gapMs: 10 }), [0, 30, 20, 11], { latenessMs: 100 });
  assert.deepEqual(
    windows.map(({ startMs, endMs, items, revision, replaces }) => [startMs, endMs, items, revision, replaces]),
    [
      [0, 10, [0], 0, undefined],
      [20, 30, [20], 0, undefined],
      // 11 is in reach of 20, and 30 is not: it touches the end.
      [11, 30, [20, 11], 1, [{ startMs: 20, endMs: 30 }]],
      [30, 40, [30], 0, undefined],
    ],
  );
  const joined = await put(session({ gapMs: 10 }), [0, 15, 40, 8], { latenessMs: 100 });
  assert.deepEqual(joined.windows[2], {
    startMs: 0,
    endMs: 25,
    items: [0, 15, 8],
    revision: 1,
    replaces: [{ startMs: 0, endMs: 10 }, { startMs: 15, endMs: 25 }],
  });
});

Deno.test("keys have windows of their own, and one watermark", async () => {
  const shape = tumbling({ sizeMs: 10 });
  const { windows } = await put(shape, [1, 2, 3, 14], { key: (x) => ({ odd: x % 2 === 1 }) });
  assert.deepEqual(windows.map(({ key, items }) => [key, items]), [
    [{ odd: true }, [1, 3]],
    [{ odd: false }, [2]],
    [{ odd: false }, [14]],
  ]);
});

/** A source that gives some items at once, and some in each phase. */
const inPhases = (phases: readonly (readonly number[])[]) =>
  builder({ provides: "x", build: () => phases[0]!, phase: (_, phase: number) => phases[phase] ?? [] });

Deno.test("a phase announces windows that have not ended, and again when more comes", async () => {
  const builders = [make(tumbling({ sizeMs: 10 })), inPhases([[1, 2], [3], [], [14]])];
  const windows = await artifactsOf("window", { builders, events: [ask] }) as Window[];
  assert.deepEqual(short(windows), [[0, 10, [1, 2], 0], [0, 10, [1, 2, 3], 1], [10, 20, [14], 0]]);
});

Deno.test("windows that are held wait for the watermark over phases, and for the last phase", async () => {
  const builders = [make(tumbling({ sizeMs: 10 }), { phases: "hold" }), inPhases([[1, 2], [3], [14], [15]])];
  const windows = await artifactsOf("window", { builders, events: [ask] }) as Window[];
  assert.deepEqual(short(windows), [[0, 10, [1, 2, 3], 0], [10, 20, [14, 15], 0]]);
  const alone = await put(tumbling({ sizeMs: 10 }), [1, 2], { phases: "hold" });
  assert.deepEqual(short(alone.windows), [[0, 10, [1, 2], 0]]);
});

Deno.test("windows are let go when they are closed, and no more are open than `maxOpen`", async () => {
  const times = Array.from({ length: 1000 }, (_, i) => i * 10);
  const { windows, made } = await put(tumbling({ sizeMs: 10 }), times, { maxOpen: 2 });
  assert.deepEqual([windows.length, made.open], [1000, 1]);
  await assert.rejects(put(tumbling({ sizeMs: 10 }), times, { maxOpen: 2, delayMs: 30 }), {
    message: /it holds 2 items/,
  });
  await assert.rejects(put(tumbling({ sizeMs: 10 }), [1, 2, 3], { maxHeld: 2 }), { message: /`?it holds 2 items/ });
});

Deno.test("times that are none, and windows that are none, are errors", async () => {
  for (const time of [NaN, Infinity, "1" as never, 1n as never]) {
    await assert.rejects(put(tumbling({ sizeMs: 10 }), [1], { timeMs: () => time }), { message: /timeMs gave/ });
  }
  for (const ms of [0, -1, NaN, Infinity]) {
    assert.throws(() => tumbling({ sizeMs: ms }), RangeError);
    assert.throws(() => sliding({ sizeMs: 10, everyMs: ms }), RangeError);
    assert.throws(() => session({ gapMs: ms }), RangeError);
  }
  assert.throws(() => sliding({ sizeMs: 1e6, everyMs: 1 }), { message: /more than 10000 overlap/ });
  assert.throws(() => make(tumbling({ sizeMs: 1 }), { delayMs: -1 }), RangeError);
  assert.throws(() => make(tumbling({ sizeMs: 1 }), { latenessMs: NaN }), RangeError);
});

/** The last that was said of each piece of time. */
function lastSaid(windows: readonly Window<number>[]): Map<string, readonly number[]> {
  const said = new Map<string, readonly number[]>();
  for (const { startMs, endMs, items, replaces = [] } of windows) {
    for (const span of replaces) said.delete(`${span.startMs}-${span.endMs}`);
    said.set(`${startMs}-${endMs}`, items);
  }
  return said;
}

Deno.test("with enough delay or lateness, windows hold what they would if items came in order", async () => {
  const shapes = [tumbling({ sizeMs: 7 }), sliding({ sizeMs: 9, everyMs: 4 }), session({ gapMs: 5 })];
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 25 }),
      fc.constantFrom(...shapes),
      fc.constantFrom<Options>({ delayMs: 60 }, { latenessMs: 61 }, { latenessMs: 61, phases: "hold" }, {
        delayMs: 20,
        latenessMs: 41,
      }),
      async (times, shape, options) => {
        const inOrder = lastSaid((await put(shape, times.toSorted((a, b) => a - b))).windows);
        const { windows, late } = await put(shape, times, options);
        assert.deepEqual(late, []);
        const sorted = [...lastSaid(windows)].map(([span, items]) => [span, items.toSorted((a, b) => a - b)]);
        assert.deepEqual(new Map(sorted as never), inOrder);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("every item is in a window that was announced, or late, never both", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 40 }),
      fc.constantFrom(tumbling({ sizeMs: 7 }), session({ gapMs: 5 })),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 0, max: 20 }),
      fc.constantFrom("flush" as const, "hold" as const),
      async (times, shape, delayMs, latenessMs, phases) => {
        const { windows, late, made } = await put(shape, times, { delayMs, latenessMs, phases });
        const said = [...lastSaid(windows).values()].flat();
        assert.deepEqual([...said, ...late].toSorted(), times.toSorted());
        assert.equal(made.late, late.length);
      },
    ),
    { numRuns: 150 },
  );
});
