// Goal: whatever becomes of a pipeline under load, each frame takes each path of the pipeline that its trigger found there,
// once and in order, through stages of that pipeline alone; and a replay does the same. Method: random pipelines, random
// changes and restarts, stages of different speed, virtual time; what arrives is compared with all paths of each pipeline.
import assert from "node:assert/strict";
import fc from "fast-check";
import { Graph } from "../runtime/mod.ts";
import { world } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import { createFrame } from "./frame.ts";
import { createPipeline } from "./pipeline.ts";
import { StageRegistry } from "./registry.ts";
import { defineStage, type StageType } from "./stage.ts";

/** A stage by its number: its inputs are earlier stages, none for a source; how long a frame takes; whether its type changes. */
interface Sketch {
  readonly from: readonly number[];
  readonly sleepMs: number;
  readonly isThere: boolean;
  readonly variant: number;
}

const sketches = fc.array(
  fc.record({
    from: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 2 }),
    sleepMs: fc.constantFrom(0, 0, 3, 20),
    isThere: fc.nat(3).map((n) => n > 0),
    variant: fc.nat(1),
  }),
  { minLength: 6, maxLength: 6 },
);

/** The configuration of generation `generation`; the first stage is always a source. */
function draw(list: readonly Sketch[], generation: number, capacity: number) {
  const isThere = (i: number) => i === 0 || list[i]!.isThere;
  const feeds = list.map(({ from }, i) => i === 0 ? [] : [...new Set(from.map((at) => at % i))].filter(isThere));
  return {
    pipeline_config: { channel_capacity: capacity },
    nodes: list.flatMap(({ sleepMs, variant }, i) => {
      if (!isThere(i)) return [];
      const type = feeds[i]!.length === 0 ? "Source" : `Pass${feeds[i]!.length}`;
      // A variant is made anew; another generation is only told.
      return [{ id: `s${i}`, type, config: { generation, sleep_ms: sleepMs, variant: i === 0 ? 0 : variant } }];
    }),
    connections: feeds.flatMap((from, i) =>
      isThere(i) ? from.map((at, input) => ({ from: `s${at}`, to: `s${i}.${"ab"[input]}` })) : []
    ),
  };
}

interface Arrival {
  readonly at: string;
  readonly path: string;
  readonly sequence: number;
  readonly frame: number;
  readonly stage: number;
}

function types(arrived: (arrival: Arrival) => void): StageType[] {
  const parameters = Object.fromEntries(
    ["generation", "sleep_ms", "variant"].map((name) => [name, { type: "number", title: name } as const]),
  );
  const kind = (type: string, inputs: readonly string[]): StageType =>
    defineStage({
      ...{ type, title: type, category: "test", inputs, parameters, updates: ["generation", "sleep_ms"] },
      create(config, { id, clock, random }) {
        let { generation, sleep_ms } = config as { generation: number; sleep_ms: number };
        let sequence = 0;
        return {
          async process(frame, input) {
            if (sleep_ms > 0) await clock.sleep(random.int(sleep_ms) + 1);
            if (inputs.length === 0) {
              const metadata = { path: id, generation, sequence: sequence++ };
              return createFrame({ metadata });
            }
            const { path, ...of } = frame.metadata as { path: string; generation: number; sequence: number };
            const at = `${id}.${input}`;
            arrived({ at, path, sequence: of.sequence, frame: of.generation, stage: generation });
            return { ...frame, metadata: { ...of, path: `${path} ${at}` } };
          },
          update: (
            next,
          ) => ({ generation, sleep_ms } = next as typeof config & { generation: number; sleep_ms: number }),
        };
      },
    });
  return [kind("Source", []), kind("Pass1", ["a", "b"]), kind("Pass2", ["a", "b"])];
}

/** How often a frame of each source arrives where, by `input path`, in a pipeline. */
function pathsOf({ nodes, connections }: ReturnType<typeof draw>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const walk = (source: string, id: string, path: string) => {
    for (const { from, to } of connections) {
      if (from !== id) continue;
      found.set(source, [...found.get(source) ?? [], `${to} ${path}`]);
      walk(source, to.split(".")[0]!, `${path} ${to}`);
    }
  };
  for (const { id, type } of nodes) if (type === "Source") walk(id, id, id);
  return found;
}

const runs = fc.record({
  first: sketches,
  changes: fc.array(
    // `restart`: a stage that begins anew right behind the change, where there is such a one that is no source.
    fc.record({ to: sketches, triggers: fc.nat(10), settles: fc.boolean(), restart: fc.nat(8) }),
    { maxLength: 5 },
  ),
  capacity: fc.integer({ min: 1, max: 4 }),
});

