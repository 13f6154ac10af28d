// Goal: what a plugin brings works in a pipeline as what tinman brings does: with all policies, in every order, and in a
// replay. Method: small plugins in a guest in memory, on a virtual clock.
import assert from "node:assert/strict";
import { createFrame, type DataFrame, readPipeline, StageRegistry } from "../pipeline/mod.ts";
import { createMemoryGuest } from "./_memory_guest.ts";
import { pluginWorld, samplesOf, type TestPlugin } from "./_pipeline_test.ts";
import { definePlugin, type PluginContext } from "./plugin.ts";

const from = (id: string) => `org.example.test/${id}`;

/** Doubles what it is given, in three ways; and gives numbers by itself. */
const doubling: TestPlugin = {
  provides: {
    nodes: [
      { name: "loop", in: { in: "" }, out: { out: "" } },
      { name: "handlers", in: { in: "" }, out: { out: "", odd: "" } },
      { name: "rows", in: { in: "" }, out: { out: "" }, takes: "rows" },
      { name: "ticks", out: { ticks: "" }, config: { everyMs: { type: "number", default: 10, min: 1 } } },
    ],
    stages: [{ name: "stage", config: { factor: { type: "number", default: 2, max: 9 } } }],
  },
  plugin: definePlugin({
    nodes: {
      loop: async ({ in: { in: frames }, out }) => {
        for await (const frame of frames!) {
          await out.out!.publish((frame as Plain).payload.main_channel!.map((x) => 2 * x));
        }
      },
      handlers: {
        in: async ({ payload }: Plain, { out }: PluginContext) => {
          const samples = payload.main_channel!;
          if (samples[0]! % 2 === 1) await out.odd!.publish({ odd: samples });
          await out.out!.publish({ payload: { main_channel: samples.map((x) => 2 * x) } });
        },
      },
      rows: async ({ in: { in: rows }, out }) => {
        for await (const row of rows!) {
          await out.out!.publish({ doubled: (row as { main_channel: number }).main_channel * 2 });
        }
      },
      ticks: async ({ out, clock, config, signal }) => {
        for (let i = 0; !signal.aborted; i++) {
          await out.ticks!.publish({ tick: i, half: [i / 2], unit: "s" });
          await clock.sleep(Number(config.everyMs));
        }
      },
    },
    stages: {
      stage: ({ factor }) => ({
        process: (frame) => ({ ...frame, payload: scaled(frame, factor as number) }),
      }),
    },
  }),
};

interface Plain {
  readonly payload: Readonly<Record<string, readonly number[]>>;
}

function scaled({ payload }: DataFrame, factor: number): Map<string, Float64Array> {
  return new Map([...payload].map(([name, samples]) => [name, samples.map((x) => x * factor)]));
}

function frame(sequenceId: number, ...samples: number[]): DataFrame {
  return createFrame({
    sequenceId,
    timestampUs: sequenceId * 100,
    payload: Float64Array.from(samples),
    metadata: { sample_rate: 10 },
  });
}

for (const kind of ["loop", "handlers", "stage"]) {
  Deno.test(`what a plugin gives for a frame follows from that frame: ${kind}`, async () => {
    const { pipeline, environment } = pluginWorld(doubling);
    await using made = pipeline({ nodes: [{ id: "x", type: from(kind) }] }, []);
    for (let i = 0; i < 3; i++) {
      const results = await environment.drive(made.executeOnce(frame(i, i, -0, NaN)));
      const [given] = results.get("x")!;
      assert.deepEqual(samplesOf([given!]), [{ main_channel: [2 * i, -0, NaN] }]);
      assert.deepEqual([given!.sequenceId, given!.timestampUs, given!.metadata], [i, i * 100, { sample_rate: 10 }]);
    }
  });
}

Deno.test("a node of a plugin that takes rows is given one message for each row of samples", async () => {
  const { pipeline, environment } = pluginWorld(doubling);
  await using made = pipeline({ nodes: [{ id: "x", type: from("rows") }] }, []);
  const results = await environment.drive(made.executeOnce(frame(0, 1, 2, 3)));
  assert.deepEqual(samplesOf(results.get("x")), [{ doubled: [2] }, { doubled: [4] }, { doubled: [6] }]);
});

