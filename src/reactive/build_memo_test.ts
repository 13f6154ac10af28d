// Goal: what is built of the same inputs by the same code is not built again, in a run with `dedupe` and in the next with
// `persist`; what has changed is. Method: count calls of build(), and ask the builder why.
import assert from "node:assert/strict";
import { artifactsOf, builtOf } from "./_drive.ts";
import type { Archives } from "./archive.ts";
import { createMemoryArchives } from "./archives.ts";
import { builder, type BuilderDefinition } from "./builder.ts";
import { Resolve } from "./builder_events.ts";
import { createEventPipeline } from "./event_pipeline.ts";
import { given } from "./given.ts";
import type { EventContext } from "./processor.ts";
import { ReactiveBuilder } from "./reactive_builder.ts";

const ask = Resolve({ target: "y" });

/** A builder that counts how often it builds. */
function counting(options: Partial<BuilderDefinition<[number], number>> = {}) {
  const builds: number[] = [];
  const made = builder<[number], number>({
    provides: "y",
    requires: ["x"],
    build: (_, x) => {
      builds.push(x);
      return [x * 10];
    },
    ...options,
  });
  return { made, builds };
}

/** Runs a new one of these on some inputs; what it announced, and what it built. */
async function runOnce(
  inputs: readonly unknown[],
  options: Partial<BuilderDefinition<[number], number>>,
  archives?: Archives,
) {
  const { made, builds } = counting(options);
  const events = [...builtOf("x", ...inputs), ask];
  const artifacts = await artifactsOf("y", { builders: [made], outside: ["x"], events, archives });
  return { artifacts, builds, report: made.report() };
}

Deno.test("the four combinations of `persist` and `dedupe` do what their table says", async () => {
  for (const dedupe of [true, false]) {
    for (const persist of [true, false]) {
      const archives = createMemoryArchives();
      const repeated = dedupe ? [] : [2];
      const first = await runOnce([1, 2, 2], { persist, dedupe }, archives);
      assert.deepEqual(first.builds, [1, 2, ...repeated], `${persist} ${dedupe}`);
      assert.deepEqual(first.artifacts, [10, 20, ...dedupe ? [] : [20]]);
      const second = await runOnce([2, 1, 2, 3], { persist, dedupe }, archives);
      assert.deepEqual(second.builds, persist && dedupe ? [3] : [2, 1, ...repeated, 3]);
      assert.deepEqual(second.artifacts, [20, 10, ...dedupe ? [] : [20], 30]);
      assert.equal(archives.names().length, persist ? 1 : 0);
    }
  }
});

Deno.test("a builder says of each input whether it was built, and why", async () => {
  const archives = createMemoryArchives();
  const options = { persist: true, version: "1" };
  const reasons = async (inputs: readonly number[], version: string) => {
    const { report } = await runOnce(inputs, { ...options, version }, archives);
    return report.steps.map((step) => step.outcome === "built" ? step.reason : step.outcome);
  };
  assert.deepEqual(await reasons([1, 2, 1], "1"), ["no entry", "no entry", "repeated"]);
  assert.deepEqual(await reasons([1, 2], "1"), ["archive", "archive"]);
  assert.deepEqual(await reasons([1, 3, 4], "1"), ["archive", "input changed", "no entry"]);
  assert.deepEqual(await reasons([1, 3], "2"), ["code changed", "code changed"]);
  assert.deepEqual(await reasons([1, 3, 4], "2"), ["archive", "archive", "code changed"]);
  const { report } = await runOnce([1, 1, 5], { ...options, version: "2" }, archives);
  assert.deepEqual(report, {
    provides: "y",
    built: 1,
    reasons: { "input changed": 1 },
    archive: 1,
    repeated: 1,
    steps: [
      { outcome: "archive", input: 0, artifacts: 1 },
      { outcome: "repeated", input: 1, artifacts: 0 },
      { outcome: "built", reason: "input changed", input: 2, artifacts: 1 },
    ],
  });
});

