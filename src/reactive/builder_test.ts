// Goal: a builder does what `provides`, `requires` and the events ask for, whatever throws and whoever asks when. The tests
// of the Python original for this (test_reactive.py, test_key_fn.py) have their equals here and in build_memo_test.ts:
//
//   test_reactive_source_publishes_on_resolve            a builder without requirements builds when it is asked
//   test_reactive_new_handler_runs_once                  … asked again says again what it built, without building
//   test_listen_ignores_non_required_targets             … hears only of what it requires
//   test_starred_requires_forward_both_raw_and_…         "*x" spreads an artifact …
//   test_get_cache_memoization_persist_false/_true       two builders never share what they keep (build_memo_test.ts)
//   test_reactive_persist_true_reply_replays_from_cache  what came before it was asked …
//   test_dedupe_default_true_… / test_dedupe_false_…     the four combinations … (build_memo_test.ts)
//   test_pipeline_rejects_duplicate_persistent_archive…  two builders of one name are refused
//   test_pipeline_allows_distinct_names_for_same_class…  … of one class have names of their own
//   test_pipeline_allows_same_signature_when_not_…       … of one class have names of their own
//   test_abstract_processor_claims_no_archive_…          a builder without `persist` needs no archive (build_memo_test.ts)
//   test_custom_key_fn_… / test_default_key_fn_… / test_pipeline_digest_…   `key` tells inputs apart (build_memo_test.ts)
//   test_stream_grouper_…, test_collector_…              stream_grouper_test.ts, collector_test.ts
import assert from "node:assert/strict";
import { artifactsOf, builtOf } from "./_drive.ts";
import { builder } from "./builder.ts";
import { Built, Resolve } from "./builder_events.ts";
import type { Event } from "./event.ts";
import { createEventPipeline } from "./event_pipeline.ts";
import { given } from "./given.ts";
import { on } from "./on.ts";
import type { EventContext } from "./processor.ts";
import { type BuildResult, ReactiveBuilder } from "./reactive_builder.ts";
import { where } from "./where.ts";

const ask = (target: string) => Resolve({ target });

Deno.test("a builder without requirements builds when it is asked, and not before", async () => {
  const source = () => builder({ provides: "a", build: () => [1, 2, 3] });
  assert.deepEqual(await artifactsOf("a", { builders: [source()], events: [ask("a")] }), [1, 2, 3]);
  assert.deepEqual(await artifactsOf("a", { builders: [source()], events: [] }), []);
});

Deno.test("a builder asked again says again what it built, without building", async () => {
  let builds = 0;
  const source = builder({ provides: "a", build: () => [++builds] });
  const seen: Event<object>[] = [];
  const sink = { name: "sink", handlers: [on(Built, (_, __, event) => void seen.push(event))] };
  const pipeline = createEventPipeline([source, sink]);
  for (let i = 0; i < 3; i++) pipeline.submit(ask("a"));
  await pipeline.run();
  assert.equal(builds, 1);
  assert.deepEqual(seen.map(({ data }) => data), Array(3).fill({ target: "a", artifact: 1, from: "a", number: 0 }));
});

Deno.test("a builder hears only of what it requires", async () => {
  const heard: unknown[] = [];
  const builders = [
    builder({ provides: "y", requires: ["x"], build: (_, x: unknown) => void heard.push(x) }),
  ];
  await artifactsOf("y", { builders, outside: ["x"], events: [...builtOf("z", 1), ask("y"), ...builtOf("z", 2)] });
  assert.deepEqual(heard, []);
});

Deno.test("a builder asks for what it requires, down to the sources", async () => {
  const builders = [
    builder({ provides: "c", requires: ["b"], build: (_, b: number) => [b + 1] }),
    builder({ provides: "b", requires: ["a"], build: (_, a: number) => [a * 10] }),
    builder({ provides: "a", build: () => [1, 2] }),
  ];
  assert.deepEqual(await artifactsOf("c", { builders, events: [ask("c")] }), [11, 21]);
});

Deno.test("a builder takes what came before it was asked, in its order and before what comes later", async () => {
  const builders = [builder({ provides: "y", requires: ["x"], build: (_, x: number) => [x * 10] })];
  const events = [...builtOf("x", 2, 3), ask("y"), ...builtOf("x", 4)];
  assert.deepEqual(await artifactsOf("y", { builders, outside: ["x"], events }), [20, 30, 40]);
});

