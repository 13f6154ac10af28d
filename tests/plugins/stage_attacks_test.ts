// Goal: a stage or node of a plugin that does something bad to a pipeline harms one frame: the error says what it was, the
// other frames go through, and the plugin is there again. Method: every attack in QuickJS and in a process of its own, on
// this machine's clock; the attack is what the plugin does with the second of four frames.
import assert from "node:assert/strict";
import { createEnvironment } from "tinman";
import { createFrame, createPipeline, type DataFrame, StageRegistry } from "../../src/pipeline/mod.ts";
import { openPlugins, parseManifest, pluginStageTypes, type PluginWorld, type Tier } from "../../src/plugin/mod.ts";

interface Attack {
  readonly name: string;
  /** What is done with the second frame: the body of a function of `frame`, and what it gives. */
  readonly code: string;
  /** What is said of it; a list where it depends on the tier. */
  readonly error: RegExp | Readonly<Record<"quickjs" | "process", RegExp>>;
}

const give = (payload: string, rest = "") =>
  `return { timestampUs: 0, sequenceId: 0, metadata: {}, payload: ${payload}, ${rest} };`;

const attacks: readonly Attack[] = [
  { name: "throws", code: "throw new RangeError('no');", error: /it failed in plugin org\.example\.bad: no/ },
  { name: "throws nothing", code: "throw undefined;", error: /it failed in plugin org\.example\.bad: undefined/ },
  {
    name: "rejects later",
    code: "return Promise.resolve().then(() => { throw new Error('later'); });",
    error: /: later/,
  },
  { name: "hangs", code: "for (;;);", error: { quickjs: /within 900 ms/, process: /has not answered for 900 ms/ } },
  {
    name: "never answers",
    code: "return new Promise(() => {});",
    error: /"x" did not come to the end of frame 2 within 2500 ms/,
  },
  {
    name: "fills its memory",
    code: "const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1));",
    error: /memory|not answered/,
  },
  { name: "calls itself for ever", code: "const f = () => f() + 1; return f();", error: /plugin org\.example\.bad/i },
  { name: "gives a text", code: "return 'frame';", error: /it gave no frame/ },
  { name: "gives a list of lists", code: "return [[1]];", error: /it gave no frame/ },
  { name: "gives samples that are a list", code: give("new Map([['a', [1, 2]]])"), error: /no Float64Array/ },
  {
    name: "gives a Map that lies",
    code: give("Object.setPrototypeOf({ get size() { return 1 } }, Map.prototype)"),
    error: /./,
  },
  {
    name: "gives no time",
    code: give("new Map()", "timestampUs: NaN"),
    error: /timestampUs is NaN, not a finite number/,
  },
  { name: "gives a number below 0", code: give("new Map()", "sequenceId: -1"), error: /sequenceId is -1/ },
  {
    name: "gives metadata with a function",
    code: give("new Map()", "metadata: { f() {} }"),
    error: /Cannot pass staged/,
  },
  {
    name: "gives metadata in a circle",
    code: `const metadata = {}; metadata.self = metadata; ${give("new Map()", "metadata")}`,
    error: /Cannot pass staged/,
  },
  {
    name: "gives more channels than there may be",
    code: give("new Map(Array.from({ length: 2000 }, (_, i) => ['c' + i, new Float64Array(1)]))"),
    error: /at most 1024 channels/,
  },
  {
    name: "gives ten million samples",
    code: give("new Map([['a', new Float64Array(1e7)]])"),
    error: { quickjs: /memory|more than/, process: /Cannot pass staged.*more than|too/ },
  },
  {
    name: "gives a million frames",
    code: "return Array.from({ length: 1e6 }, () => frame);",
    error: /memory|more than|Cannot pass|within 900 ms|not answered/,
  },
];

interface Scene {
  readonly tier: Exclude<Tier, "trusted">;
  /** What the plugin brings, and its module. @default {a stage that does `attack` with the second frame} */
  readonly kind?: "stage" | "node";
  /** The second frame. */
  readonly second?: DataFrame;
}

