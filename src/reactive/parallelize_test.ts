// Goal: several workers do what one would, in the same order, each with state of its own, and none loses or repeats
// anything. The tests of the Python original for this (test_load_balancer.py) have their equals here. Its sequencer and its
// routers are one splitter, and its collector is the merger:
//
//   returns_correct_components, single_worker, many_workers_component_count,
//   validates_num_workers, rejects_star_requires                        parallelize() makes … ("*x" works here)
//   workers_have_distinct_names, names_are_deterministic, different_provides_different_names,
//   names_include_topology_dimensions                                   names … (of the target, not of its making)
//   workers_are_independent_instances, worker_state_is_isolated         workers have a state of their own
//   passes_init_kwargs, worker_with_init_args, accepts_positional_args, mixed_…, inherited_…_init,
//   constructor_sees_final_wiring, fails_loudly_when_worker_rejects_…   `worker` makes each of them …
//   sequencer_* (5), router_* (2), high_worker_count_distribution       inputs go to the workers in turn …
//   two_worker_pipeline_emits_all, many_items_*, emits_all_artifacts_under_uneven_latency,
//   multi_output_worker, empty_worker_output                            parallelize() gives what one worker would …
//   multiple_requires_topics_joins_inputs, …_preserves_all_args         … also of several requirements
//   worker_exception_propagates, …_does_not_affect_other_workers        a worker that throws …
//   deduplicates_like_a_single_reactive_builder                         `dedupe` …
import assert from "node:assert/strict";
import fc from "fast-check";
import { artifactsOf, builtOf } from "./_drive.ts";
import { createMemoryArchives } from "./archives.ts";
import { builder } from "./builder.ts";
import { Resolve } from "./builder_events.ts";
import { parallelize, type ParallelizeOptions } from "./parallelize.ts";
import type { EventContext } from "./processor.ts";
import { ReactiveBuilder } from "./reactive_builder.ts";

type Options = Partial<ParallelizeOptions<[number], unknown>>;

const ask = Resolve({ target: "y" });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const crew = ({ build, worker, ...options }: Options) =>
  parallelize<[number], unknown>({
    provides: "y",
    requires: ["x"],
    workers: 3,
    ...worker ? { worker } : { build: build ?? ((_, x) => [x * 2]) },
    ...options,
  });
const run = (items: readonly unknown[], options: Options = {}) =>
  artifactsOf("y", { builders: crew(options), outside: ["x"], events: [ask, ...builtOf("x", ...items)] });

Deno.test("parallelize() makes a splitter, the workers and a merger", async () => {
  for (const workers of [1, 5, 50]) {
    assert.equal(crew({ workers }).length, workers + 2);
    assert.deepEqual(await run(upTo(7), { workers }), upTo(7).map((x) => x * 2));
  }
  for (const workers of [0, 1.5, -1, NaN]) assert.throws(() => crew({ workers }), RangeError);
  const wiring = { provides: "y", requires: ["x"], workers: 1 };
  assert.throws(() => parallelize(wiring), { message: "Cannot make workers: expected either `build` or `worker`" });
  assert.deepEqual(await run([[1, 2]], { requires: ["*x"], build: (_, ...all: number[]) => all }), [1, 2]);
});

Deno.test("names of workers are their own, depend on nothing but the name and the number, and differ from those of others", () => {
  const names = (options: Options) => crew(options).map(({ name }) => name);
  assert.deepEqual(names({ workers: 2 }), ["y/split", "y/worker 0", "y/worker 1", "y"]);
  assert.deepEqual(names({ workers: 2 }), names({ workers: 2 }));
  assert.deepEqual(names({ workers: 1, name: "mine" }), ["mine/split", "mine/worker 0", "mine"]);
});

Deno.test("workers have a state of their own", async () => {
  const worker: Options["worker"] = (wiring) => {
    let calls = 0;
    return builder({ ...wiring, build: (_, x: number) => [[x, ++calls]] });
  };
  assert.deepEqual(await run(upTo(5), { worker, workers: 2 }), [[0, 1], [1, 1], [2, 2], [3, 2], [4, 3]]);
});

class Prefix extends ReactiveBuilder {
  readonly sees: string;
  constructor(readonly prefix: string, wiring: ConstructorParameters<typeof ReactiveBuilder>[0]) {
    super(wiring);
    this.sees = `${this.name} of ${this.requires} for ${this.provides}`;
  }
  override *build(_context: EventContext, x: number) {
    yield this.prefix + x;
  }
}

Deno.test("`worker` makes each of them with what it needs, and is told when it does not pass that on", async () => {
  const made: Prefix[] = [];
  const worker: Options["worker"] = (wiring, i) => made[i] = new Prefix(`<${i}:`, wiring);
  assert.deepEqual(await run([7, 8], { worker, workers: 2 }), ["<0:7", "<1:8"]);
  assert.equal(made[1]!.sees, "y/worker 1 of y/task 1 for y/done");
  const message = 'Cannot make worker 0 of "y": it has to pass its wiring to ReactiveBuilder';
  assert.throws(() => crew({ worker: ({ provides }) => new Prefix("", { provides }) }), { message });
  assert.throws(() => crew({ worker: (wiring) => new Prefix("", { ...wiring, name: "other" }) }), { message });
});