Deno.test("a builder pairs its requirements by position, however they come", async () => {
  const make = () => builder({ provides: "pair", requires: ["a", "b"], build: (_, a: string, b: number) => [a + b] });
  const a = builtOf("a", "x", "y", "z");
  const b = builtOf("b", 1, 2);
  for (const events of [[...a, ...b, ask("pair")], [ask("pair"), ...b, ...a], [b[0]!, ask("pair"), ...a, b[1]!]]) {
    const pairs = await artifactsOf("pair", { builders: [make()], outside: ["a", "b"], events });
    assert.deepEqual(pairs, ["x1", "y2"]);
  }
});

Deno.test('"*x" spreads an artifact that is a list, also beside the artifact itself', async () => {
  const inputs: unknown[] = [];
  const both = builder({
    provides: "y",
    requires: ["x", "*x"],
    build: (_, ...all: readonly unknown[]) => void inputs.push(all),
  });
  await artifactsOf("y", { builders: [both], outside: ["x"], events: [ask("y"), ...builtOf("x", [1, 2])] });
  assert.deepEqual(inputs, [[[1, 2], 1, 2]]);
  const spread = builder({ provides: "y", requires: ["*x"], build: () => [] });
  await assert.rejects(
    artifactsOf("y", { builders: [spread], outside: ["x"], events: [ask("y"), ...builtOf("x", 7)] }),
    {
      code: "PROCESSOR",
      message: /Cannot build with "\*x": expected an artifact that is a list, got number/,
    },
  );
});

Deno.test("build() may be a function, a generator, or an asynchronous one, and give nothing", async () => {
  const builds: Record<string, () => BuildResult> = {
    list: () => [1, 2],
    set: () => new Set([1, 2]),
    *generator() {
      yield* [1, 2];
    },
    promise: () => Promise.resolve([1, 2]),
    async *asynchronous() {
      yield 1;
      await Promise.resolve();
      yield 2;
    },
  };
  for (const [name, build] of Object.entries(builds)) {
    const seen = await artifactsOf("a", { builders: [builder({ provides: "a", build })], events: [ask("a")] });
    assert.deepEqual(seen, [1, 2], name);
  }
  for (const build of [() => {}, () => Promise.resolve(), () => []]) {
    assert.deepEqual(
      await artifactsOf("a", { builders: [builder({ provides: "a", build })], events: [ask("a")] }),
      [],
    );
  }
});

Deno.test("build() that gives no list is told so, also where the value could be gone through", async () => {
  for (const result of ["text", 7, new Uint8Array(2), null]) {
    const builders = [builder({ provides: "a", build: () => result as never })];
    await assert.rejects(artifactsOf("a", { builders, events: [ask("a")] }), {
      code: "PROCESSOR",
      message: /Cannot announce what "a" built: expected a list of artifacts, got /,
    });
  }
});

Deno.test("a builder in a diamond hears of each artifact once, though its sources are asked twice", async () => {
  const count = (provides: string, requires: string[]) =>
    builder({ provides, requires, dedupe: false, build: (_, ...inputs: readonly number[]) => [inputs[0]! + 1] });
  const builders = [
    count("top", ["left", "right"]),
    count("left", ["bottom"]),
    count("right", ["bottom"]),
    builder({ provides: "bottom", build: () => [10, 10, 20] }),
  ];
  assert.deepEqual(await artifactsOf("top", { builders, events: [ask("top")] }), [12, 12, 22]);
});

Deno.test("a builder passes over what is only told again to somebody else", async () => {
  const builders = [
    builder({ provides: "b", requires: ["a"], dedupe: false, build: (_, a: number) => [a] }),
    builder({ provides: "a", build: () => [1, 1] }),
  ];
  assert.deepEqual(await artifactsOf("b", { builders, events: [ask("b"), ask("a"), ask("a")] }), [1, 1]);
});

Deno.test("several builders may provide one target", async () => {
  const builders = ["p", "q"].map((name) => builder({ name, provides: "a", build: () => [name] }));
  const copy = builder({ provides: "b", requires: ["a"], build: (_, a: string) => [a] });
  assert.deepEqual(await artifactsOf("b", { builders: [...builders, copy], events: [ask("b")] }), ["p", "q"]);
});

Deno.test("phase() announces what it gives, and phases go on while that leads to something", async () => {
  const builders = [
    builder({ provides: "tick", build: () => [], phase: (_, phase: number) => phase <= 2 ? [phase] : [] }),
    builder({ provides: "seen", requires: ["tick"], build: (_, tick: number) => [tick * 10] }),
  ];
  assert.deepEqual(await artifactsOf("seen", { builders, events: [ask("seen")] }), [10, 20]);
});