const away: Sketch = { from: [0], sleepMs: 0, isThere: false, variant: 0 };
const there: Sketch = { ...away, isThere: true };
// Found by seed 1155872055: stages slept longer in the replay, so that the third change came before the second was done.
const slowerInReplay = {
  first: [away, away, away, away, away, away],
  changes: [
    {
      to: [away, there, { ...there, from: [0, 3] }, { ...there, from: [1, 5], sleepMs: 3 }, away, away],
      triggers: 8,
      settles: false,
      restart: 8,
    },
    { to: [away, away, away, away, away, away], triggers: 0, settles: false, restart: 8 },
    { to: [away, away, away, away, away, away], triggers: 1, settles: false, restart: 8 },
  ],
  capacity: 3,
};

Deno.test("each frame takes each path of its own pipeline once and in order, and a replay makes the same changes", async () => {
  let restarts = 0;
  await fc.assert(
    fc.asyncProperty(runs, async ({ first, changes, capacity }) => {
      const arrivals: Arrival[] = [];
      const registry = new StageRegistry(types((arrival) => arrivals.push(arrival)));
      const environment = world();
      const config = draw(first, 0, capacity);
      const pipeline = createPipeline(config, { registry, environment, run: { record: "/runs", stallMs: 1e9 } });
      await environment.drive(pipeline.start());
      const generations = [config];
      const triggers = [0];
      const sent: Promise<void>[] = [];
      const all: Promise<unknown>[] = [];
      const send = async (count: number) => {
        for (let i = 0; i < count; i++) sent.push(pipeline.trigger());
        triggers[triggers.length - 1]! += count;
        await environment.drive(Promise.all(sent));
      };
      await send(5);
      for (const { to, triggers: count, settles, restart } of changes) {
        const next = draw(to, generations.length, capacity);
        const before = pipeline.config;
        const applied = pipeline.apply(next);
        // From here on triggers are for the new one, though stages may still be at work for the old.
        const isOn = async () => {
          while (pipeline.config === before) await environment.nextTurn();
        };
        await environment.drive<unknown>(settles ? applied : isOn());
        all.push(applied);
        generations.push(next);
        triggers.push(0);
        const isPass = ({ id, type }: { id: string; type: string }) => id === `s${restart}` && type !== "Source";
        if (next.nodes.some(isPass)) {
          const isOver = ({ code }: { code?: string }) => assert.equal(code, "CLOSED", "the pipeline has ended first");
          all.push(pipeline.restart(`s${restart}`).then(() => void restarts++, isOver));
        }
        await send(count);
      }
      const report = await environment.drive(pipeline.stop());
      await Promise.all(all);

      const expected = generations.flatMap((each, generation) =>
        [...pathsOf(each)].flatMap(([, paths]) =>
          paths.flatMap((path) => Array.from({ length: triggers[generation]! }, () => `${generation} ${path}`))
        )
      );
      assert.deepEqual(arrivals.map(({ frame, at, path }) => `${frame} ${at} ${path}`).sort(), expected.sort());
      assert.deepEqual(
        arrivals.filter(({ frame, stage }) => frame !== stage),
        [],
        "through stages of its own pipeline",
      );
      const last = new Map<string, Arrival>();
      for (const arrival of arrivals) {
        const key = `${arrival.at} ${arrival.path}`;
        const before = last.get(key);
        last.set(key, arrival);
        if (before === undefined) continue;
        assert.ok(arrival.frame >= before.frame, `${key}: pipelines in order`);
        // A source that was taken out and put in again counts anew.
        if (arrival.frame === before.frame) assert.equal(arrival.sequence, before.sequence + 1, key);
        else if (arrival.path.startsWith("s0")) assert.ok(arrival.sequence > before.sequence);
      }

      const graph = buildGraph(readPipeline(config, { registry }), { changes: { registry } });
      const replayed = Graph.of(...graph.nodes.filter(({ name }) => name !== "trigger"));
      const seen = arrivals.splice(0).length;
      const { verify } = await environment.drive(replayed.replay(report!.recording!, environment, { verify: true }));
      assert.deepEqual([verify!.divergence, arrivals.length], [undefined, seen]);
    }),
    { numRuns: 40, examples: [[slowerInReplay]] },
  );
  assert.ok(restarts > 0);
});