Deno.test("each output of a node of a plugin can be connected", async () => {
  const { pipeline, environment } = pluginWorld(doubling);
  const nodes = [{ id: "x", type: from("handlers") }, { id: "y", type: from("stage") }];
  await using made = pipeline({ nodes, connections: [{ from: "x.odd", to: "y" }] }, []);
  const once = async (value: number) => await environment.drive(made.executeOnce(frame(0, value)));
  assert.deepEqual(samplesOf((await once(3)).get("y")), [{ odd: [6] }]);
  assert.deepEqual((await once(4)).get("y"), []);
});

Deno.test("a source of a plugin gives what it publishes when it does, and ends when it is asked to", async () => {
  const { pipeline, environment } = pluginWorld(doubling);
  const config = { nodes: [{ id: "ticks", type: from("ticks"), config: { everyMs: 20 } }] };
  await using made = pipeline(config, []);
  const { drive, clock } = environment;
  await drive(made.start());
  await drive(clock.sleep(50));
  const frames = made.results.get("ticks")!;
  assert.deepEqual(samplesOf(frames), [0, 1, 2].map((i) => ({ tick: [i], half: [i / 2] })));
  assert.deepEqual(frames.map(({ timestampUs, sequenceId }) => [timestampUs, sequenceId]), [[0, 0], [20_000, 1], [
    40_000,
    2,
  ]]);
  assert.deepEqual(frames[0]!.metadata, { unit: "s" });
  await drive(made.stop());
  assert.equal(made.state, "stopped");
});

Deno.test("executeOnce() takes the next frame of a source of a plugin", async () => {
  const { pipeline, environment } = pluginWorld(doubling);
  const config = {
    nodes: [{ id: "t", type: from("ticks") }, { id: "x", type: from("stage") }],
    connections: [{ from: "t", to: "x" }],
  };
  await using made = pipeline(config, []);
  for (let i = 0; i < 4; i++) {
    assert.deepEqual(samplesOf((await environment.drive(made.executeOnce())).get("x")), [{ tick: [2 * i], half: [i] }]);
  }
});

Deno.test("readPipeline() checks what is given to a plugin, and all at once", () => {
  const registry = new StageRegistry(pluginWorld(doubling).types);
  const nodes = [
    { id: "a", type: from("ticks"), config: { everyMs: 0, every: 1 } },
    { id: "b", type: from("stage"), config: { factor: 10 } },
    { id: "c", type: from("loop") },
  ];
  assert.throws(
    () => readPipeline({ nodes, connections: [{ from: "b", to: "c.out" }] }, { registry }),
    (error: Error) => {
      for (
        const part of [
          "nodes[0].config.every: there is no such key; there are everyMs",
          "nodes[0].config.everyMs: expected a number of 1 or more, found 0",
          "nodes[1].config.factor: expected a number up to 9, found 10",
          'connections[0].to: "c" has no input "out"',
        ]
      ) assert.ok(error.message.includes(part), error.message);
      return true;
    },
  );
});

/** Fails on what it is told to, each call counted over all that were ever started. */
function failing(fails: (call: number) => boolean): TestPlugin & { calls: number } {
  const counted = { calls: 0 };
  const next = () => {
    if (fails(++counted.calls)) throw new RangeError(`call ${counted.calls}`);
  };
  return Object.assign(counted, {
    provides: { nodes: [{ name: "node", in: { in: "" }, out: { out: "" } }], stages: [{ name: "stage" }] },
    plugin: definePlugin({
      nodes: {
        node: {
          in: async ({ payload }: Plain, { out }: PluginContext) => {
            next();
            await out.out!.publish(payload);
          },
        },
      },
      stages: {
        stage: () => ({
          process(frame) {
            next();
            return frame;
          },
        }),
      },
    }),
  });
}