Deno.test("onInit() comes first and onTerminate() last, once in each run", async () => {
  const said: string[] = [];
  const make = builder({
    provides: "a",
    onInit: () => void said.push("init"),
    build: () => void said.push("build"),
    phase: () => void said.push("phase"),
    onTerminate: () => void said.push("end"),
  });
  const pipeline = createEventPipeline([make]);
  for (let i = 0; i < 2; i++) {
    pipeline.submit(ask("a"));
    await pipeline.run();
  }
  assert.deepEqual(said, ["init", "build", "phase", "end", "init", "build", "phase", "end"]);
});

Deno.test("a builder as a class has fields of its own, and one of one class has a name of its own", async () => {
  class Scale extends ReactiveBuilder {
    constructor(readonly factor: number) {
      super({ provides: "scaled", requires: ["x"], name: `scale by ${factor}` });
    }
    override *build(_context: EventContext, x: number) {
      yield this.factor * x;
    }
  }
  const builders = [new Scale(2), new Scale(3)];
  const events = [ask("scaled"), ...builtOf("x", 5)];
  assert.deepEqual(await artifactsOf("scaled", { builders, outside: ["x"], events }), [10, 15]);
});

Deno.test("two builders of one name are refused", () => {
  const make = () => builder({ provides: "a", build: () => [] });
  assert.throws(() => createEventPipeline([make(), make()]), { code: "CONFIG" });
});

Deno.test("createEventPipeline() reports builders that miss something, or wait for themselves", () => {
  const make = (provides: string, ...requires: string[]) => builder({ provides, requires, build: () => [] });
  assert.throws(() => createEventPipeline([make("c", "b"), make("b", "*a")]), {
    code: "CONFIG",
    message: 'Cannot make the pipeline: "c" requires "b" requires "a", which nothing provides',
  });
  assert.throws(() => createEventPipeline([make("a", "b"), make("b", "a")]), {
    message: /"a" requires "b" requires "a"/,
  });
});

Deno.test("submit() refuses to ask for what nothing provides, unless it comes from outside or a handler takes it", () => {
  const price = builder({ provides: "price", requires: ["raw"], build: (_, raw: number) => [raw] });
  const desk = { name: "desk", handlers: [on(where(Resolve, { target: "help" }), () => {})] };
  const pipeline = createEventPipeline([given("raw"), price, desk]);
  assert.throws(() => pipeline.submit(Resolve({ target: "prize" })), {
    code: "NOT_FOUND",
    message: 'Cannot ask for "prize": nothing provides it',
    hint: 'did you mean "price"?',
  });
  assert.deepEqual(["price", "raw", "help"].map((target) => pipeline.submit(Resolve({ target }))), [1, 0, 1]);
});

Deno.test("a builder with `feedback` feeds itself until it has nothing new", async () => {
  const next: Record<string, string[]> = { a: ["b", "c"], b: ["d"], c: ["d", "a"], d: [] };
  const walk = builder({
    provides: "node",
    requires: ["node"],
    feedback: true,
    build: (_, node: string) => next[node]!,
  });
  const nodes = await artifactsOf("node", { builders: [walk], events: [ask("node"), ...builtOf("node", "a")] });
  assert.deepEqual(nodes, ["a", "b", "c", "d", "d", "a"]);
});

Deno.test("a build that throws is tried again with the same inputs, and nothing is heard of the first try", async () => {
  let tries = 0;
  const flaky = builder({
    provides: "y",
    requires: ["x"],
    onError: { retry: 2 },
    *build(_, x: number) {
      yield x;
      if (x === 2 && ++tries < 3) throw new Error("not yet");
      yield -x;
    },
  });
  const events = [...builtOf("x", 1, 2, 3), ask("y")];
  assert.deepEqual(await artifactsOf("y", { builders: [flaky], outside: ["x"], events }), [1, -1, 2, -2, 3, -3]);
  assert.equal(tries, 3);
});

Deno.test("a build that is skipped loses its own inputs alone, and pairs stay pairs", async () => {
  const picky = builder({
    provides: "y",
    requires: ["a", "b"],
    onError: "skip",
    build: (_, a: number, b: string) => {
      if (a === 2) throw new Error("two");
      return [`${a}${b}`];
    },
  });
  const events = [...builtOf("a", 1, 2, 3), ask("y"), ...builtOf("b", "x", "y", "z")];
  assert.deepEqual(await artifactsOf("y", { builders: [picky], outside: ["a", "b"], events }), ["1x", "3z"]);
});

