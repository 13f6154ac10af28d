// Goal: unchanged nodes give what they gave, and every replay of a recording gives the same bytes.
// Method: nodes that depend on all that is not in their inputs alone, written by hand; drawn ones are in replay_random_test.ts.
import assert from "node:assert/strict";
import { allChannels, channel } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { createRecording, openRecording } from "../log/mod.ts";
import { createTestEnvironment, type TestEnvironment } from "../testing/environment.ts";
import { counter, numbers, record } from "./_recorded.ts";
import { map, type Node, node } from "./node.ts";
import { replayGraph } from "./replay.ts";

const SECOND_NS = 1_000_000_000n;
const words = channel<string>("words");
const sums = channel<number>("sums");

Deno.test("replayGraph() fails, and the process does not, when a journal cannot be read", async () => {
  const env = createTestEnvironment();
  const merge = node({ in: { numbers, words }, name: "merge" }, async ({ numbers, words }) => {
    const read = async (input: AsyncIterable<unknown>) => {
      for await (const _ of input);
    };
    await Promise.all([read(numbers), read(words)]);
  });
  const talk = node({ out: { words } }, ({ words }) => words.publish("hello"));
  const { folder } = await record(env, [counter(3), talk, merge]);
  damageJournal(env, folder, "runs/damaged");
  await assert.rejects(replayGraph([merge], "runs/damaged", env), { code: "CODEC" });
});

/** Copies a recording, with a journal in which each frame ends in the middle of an entry. */
function damageJournal(env: TestEnvironment, folder: string, to: string): void {
  using recording = openRecording(env.files, folder, { registry: env.registry });
  const { graph, startedNs } = recording.manifest;
  using copy = createRecording(env.files, to, { clock: env.clock, graph, startedNs });
  for (const { channel, data, timeNs } of recording.frames({ reserved: true })) {
    if (channel === "~events") continue;
    const bytes = channel === "~journal" && data.length > 2 ? Uint8Array.of(...data, 0x80) : data;
    copy.channel(channel, env.defaultCodec).writeBytes(bytes, timeNs);
  }
}

/** Nodes whose outputs depend on all that is not in their inputs alone: order, time, timers and chance. */
function createCapriciousNodes(): readonly Node[] {
  const [a, b, c, merged, timed, drawn] = ["a", "b", "c", "merged", "timed", "drawn"].map((name) =>
    channel<unknown>(name)
  );
  const source = (name: string, out: typeof a, ms: number) =>
    node({ out: { out: out! }, name }, async ({ out, clock, random }) => {
      for (let i = 0; i < 20; i++) {
        await clock.sleep(ms * random.next());
        await out.publish(`${name}${i}`);
        if (random.int(3) === 0) await out.publish(`${name}${i}+`);
      }
    });
  return [
    source("a", a, 10),
    source("b", b, 15),
    source("c", c, 20),
    node({ in: { a: a!, b: b!, c: c! }, out: { merged: merged! }, name: "merge" }, async ({ a, b, c, merged }) => {
      const read = async (input: AsyncIterable<unknown>) => {
        for await (const value of input) await merged.publish(value);
      };
      await Promise.all([read(c), read(a), read(b)]);
    }),
    node({ in: { a: a!, b: b! }, out: { timed: timed! }, name: "timed" }, async ({ a, b, timed, clock }) => {
      const state: unknown[] = [];
      let open = 2;
      const read = async (input: AsyncIterable<unknown>) => {
        for await (const value of input) {
          state.push(value);
          await work(clock, state.length);
          await timed.publish([String(clock.now()), value]);
        }
        open--;
      };
      const tick = async () => {
        for await (const time of clock.every(7)) {
          await timed.publish([String(time), state.length]);
          if (open === 0) return;
        }
      };
      await Promise.all([read(a), read(b), tick()]);
    }),
    node({ in: { merged: merged!, c: c! }, out: { drawn: drawn! }, name: "drawn" }, {
      merged: (value, { drawn, random }) => void drawn.publish([value, random.next()]),
      c: async (value, { drawn, random, clock }) => {
        if (random.int(2) === 0) await clock.sleep(1);
        await drawn.publish([value, random.bytes(2).toHex(), String(clock.now())]);
      },
    }),
  ];
}

async function work(clock: Clock, amount: number): Promise<void> {
  if (amount % 5 === 0) await clock.sleep(amount / 10);
  for (let i = 0; i < amount % 7; i++) await null;
}