async function runFrames(plugin: TestPlugin, node: object, count = 5) {
  const world = pluginWorld(plugin);
  const { environment: { drive } } = world;
  await using made = world.pipeline({ nodes: [{ id: "x", ...node }] }, []);
  const got: string[] = [];
  for (let i = 1; i <= count; i++) {
    const results = await drive(made.executeOnce(frame(i, i)));
    for (const [end, frames] of results) {
      for (const { main_channel } of samplesOf(frames)) got.push(`${end} ${main_channel}`);
    }
  }
  return { got, starts: world.starts };
}

for (const kind of ["node", "stage"]) {
  Deno.test(`a ${kind} of a plugin that throws on the n-th frame, for every n: its policy decides, the others go through`, async () => {
    for (let n = 1; n <= 5; n++) {
      const all = [1, 2, 3, 4, 5].map((i) => `x ${i}`);
      const once = () => failing((call) => call === n);
      const run = (rest: object) => runFrames(once(), { type: from(kind), ...rest });
      assert.deepEqual((await run({ on_error: "skip" })).got, all.filter((_, i) => i !== n - 1));
      assert.deepEqual(
        (await run({ on_error: "default", default_frame: { main_channel: [9] } })).got,
        all.with(n - 1, "x 9"),
      );
      assert.deepEqual((await run({ on_error: "skip", dead_letters: "lost" })).got, all.with(n - 1, `lost ${n}`));
      assert.deepEqual((await run({ restart: "immediate" })).got, all);
      await assert.rejects(run({}), {
        code: "NODE",
        message: kind === "node"
          ? `Stage "x" failed on frame ${n}: Node "node" failed in plugin org.example.test: call ${n}`
          : `Stage "x" failed on frame ${n}: it failed in plugin org.example.test: call ${n}`,
      });
    }
  });
}

Deno.test("a plugin that gives what is no frame fails on that frame, with what it gave", async () => {
  const cases: [unknown, RegExp][] = [
    ["text", /it gave the text "text", expected a number/],
    [{ payload: { a: 1 }, timestampUs: NaN }, /its timestampUs is NaN, not a finite number/],
    [{ payload: { a: 1 }, sequenceId: -1 }, /its sequenceId is -1, not a whole number/],
    [{ list: [1, "x"] }, /it gave the text "x" at \.list\[1\]/],
  ];
  for (const [value, message] of cases) {
    let calls = 0;
    const plugin = definePlugin({
      nodes: { node: { in: (_: unknown, { out }: PluginContext) => out.out!.publish(++calls === 2 ? value : 7) } },
    });
    const provides = { nodes: [{ name: "node", in: { in: "" }, out: { out: "" } }] };
    const said = runFrames({ provides, plugin }, { type: from("node") }, 3);
    await assert.rejects(said, (error: Error) => {
      assert.match(error.message, /^Stage "x" failed on frame 2: /);
      assert.match(error.message, message);
      return true;
    });
    calls = 0;
    assert.deepEqual((await runFrames({ provides, plugin }, { type: from("node"), on_error: "skip" }, 3)).got, [
      "x 7",
      "x 7",
    ]);
  }
});