Deno.test("a build that is skipped does not take with it what came before it was asked", async () => {
  const picky = builder({
    provides: "y",
    requires: ["x"],
    onError: "skip",
    build: (_, x: number) => {
      if (x === 2) throw new Error("two");
      return [x];
    },
  });
  const source = builder({ provides: "z", build: () => [9] });
  const both = builder({ provides: "w", requires: ["y"], build: (_, y: number) => [y] });
  const events = [...builtOf("x", 1, 2, 3), ask("w")];
  assert.deepEqual(await artifactsOf("w", { builders: [picky, source, both], outside: ["x"], events }), [1, 3]);
});

Deno.test("a builder that nobody asks holds no more than `maxQueued`, and says so when it is asked", async () => {
  const make = () => builder({ provides: "y", requires: ["x"], maxQueued: 3, build: (_, x: number) => [x] });
  const many = builtOf("x", 1, 2, 3, 4, 5);
  assert.deepEqual(await artifactsOf("y", { builders: [make()], outside: ["x"], events: many }), []);
  await assert.rejects(artifactsOf("y", { builders: [make()], outside: ["x"], events: [...many, ask("y")] }), {
    message: /Cannot build "y": 5 inputs came before it was asked/,
  });
  const few = [...many.slice(0, 3), ask("y"), ...many.slice(3)];
  assert.deepEqual(await artifactsOf("y", { builders: [make()], outside: ["x"], events: few }), [1, 2, 3, 4, 5]);
});

Deno.test("inputs without partners are an error when there are more than `maxQueued`", async () => {
  const pair = builder({ provides: "y", requires: ["a", "b", "c"], maxQueued: 2, build: () => [] });
  const events = [ask("y"), ...builtOf("b", 1), ...builtOf("a", 1, 2, 3)];
  await assert.rejects(artifactsOf("y", { builders: [pair], outside: ["a", "b", "c"], events }), {
    message: /Cannot build "y": 2 of "a" wait for one of "c"/,
  });
});

Deno.test("who asks late is told when there is too much to say again", async () => {
  const source = () => builder({ provides: "a", maxReplayed: 2, build: () => [1, 2, 3] });
  assert.deepEqual(await artifactsOf("a", { builders: [source()], events: [ask("a")] }), [1, 2, 3]);
  await assert.rejects(artifactsOf("a", { builders: [source()], events: [ask("a"), ask("a")] }), {
    message: /Cannot announce "a" again: 3 artifacts were built/,
  });
});

Deno.test("given() takes part in the check alone", async () => {
  const pipeline = createEventPipeline([given("x", "y")]);
  pipeline.submit(Built({ target: "x", artifact: 1 }));
  assert.equal((await pipeline.run()).unheard, 1);
});

Deno.test("a builder takes as much as `maxQueued` at once, also where it waits", async () => {
  const items = Array.from({ length: 65_536 }, (_, i) => i);
  const make = (provides: string, requires: string[], build: (x: number) => BuildResult<number>) =>
    builder({ provides, requires, dedupe: false, build: (_, x: number) => build(x) });
  const now = make("y", ["x"], (x) => [x]);
  assert.deepEqual(
    await artifactsOf("y", { builders: [now], outside: ["x"], events: [...builtOf("x", ...items), ask("y")] }),
    items,
  );
  const later = make("y", ["x"], (x) => Promise.resolve([x]));
  const few = items.slice(0, 20_000);
  assert.deepEqual(
    await artifactsOf("y", { builders: [later], outside: ["x"], events: [...builtOf("x", ...few), ask("y")] }),
    few,
  );
});

Deno.test("a builder of a run that is cancelled still ends, and begins anew in the next run", async () => {
  const controller = new AbortController();
  const ended: string[] = [];
  const source = builder({ provides: "x", build: () => [1, 2, 3] });
  const copy = builder({
    provides: "y",
    requires: ["x"],
    build: (_, x: number) => {
      if (x === 2) controller.abort();
      return [x];
    },
    onTerminate: () => void ended.push("ended"),
  });
  const pipeline = createEventPipeline([source, copy]);
  pipeline.submit(ask("y"));
  assert.equal((await pipeline.run({ signal: controller.signal })).interrupted, true);
  assert.deepEqual([copy.report().built, ended.length], [2, 1]);
  pipeline.submit(ask("y"));
  await pipeline.run();
  assert.deepEqual([copy.report().built, ended.length], [3, 2]);
});