Deno.test("inputs go to the workers in turn, or by what `by` gives", async () => {
  const worker: Options["worker"] = (wiring, i) => builder({ ...wiring, build: () => [i] });
  assert.deepEqual(await run(upTo(7), { worker }), [0, 1, 2, 0, 1, 2, 0]);
  const byParity = await run(upTo(20), { worker, by: (x) => x % 2 });
  assert.equal(new Set(byParity.filter((_, x) => x % 2 === 0)).size, 1);
  const byContent = await run(upTo(300), { worker, by: (x) => x }) as number[];
  for (const i of upTo(3)) assert.ok(byContent.filter((each) => each === i).length > 60, `${byContent}`);
});

Deno.test("parallelize() gives what one worker would, in its order, whatever each of them takes and gives", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      fc.constantFrom(undefined, (x: number) => x % 2),
      async (items, workers, ordered, by) => {
        const build = async (context: EventContext, x: number) => {
          await context.clock.sleep(x);
          return upTo(x % 3).map((k) => [x, k]);
        };
        const one = builder({ provides: "y", requires: ["x"], dedupe: false, build });
        const events = [ask, ...builtOf("x", ...items)];
        const expected = await artifactsOf("y", { builders: [one], outside: ["x"], events });
        const actual = await run(items, { build, workers, ordered, by });
        const sorted = (all: unknown[]) => ordered ? all : all.map((each) => JSON.stringify(each)).toSorted();
        assert.deepEqual(sorted(actual), sorted(expected));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("workers overlap where they wait", async () => {
  let atWork = 0;
  let most = 0;
  const build = async (_: EventContext, x: number) => {
    most = Math.max(most, ++atWork);
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    atWork--;
    return [x];
  };
  await run(upTo(12), { build, workers: 4 });
  assert.equal(most, 4);
});

Deno.test("parallelize() takes inputs of several requirements", async () => {
  const builders = parallelize({
    provides: "y",
    requires: ["a", "b"],
    workers: 2,
    build: (_, a: string, b: string) => [`${a}+${b}`],
  });
  const events = [ask, ...builtOf("a", "a1", "a2"), ...builtOf("b", "b1", "b2")];
  assert.deepEqual(await artifactsOf("y", { builders, outside: ["a", "b"], events }), ["a1+b1", "a2+b2"]);
});

Deno.test("a worker that throws ends the run, or loses what it threw on and no more", async () => {
  const build = (_: EventContext, x: number) => {
    if (x % 4 === 1) throw new Error(`no ${x}`);
    return [x];
  };
  await assert.rejects(run(upTo(9), { build }), { code: "PROCESSOR", message: /"y\/worker 1" failed .*no 1/ });
  for (const ordered of [true, false]) {
    const left = await run(upTo(14), { build, ordered, onError: "skip" }) as number[];
    const expected = upTo(14).filter((x) => x % 4 !== 1);
    assert.deepEqual(ordered ? left : left.toSorted((a, b) => a - b), expected);
  }
  let tries = 0;
  const flaky = (_: EventContext, x: number) => {
    if (x === 4 && ++tries < 3) throw new Error("not yet");
    return [x];
  };
  assert.deepEqual(await run(upTo(9), { build: flaky, onError: { retry: 2 } }), upTo(9));
});

Deno.test("repeated inputs are built again, unless `dedupe` says otherwise", async () => {
  assert.deepEqual(await run([2, 2, 3]), [4, 4, 6]);
  assert.deepEqual(await run([2, 2, 3], { dedupe: true }), [4, 6]);
  assert.deepEqual(await run([2, 3, 2, 4, 3], { dedupe: true, workers: 2 }), [4, 6, 8]);
});

Deno.test("workers that keep what they build know it again, wherever in the inputs it is", async () => {
  const archives = createMemoryArchives();
  const builds: number[] = [];
  const build = (_: EventContext, x: number) => {
    builds.push(x);
    return [x * 2];
  };
  const again = (items: readonly number[]) => {
    const builders = crew({ build, persist: true, dedupe: true });
    return artifactsOf("y", { builders, outside: ["x"], events: [ask, ...builtOf("x", ...items)], archives });
  };
  assert.deepEqual(await again(upTo(9)), upTo(9).map((x) => x * 2));
  builds.length = 0;
  assert.deepEqual(await again([42, ...upTo(9).reverse()]), [84, ...upTo(9).reverse().map((x) => x * 2)]);
  assert.deepEqual(builds, [42]);
});

Deno.test("parallelize() passes a thousand items through ten workers", async () => {
  assert.deepEqual(await run(upTo(1000), { workers: 10 }), upTo(1000).map((x) => x * 2));
});