/** Builds `sum` of a text and a number; returns it, what was built, and why, without what came from the archive. */
async function rebuild(archives: Archives, { text = "four", factor = 2 } = {}) {
  const builds: string[] = [];
  const note = <T>(name: string, value: T) => {
    builds.push(name);
    return [value];
  };
  const persist = true;
  const builders = [
    builder({ provides: "text", persist, version: text, build: () => note("text", text) }),
    builder({ provides: "five", persist, build: () => note("five", 5) }),
    builder({ provides: "length", requires: ["text"], persist, build: (_, it: string) => note("length", it.length) }),
    builder({
      provides: "scaled",
      requires: ["length"],
      persist,
      version: `times ${factor}`,
      build: (_, length: number) => note("scaled", length * factor),
    }),
    builder({
      provides: "sum",
      requires: ["scaled", "five"],
      persist,
      build: (_, a: number, b: number) => note("sum", a + b),
    }),
  ];
  const [sum] = await artifactsOf("sum", { builders, events: [Resolve({ target: "sum" })], archives });
  const why = builders.map((each) => [each.provides, ...Object.keys(each.report().reasons)]).filter((each) => each[1]);
  return { sum, builds: builds.toSorted(), why: Object.fromEntries(why) };
}

Deno.test("a second run with the same archives builds nothing, and gives the same", async () => {
  const archives = createMemoryArchives();
  const all = ["five", "length", "scaled", "sum", "text"];
  const why = Object.fromEntries(all.map((name) => [name, "no entry"]));
  assert.deepEqual(await rebuild(archives), { sum: 13, builds: all, why });
  assert.deepEqual(await rebuild(archives), { sum: 13, builds: [], why: {} });
});

Deno.test("only what depends on a changed input is built again", async () => {
  const archives = createMemoryArchives();
  await rebuild(archives);
  assert.deepEqual(await rebuild(archives, { text: "three" }), {
    sum: 15,
    builds: ["length", "scaled", "sum", "text"],
    why: { text: "code changed", length: "input changed", scaled: "input changed", sum: "input changed" },
  });
});

Deno.test("what depends on something that was built anew and is the same is not built again", async () => {
  const archives = createMemoryArchives();
  await rebuild(archives);
  assert.deepEqual(await rebuild(archives, { text: "five" }), {
    sum: 13,
    builds: ["length", "text"],
    why: { text: "code changed", length: "input changed" },
  });
});

Deno.test("only a builder whose code changed, and what depends on it, is built again", async () => {
  const archives = createMemoryArchives();
  await rebuild(archives);
  assert.deepEqual(await rebuild(archives, { factor: 3 }), {
    sum: 17,
    builds: ["scaled", "sum"],
    why: { scaled: "code changed", sum: "input changed" },
  });
});

Deno.test("the code of a builder is the text of its functions, without spaces and comments, unless it has a version", async () => {
  const archives = createMemoryArchives();
  const run = async (build: (context: EventContext, x: number) => number[], version?: string, uses?: unknown[]) => {
    const { report } = await runOnce([1], { persist: true, build, version, uses }, archives);
    return report.archive === 1 ? "archive" : Object.keys(report.reasons)[0];
  };
  assert.equal(await run((_, x) => [x + 1]), "no entry");
  // deno-fmt-ignore
  assert.equal(await run((_, x) => /* more */ [x   +   1]), "archive");
  assert.equal(await run((_, x) => [x + 2]), "code changed");
  assert.equal(await run((_, x) => [x + 2], undefined, [{ scale: 2 }]), "code changed");
  assert.equal(await run((_, x) => [x + 2], undefined, [{ scale: 2 }]), "archive");
  assert.equal(await run((_, x) => [x + 2], undefined, [{ scale: 3 }]), "code changed");
  assert.equal(await run((_, x) => [x + 3], "v1"), "code changed");
  assert.equal(await run((_, x) => [x + 4], "v1"), "archive");
});

Deno.test("the code of a builder that is a class is that class and the fields that it begins with", async () => {
  const archives = createMemoryArchives();
  class Scale extends ReactiveBuilder {
    builds = 0;
    constructor(readonly factor: number, priority = 0) {
      super({ provides: "y", requires: ["x"], persist: true, priority });
    }
    override build(_: EventContext, x: number) {
      this.builds++;
      return [this.factor * x];
    }
  }
  const run = async (scale: Scale) => {
    await artifactsOf("y", { builders: [scale], outside: ["x"], events: [...builtOf("x", 1), ask], archives });
    return scale.builds;
  };
  const two = new Scale(2);
  assert.equal(await run(two), 1);
  assert.equal(await run(two), 1, "the same once more");
  assert.equal(await run(new Scale(2, 5)), 0, "another priority");
  assert.equal(await run(new Scale(3)), 1, "another factor");
});

Deno.test("`key` tells inputs apart, in place of all that they are", async () => {
  assert.deepEqual((await runOnce([1, 2, 3], { key: () => "same" })).builds, [1]);
  const seen: unknown[] = [];
  await runOnce([1], { key: (...inputs) => seen.push(inputs) });
  assert.deepEqual(seen, [[1]]);
  const archives = createMemoryArchives();
  await runOnce([1], { key: (x) => x % 2, persist: true }, archives);
  assert.deepEqual((await runOnce([3], { key: (x) => x % 2, persist: true }, archives)).artifacts, [10]);
});