/** What comes out of a pipeline with the plugin, frame by frame. */
async function attacked({ code: attack }: Pick<Attack, "code">, { tier, kind = "stage", second }: Scene) {
  const env = createEnvironment();
  const world = env.services!.pluginWorld as PluginWorld;
  const text = JSON.stringify({
    ...{ id: "org.example.bad", version: "1.0.0", api: "1", isolation: tier === "quickjs" ? "quickjs" : "process" },
    provides: {
      stages: [{ name: "stage" }],
      nodes: [{ name: "node", in: { frames: "" }, out: { frames_out: "" } }],
    },
    capabilities: [{ name: "env", why: "to be in a process", optional: true }],
    limits: { memoryMB: 48, stallMs: 900 },
  });
  const manifest = parseManifest(text, { path: "plugin.jsonc" });
  const code = `import { definePlugin } from "tinman/plugin";
    export default definePlugin({
      stages: { stage: () => ({ process(frame) {
        if (frame.sequenceId !== 2) return frame;
        ${attack}
      } }) },
      nodes: { node: { frames: async (frame, { out }) => {
        if (frame.sequenceId === 2) { ${attack} }
        await out.frames_out.publish({ ...frame, payload: frame.payload });
      } } },
    });`;
  const plugins = openPlugins({
    ...world,
    clock: env.clock,
    load: () => ({ manifest, modules: [{ name: "mod.ts", code }] }),
    grantsOf: () => tier === "process" ? { env: { allow: ["TINMAN_NOTHING"] } } : {},
    paths: { cwd: "/", realPath: (path) => path },
  });
  const said: string[] = [];
  // A machine that is busy takes its time to hand a large frame over.
  const timeout_ms = second === undefined ? 2500 : 30_000;
  await using pipeline = createPipeline({
    nodes: [{ id: "x", type: `org.example.bad/${kind}`, on_error: "skip", dead_letters: "lost", timeout_ms }],
  }, {
    registry: new StageRegistry(pluginStageTypes(manifest)),
    environment: { ...env, services: { plugins }, say: ({ message }) => void said.push(message) },
  });
  const results: [string, DataFrame][] = [];
  for (const sequenceId of [1, 2, 3, 4]) {
    const payload = { a: Float64Array.of(NaN, sequenceId), b: new Float64Array(), c: new Float64Array(1000).fill(-0) };
    const frame = createFrame({ sequenceId, payload });
    const given = await pipeline.executeOnce(sequenceId === 2 ? second ?? frame : frame);
    for (const [end, frames] of given) results.push(...frames.map((frame) => [end, frame] as [string, DataFrame]));
  }
  return results;
}

for (const tier of ["quickjs", "process"] as const) {
  for (const attack of attacks) {
    Deno.test(`a stage of a plugin in ${tier} that ${attack.name} harms one frame`, async () => {
      const results = await attacked(attack, { tier });
      assert.deepEqual(results.map(([end, { sequenceId }]) => `${end} ${sequenceId}`), ["x 1", "lost 2", "x 3", "x 4"]);
      const [, lost] = results[1]!;
      const { error } = lost.metadata.dead_letter as { error: string };
      assert.match(error, attack.error instanceof RegExp ? attack.error : attack.error[tier]);
      assert.ok(error.length < 1000, `${error.length} characters`);
      const [, last] = results[3]!;
      assert.deepEqual([...last.payload].map(([name, { length }]) => [name, length]), [["a", 2], ["b", 0], [
        "c",
        1000,
      ]]);
      assert.ok(Number.isNaN(last.payload.get("a")![0]) && Object.is(last.payload.get("c")![999], -0));
    });
  }
}

const lost = (results: readonly [string, DataFrame][]) =>
  results.map(([end, { sequenceId, metadata }]) =>
    `${end} ${sequenceId}${end === "lost" ? `: ${(metadata.dead_letter as { error: string }).error}` : ""}`
  );

for (const tier of ["quickjs", "process"] as const) {
  Deno.test(`a node of a plugin in ${tier} that hangs or throws harms one frame`, async () => {
    const hung = lost(await attacked({ code: "for (;;);" }, { tier, kind: "node" }));
    assert.deepEqual(hung.filter((each) => each.startsWith("x")), ["x 1", "x 3", "x 4"]);
    assert.match(hung[1]!, /^lost 2: Stage "x" failed: Plugin org\.example\.bad .* 900 ms$/);
    const thrown = lost(await attacked({ code: "throw new Error('no');" }, { tier, kind: "node" }));
    assert.deepEqual(thrown, ["x 1", 'lost 2: Node "node" failed in plugin org.example.bad: no', "x 3", "x 4"]);
  });

  Deno.test(`a frame of ten million samples for a plugin in ${tier} is too much for it, and for nobody else`, async () => {
    const second = createFrame({ sequenceId: 2, payload: new Float64Array(1e7) });
    for (const kind of ["stage", "node"] as const) {
      const results = lost(await attacked({ code: kind === "stage" ? "return frame" : "" }, { tier, kind, second }));
      assert.deepEqual(results.filter((each) => each.startsWith("x")), ["x 1", "x 3", "x 4"], results.join());
      assert.match(results[1]!, /^lost 2: .*(more than|memory|not answered)/);
    }
  });

  Deno.test(`a plugin in ${tier} gets and gives a hundred thousand samples in one frame`, async () => {
    const second = createFrame({ sequenceId: 2, payload: Float64Array.from({ length: 1e5 }, (_, i) => Math.sin(i)) });
    for (const kind of ["stage", "node"] as const) {
      const results = await attacked({ code: kind === "stage" ? "return frame" : "" }, { tier, kind, second });
      assert.deepEqual(results.map(([end]) => end), ["x", "x", "x", "x"]);
      assert.deepEqual(results[1]![1].payload, second.payload);
    }
  });
}