Deno.test("a stage of a plugin that gives what is no frame fails on that frame, with what it gave", async () => {
  const good = (payload: unknown) => ({ timestampUs: 0, sequenceId: 0, payload, metadata: {} });
  const cases: [unknown, RegExp][] = [
    [7, /it gave no frame \{/],
    [good({ a: Float64Array.of(1) }), /it gave no frame \{/],
    [good(new Map([["a", [1]]])), /it gave a frame whose "a" is no Float64Array/],
    [{ ...good(new Map()), timestampUs: "now" }, /its timestampUs is now, not a finite number/],
    [{ ...good(new Map()), metadata: 5 }, /its metadata is 5, not a plain object/],
    [[good(new Map()), null], /Cannot|null|no frame/],
  ];
  for (const [value, message] of cases) {
    const plugin = definePlugin({ stages: { stage: () => ({ process: () => value as DataFrame }) } });
    await assert.rejects(
      runFrames({ provides: { stages: [{ name: "stage" }] }, plugin }, { type: from("stage") }, 1),
      message,
    );
  }
});

Deno.test("a stage of a plugin keeps channels of different lengths, none at all, NaN and metadata", async () => {
  const { pipeline, environment } = pluginWorld(doubling);
  await using made = pipeline({ nodes: [{ id: "x", type: from("stage"), config: { factor: 1 } }] }, []);
  const payload = new Map([["a", Float64Array.of(NaN, -0, Infinity)], ["b", new Float64Array()], [
    "ü",
    Float64Array.of(5e-324),
  ]]);
  const given = createFrame({
    payload,
    timestampUs: 1.5,
    sequenceId: 2 ** 40,
    metadata: { deep: { list: [1n, null, "x"] } },
  });
  assert.deepEqual((await environment.drive(made.executeOnce(given))).get("x"), [given]);
  assert.deepEqual((await environment.drive(made.executeOnce(createFrame()))).get("x"), [createFrame()]);
});

Deno.test("a plugin that never answers is given up after its time, and made anew for the next frame", async () => {
  for (const kind of ["node", "stage"]) {
    let calls = 0;
    const hang = () => ++calls === 2 ? new Promise<void>(() => {}) : undefined;
    const plugin = definePlugin({
      nodes: {
        node: async ({ in: { in: frames }, out }) => {
          for await (const each of frames!) {
            // It waits for tinman, so it is not at rest.
            if (++calls === 2) return void await hang();
            await out.out!.publish((each as Plain).payload);
          }
        },
      },
      stages: { stage: () => ({ process: async (frame) => (await hang(), frame) }) },
    });
    const provides = { nodes: [{ name: "node", in: { in: "" }, out: { out: "" } }], stages: [{ name: "stage" }] };
    const { got, starts } = await runFrames({ provides, plugin }, {
      type: from(kind),
      on_error: "skip",
      timeout_ms: 50,
    }, 4);
    if (kind === "stage") assert.deepEqual([got, starts], [["x 1", "x 3", "x 4"], 2]);
    // A node that reads no more is at rest; nothing follows from what it is given.
    else assert.deepEqual([got, starts], [["x 1"], 1]);
  }
});

Deno.test("a plugin that is gone has failed on that frame, and is started again for the next", async () => {
  for (const kind of ["node", "stage"]) {
    let calls = 0;
    const plugin = failing(() => false);
    const dying = {
      ...plugin,
      guest: () => {
        const guest = createMemoryGuest(plugin.plugin);
        const { post } = guest;
        guest.post = (message) => {
          const isFrame = message[0] === "values" || (message[0] === "stage" && message[2][0] === "process");
          if (isFrame && ++calls === 2) return guest.onGone(new Error("it was killed"));
          post(message);
        };
        return guest;
      },
    };
    const { got, starts } = await runFrames(dying, { type: from(kind), on_error: "skip" }, 4);
    assert.deepEqual([got, starts], [["x 1", "x 3", "x 4"], 2]);
    calls = 0;
    await assert.rejects(runFrames(dying, { type: from(kind) }), {
      code: "NODE",
      message: /"x" failed on frame 2: .*it was killed/,
    });
  }
});

Deno.test("what a plugin publishes after a sleep is passed on when it comes, and what is left at its end", async () => {
  const plugin = definePlugin({
    nodes: {
      late: async ({ in: { in: frames }, out, clock }) => {
        let count = 0;
        for await (const _ of frames!) {
          count++;
          await clock.sleep(15);
          await out.out!.publish(count);
        }
        await out.out!.publish(-count);
      },
    },
  });
  const { pipeline, environment } = pluginWorld({
    provides: { nodes: [{ name: "late", in: { in: "" }, out: { out: "" } }] },
    plugin,
  });
  const nodes = [{ id: "s", type: from("late") }, { id: "x", type: from("late") }];
  const got: number[] = [];
  const made = pipeline(
    { nodes: nodes.slice(0, 1).concat(nodes.slice(1)), connections: [{ from: "s", to: "x" }] },
    [],
    {
      onResult: (_, { payload }) => void got.push(payload.get("main_channel")![0]!),
    },
  );
  void made;
  const { drive } = environment;
  await drive(made.start());
  await drive(environment.clock.sleep(100));
  await drive(made.stop());
  assert.deepEqual(got, [1, -1]);
});