Deno.test("inputs are the same when their content is", async () => {
  const { builds } = await runOnce([{ a: 1, b: [2] }, { b: [2], a: 1 }, { a: 1, b: [3] }], { build: () => [1] });
  assert.deepEqual(builds, []);
  const counted = counting({ build: (_, x) => [x] });
  const events = [...builtOf("x", { a: 1, b: [2] }, { b: [2], a: 1 }, { a: 1, b: [3] }), ask];
  assert.equal((await artifactsOf("y", { builders: [counted.made], outside: ["x"], events })).length, 2);
});

Deno.test("an input without a content is an error with `dedupe`, and taken without", async () => {
  const input = () => {};
  await assert.rejects(runOnce([input], {}), { code: "PROCESSOR", message: /cbor/i });
  assert.equal((await runOnce([input], { dedupe: false })).artifacts.length, 1);
});

Deno.test("two builders never share what they keep, nor do a builder and who takes from its archive", async () => {
  const archives = createMemoryArchives();
  for (const name of ["one", "two"]) {
    assert.deepEqual((await runOnce([1], { persist: true, name, version: "1" }, archives)).builds, [1], name);
  }
  const give = () =>
    runOnce([1], { persist: true, version: "1", build: () => [new Uint8Array([7])] as never }, archives);
  const [bytes] = (await give()).artifacts as Uint8Array[];
  bytes![0] = 9;
  const [kept] = (await give()).artifacts as Uint8Array[];
  assert.equal(kept![0], 7);
  kept![0] = 9;
  assert.equal(((await give()).artifacts as Uint8Array[])[0]![0], 7);
});

Deno.test("a builder without `persist` opens no archive", async () => {
  const archives = { open: () => assert.fail("opened"), close: () => {} };
  await runOnce([1], {}, archives);
  await runOnce([1], { dedupe: false }, archives);
});

Deno.test("without archives, what is kept is kept as long as the pipeline", async () => {
  const { made, builds } = counting({ persist: true });
  const pipeline = createEventPipeline([given("x"), made]);
  for (let i = 0; i < 2; i++) {
    for (const event of [...builtOf("x", 1, 2), ask]) pipeline.submit(event);
    await pipeline.run();
  }
  assert.deepEqual(builds, [1, 2]);
  assert.equal(made.report().archive, 2);
});

Deno.test("nothing is kept of a build that throws, and all of those before it", async () => {
  const archives = createMemoryArchives();
  const failing = { persist: true, version: "1", onError: "skip" } as const;
  const broken = await runOnce([1, 2, 3], {
    ...failing,
    *build(_, x) {
      yield x;
      if (x === 2) throw new Error("two");
    },
  }, archives);
  assert.deepEqual(broken.artifacts, [1, 3]);
  assert.deepEqual((await runOnce([1, 2, 3], failing, archives)).builds, [2]);
});

Deno.test("an entry that is damaged is built again", async () => {
  const archives = createMemoryArchives();
  await runOnce([1], { persist: true }, archives);
  const archive = archives.open("y");
  for (const key of [...archive.keys()]) archive.set(key, Uint8Array.of(0xff));
  const { report, artifacts } = await runOnce([1], { persist: true }, archives);
  assert.deepEqual(report.reasons, { "entry damaged": 1 });
  assert.deepEqual(artifacts, [10]);
  assert.deepEqual((await runOnce([1], { persist: true }, archives)).builds, []);
});

Deno.test("a builder that keeps what it builds cannot emit events besides", async () => {
  const build = (context: EventContext, x: number) => {
    context.submit(Resolve({ target: "z" }));
    return [x];
  };
  await assert.rejects(runOnce([1], { persist: true, build }, createMemoryArchives()), {
    message: /Cannot keep what "y" built: it submitted events, too/,
  });
  assert.deepEqual((await runOnce([1], { build })).artifacts, [1]);
});

Deno.test("more inputs than `maxKnown` are an error where they have to be told apart", async () => {
  assert.deepEqual((await runOnce([1, 2, 2, 1], { maxKnown: 2 })).builds, [1, 2]);
  await assert.rejects(runOnce([1, 2, 3], { maxKnown: 2 }), { message: /Cannot build "y": 2 different inputs came/ });
  assert.deepEqual((await runOnce([1, 2, 3], { maxKnown: 2, dedupe: false })).builds, [1, 2, 3]);
});