Deno.test("replayGraph() of unchanged nodes gives what they gave: merges, timers, chance and readings of the clock", async () => {
  for (let run = 0; run < 3; run++) {
    const nodes = createCapriciousNodes();
    const { replay } = await record(createTestEnvironment(), nodes);
    // All of them, so that the sources run again by the recorded chance; and only those behind the sources.
    for (const today of [nodes, nodes.slice(3), [nodes[5]!], [nodes[4]!]]) {
      const { verify } = await replay(today, { verify: true });
      assert.equal(verify!.divergence, undefined, JSON.stringify(verify, (_, v) => typeof v === "bigint" ? `${v}` : v));
      for (const { name, equal, recorded } of verify!.channels) {
        assert.equal(equal, recorded, name);
        assert.ok(equal >= 20);
      }
    }
  }
});

Deno.test("replayGraph() of unchanged nodes finds the same at their start, though a source published and time passed", async () => {
  const env = createTestEnvironment();
  const times: bigint[] = [];
  const eager = node({ out: { numbers } }, async ({ numbers, clock }) => {
    void numbers.publish(0);
    env.clock.advanceElapsedTo(env.clock.elapsedNs() + 777);
    for await (const _ of clock.every(10)) {
      if (numbers.published === 4) return;
      await numbers.publish(numbers.published);
    }
  });
  const ticking = node({ in: { numbers }, name: "ticking" }, async ({ numbers, clock }) => {
    let open = true;
    const read = async () => {
      for await (const _ of numbers);
      open = false;
    };
    const tick = async () => {
      for await (const time of clock.every(3)) {
        times.push(time);
        if (!open) return;
      }
    };
    await Promise.all([read(), tick()]);
  });
  const { replay } = await record(env, [eager, ticking]);
  const then = times.splice(0);
  await replay([ticking]);
  assert.deepEqual(times, then);
});

Deno.test("replayGraph() twice of one recording writes equal bytes into every file", async () => {
  const nodes = createCapriciousNodes();
  const { replay, env } = await record(createTestEnvironment(), nodes);
  const monitor = node({ in: { all: allChannels }, out: { sums }, name: "monitor" }, async ({ all, sums }) => {
    let count = 0;
    const read = async (input: AsyncIterable<unknown>) => {
      for await (const _ of input) await sums.publish(++count);
    };
    await Promise.all(["merged", "timed"].map((name) => read(all.get(name)!)));
  });
  const today = [
    ...nodes.slice(3),
    monitor,
    map({ in: sums, out: channel<number>("doubled") }, (n) => n * 2),
  ];
  const folders: string[] = [];
  for (const [i, speed] of (["max", "max", 100] as const).entries()) {
    const { recording } = await replay(today, { speed, record: { folder: "again", name: `${i}` } });
    folders.push(recording!);
  }
  const [first, ...others] = folders.map((folder) => contents(env, folder));
  assert.ok(Object.keys(first!).length > 8);
  for (const other of others) assert.deepEqual(other, first);
});

function contents(env: TestEnvironment, folder: string): Record<string, string> {
  return Object.fromEntries(
    env.files.list(folder).map((name) => {
      using file = env.files.open(`${folder}/${name}`, "read");
      const bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      return [name, bytes.toHex()];
    }),
  );
}

Deno.test("replayGraph() tells unchanged nodes the time that they read then", async () => {
  const times: bigint[] = [];
  const reader = node({ in: { numbers }, name: "reader" }, async ({ numbers, clock }) => {
    times.push(clock.now());
    for await (const _ of numbers) {
      times.push(clock.now());
      await clock.sleep(3.3);
      times.push(clock.now());
    }
  });
  const { replay } = await record(createTestEnvironment(), [counter(5), reader]);
  const then = times.splice(0);
  await replay([reader]);
  assert.deepEqual(times, then);
});

Deno.test("replayGraph() tells changed nodes the recorded time", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(5)]);
  const times: bigint[] = [];
  const today = node({ in: { numbers } }, { numbers: (_, { clock }) => void times.push(clock.now()) });
  await replay([today]);
  times.forEach((time, i) => {
    const late = time - env.clock.originNs - BigInt(i + 1) * (SECOND_NS / 10n);
    assert.ok(late >= 0n && late < 100n, `value ${i} came ${late} ns late`);
  });
});

Deno.test("replayGraph() writes what today's nodes publish with the recorded time, and nothing of what it played", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(3)]);
  const double = map({ in: numbers, out: sums }, (n) => n * 2);
  const { recording } = await replay([double], { record: "again" });
  using again = openRecording(env.files, recording!, { registry: env.registry });
  assert.deepEqual(again.channels.map(({ name }) => name), ["sums"]);
  assert.deepEqual(
    [...again.values("sums")].map(({ value, timeNs }) => [value, (timeNs - env.clock.originNs) / 1_000_000n]),
    [[0, 100n], [2, 200n], [4, 300n]],
  );
});
