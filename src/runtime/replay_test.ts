// Of the original: launcher_test/run_test TestPlayback, TestPlaybackNode, TestConvenienceFunctions.test_playback_* (all),
// timer_test TestTimerIntegration.
import assert from "node:assert/strict";
import { allChannels, channel } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createRecording, openRecording } from "../log/mod.ts";
import { createTestEnvironment, type TestEnvironment } from "../testing/environment.ts";
import { map, type Node, node } from "./node.ts";
import { replayGraph } from "./replay.ts";
import type { ReplayOptions, ReplayReport } from "./replay_options.ts";
import { runGraph } from "./run.ts";
import type { ReplayControl } from "./pace.ts";

const SECOND_NS = 1_000_000_000n;
const [numbers, words, sums] = [channel<number>("numbers"), channel<string>("words"), channel<number>("sums")];

/** Publishes 0 … count - 1, one every 100 ms, the first after 100 ms. */
function counter(count: number, out = numbers): Node {
  return node({ out: { out }, name: `count ${out.name}` }, async ({ out, clock }) => {
    for await (const _ of clock.every(100)) {
      if (out.published === count) return;
      await out.publish(out.published);
    }
  });
}

function collect<T>(into: T[], from = numbers): Node {
  return node({ in: { from }, name: "collect" }, async ({ from }) => {
    for await (const value of from) into.push(value as T);
  });
}

/** A world in which nodes were recorded. */
async function record(nodes: readonly Node[], env = createTestEnvironment()) {
  const { recording } = await env.drive(runGraph(nodes, env, { record: "runs" }));
  return {
    env,
    folder: recording!,
    replay: (nodes: readonly Node[], options: ReplayOptions = {}): Promise<ReplayReport> =>
      env.drive(replayGraph(nodes, recording!, env, options)),
  };
}

Deno.test("replayGraph() feeds exactly the inputs that no given node produces", async () => {
  const then = node({ in: { numbers }, out: { sums } }, { numbers: (n, { sums }) => sums.publish(n) });
  const { replay } = await record([counter(4), then]);
  const got: number[] = [];
  const today = node({ in: { numbers }, out: { sums } }, { numbers: (n, { sums }) => sums.publish(n * 10) });
  const report = await replay([today, collect(got, sums)]);
  assert.deepEqual(got, [0, 10, 20, 30], "sums come from the node of today");
  assert.deepEqual([report.frames, report.played, report.stopped], [4, ["numbers"], "ended"]);
});

Deno.test("replayGraph() refuses an input that was not recorded and says what was meant", async () => {
  const { replay } = await record([counter(1)]);
  await assert.rejects(replay([collect([], channel<number>("nubmers"))]), (error) => {
    assert.ok(isTinmanError(error, "NOT_FOUND"));
    assert.match(error.message, /^Cannot replay channel "nubmers": recording .* does not have it$/);
    assert.equal(error.hint, 'did you mean "numbers"?');
    return true;
  });
  await assert.rejects(replay([collect([], channel<number>("temperature"))]), {
    hint: "it has logs, numbers",
  });
});

Deno.test("replayGraph() refuses a folder without recording", async () => {
  const env = createTestEnvironment();
  await assert.rejects(replayGraph([collect([])], "nowhere", env), { code: "NOT_FOUND" });
});

Deno.test("replayGraph() feeds inputs from channels of other names, several from one if asked", async () => {
  const { replay } = await record([counter(3)]);
  const [left, right] = [channel<number>("left"), channel<number>("right")];
  const got: [string, number][] = [];
  const both = node({ in: { left, right } }, {
    left: (n) => void got.push(["left", n]),
    right: (n) => void got.push(["right", n]),
  });
  const report = await replay([both], { remap: { left: "numbers", right: "numbers" } });
  assert.deepEqual(got.filter(([side]) => side === "left").map(([, n]) => n), [0, 1, 2]);
  assert.deepEqual(got.filter(([side]) => side === "right").map(([, n]) => n), [0, 1, 2]);
  assert.deepEqual(report.leftBehind, []);
});

Deno.test("replayGraph() leaves out inputs that its globs do not name: they end at once", async () => {
  const talk = node({ out: { words } }, ({ words }) => words.publish("hello"));
  const { replay } = await record([counter(3), talk]);
  const got: unknown[] = [];
  const both = node({ in: { numbers, words } }, {
    numbers: (n) => void got.push(n),
    words: (text) => void got.push(text),
  });
  const report = await replay([both], { channels: ["num*"] });
  assert.deepEqual([got, report.played, report.leftBehind], [[0, 1, 2], ["numbers"], []]);
});

Deno.test("replayGraph() plays from a time on and up to a time", async () => {
  const { replay, env } = await record([counter(10)]);
  const at = (ms: number) => env.clock.originNs + BigInt(ms) * 1_000_000n;
  for (
    const [options, expected] of [
      [{ fromNs: at(750) }, [7, 8, 9]],
      [{ toNs: at(350) }, [0, 1, 2]],
      [{ fromNs: at(400), toNs: at(500) }, [3]],
      [{ fromNs: at(350), toNs: at(650) }, [3, 4, 5]],
      [{ fromNs: at(5000) }, []],
      [{ toNs: at(50) }, []],
    ] as const
  ) {
    const got: number[] = [];
    const { frames } = await replay([collect(got)], options);
    assert.deepEqual([got, frames], [expected, expected.length]);
  }
});

Deno.test("replayGraph() from the middle begins with the last value of a latched channel", async () => {
  const settings = channel<string>("settings", { latched: true });
  const configure = node({ out: { settings } }, async ({ settings, clock }) => {
    await settings.publish("old");
    await clock.sleep(200);
    await settings.publish("new");
  });
  const { replay, env } = await record([configure, counter(5)]);
  const got: unknown[] = [];
  const both = node({ in: { settings, numbers } }, {
    settings: (text) => void got.push(text),
    numbers: (n) => void got.push(n),
  });
  await replay([both], { fromNs: env.clock.originNs + 350_000_000n });
  assert.deepEqual(got, ["new", 3, 4]);
});

Deno.test("replayGraph() from the middle tells unchanged nodes the time from there on", async () => {
  const times: bigint[] = [];
  const reader = node({ in: { numbers }, name: "reader" }, {
    numbers: (_, { clock }) => void times.push(clock.now()),
  });
  const { replay, env } = await record([counter(5), reader]);
  const then = times.splice(0);
  await replay([reader], { fromNs: env.clock.originNs + 350_000_000n });
  times.forEach((time, i) => assert.ok(time >= then[3 + i]! - 100n, `${time} is before ${then[3 + i]}`));
  assert.equal(times.length, 2);
});

Deno.test("replayGraph() plays again and again, and time goes on", async () => {
  const { replay } = await record([counter(3)]);
  const got: number[] = [];
  const times: bigint[] = [];
  const reader = node({ in: { numbers } }, {
    numbers: (n, { clock }) => {
      got.push(n);
      times.push(clock.now());
    },
  });
  assert.equal((await replay([reader], { loop: 3 })).frames, 9);
  assert.deepEqual(got, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  times.reduce((before, time) => (assert.ok(time > before), time));
});

Deno.test("replayGraph() for ever ends when it is asked to", async () => {
  const { replay } = await record([counter(3)]);
  const stop = new AbortController();
  const got: number[] = [];
  const reader = node({ in: { numbers } }, { numbers: (n) => void (got.push(n) === 100 && stop.abort()) });
  const report = await replay([reader], { loop: true, signal: stop.signal });
  assert.deepEqual([report.stopped, got.length], ["asked", 100]);
});

Deno.test("replayGraph() lets timers and messages interleave by the recorded time", async () => {
  const { replay } = await record([counter(5)]);
  const got: string[] = [];
  const today = node({ in: { numbers } }, async ({ numbers, clock }) => {
    const tick = async () => {
      for await (const time of clock.every(150)) got.push(`tick ${(time - clock.originNs) / 1_000_000n}`);
    };
    const read = async () => {
      for await (const n of numbers) got.push(`${n}`);
    };
    await Promise.all([tick(), read()]);
  });
  const report = await replay([today]);
  // The value 2 was published at 300 ms, behind a timer; the run ended at 600 ms.
  assert.deepEqual(got, ["0", "tick 150", "1", "tick 300", "2", "3", "tick 450", "4", "tick 600"]);
  assert.deepEqual(report.leftBehind, []);
});

Deno.test("replayGraph() of nodes that sleep takes no real time", async () => {
  const { replay, env } = await record([counter(10)]);
  const before = env.clock.elapsedNs();
  const got: number[] = [];
  const slow = node({ in: { numbers } }, async ({ numbers, clock }) => {
    for await (const n of numbers) {
      await clock.sleep(50);
      got.push(n);
    }
  });
  await replay([slow]);
  assert.equal(got.length, 10);
  assert.equal(env.clock.elapsedNs(), before, "the clock of the environment stands for real time");
});

Deno.test("replayGraph() plays at a multiple of the recorded pace, and gives the same at every pace", async () => {
  const { replay, env } = await record([counter(11)]);
  for (const [speed, ms] of [[1, 1000], [2, 500], [10, 100], [0.5, 2000]] as const) {
    const got: number[] = [];
    const startNs = env.clock.elapsedNs();
    await replay([collect(got)], { speed });
    const took = (env.clock.elapsedNs() - startNs) / 1e6;
    assert.ok(Math.abs(took - ms) < ms * 0.11, `speed ${speed} took ${took} ms`);
    assert.equal(got.length, 11);
  }
});

Deno.test("replayGraph() can be paused, stepped and stopped while it runs", async () => {
  const { replay } = await record([counter(10)]);
  let control: ReplayControl | undefined;
  const got: number[] = [];
  const reader = node({ in: { numbers } }, {
    numbers: (n) => {
      got.push(n);
      if (n === 2) {
        control!.pause();
        queueMicrotask(() => control!.step(2));
      }
      if (n === 4) queueMicrotask(() => control!.stop());
    },
  });
  const report = await replay([reader], { onControl: (given) => control = given });
  assert.deepEqual([got, report.frames], [[0, 1, 2, 3, 4], 5]);
});

Deno.test("replayGraph() tells its progress", async () => {
  const { replay } = await record([counter(11)]);
  const told: number[] = [];
  await replay([collect([])], { speed: 1, onProgress: (_, frames) => told.push(frames) });
  assert.ok(told.length >= 5 && told.at(-1)! >= 9, `${told}`);
});

Deno.test("replayGraph() ends at a signal", async () => {
  const { replay, env } = await record([counter(10)]);
  const got: number[] = [];
  const reader = node({ in: { numbers } }, { numbers: (n) => void (got.push(n) === 3 && env.signal()) });
  assert.equal((await replay([reader])).stopped, "signal");
  assert.equal(got.length, 3);
});

Deno.test("replayGraph() gives sources of today the recorded time to live in", async () => {
  const { replay, env } = await record([counter(10)]);
  const times: bigint[] = [];
  const source = node({ out: { words } }, async ({ clock }) => {
    for await (const time of clock.every(200)) times.push(time - env.clock.originNs);
  });
  await replay([source, collect([])]);
  assert.deepEqual(times, [1n, 2n, 3n, 4n, 5n].map((n) => n * SECOND_NS / 5n));
});

Deno.test("replayGraph() fails with the very error that a node throws", async () => {
  const { replay } = await record([counter(3)]);
  const failure = new Error("on fire");
  const failing = node({ in: { numbers } }, {
    numbers() {
      throw failure;
    },
  });
  assert.equal(await replay([failing]).catch((error) => error), failure);
});

Deno.test("replayGraph() fails when a node does not read what is played to it", async () => {
  const { replay } = await record([counter(20)]);
  const deaf = node({ in: { numbers }, name: "deaf" }, () => new Promise<never>(() => {}));
  await assert.rejects(replay([deaf]), (error) => isTinmanError(error, "DEADLOCK") && /"numbers"/.test(error.message));
});

Deno.test("replayGraph() fails when a node does not read what is played to it, though others tick for ever", async () => {
  const { replay } = await record([counter(20)]);
  const deaf = node({ in: { numbers }, name: "deaf" }, () => new Promise<never>(() => {}));
  const ticking = node({ in: { numbers } }, async ({ numbers, clock }) => {
    const tick = async () => {
      for await (const _ of clock.every(1000));
    };
    const read = async () => {
      for await (const _ of numbers);
    };
    await Promise.all([tick(), read()]);
  });
  await assert.rejects(replay([deaf, ticking]), (error) => isTinmanError(error, "DEADLOCK"));
});

Deno.test("replayGraph() waits for a reader that sleeps for long, though others tick for ever", async () => {
  const { replay } = await record([counter(20)]);
  const got: number[] = [];
  const slow = node({ in: { numbers: numbers.with({ capacity: 1 }) } }, async ({ numbers, clock }) => {
    for await (const n of numbers) {
      await clock.sleep(n === 3 ? 60_000 : 0);
      got.push(n);
    }
  });
  const ticking = node({}, async ({ clock }) => {
    for await (const _ of clock.every(4));
  });
  await replay([slow, ticking]);
  assert.equal(got.length, 20);
});

Deno.test("replayGraph() waits for a reader that is at work on something outside, however long it takes", async () => {
  const { replay, env } = await record([counter(20)]);
  const got: number[] = [];
  const upload = node({ in: { numbers: numbers.with({ capacity: 2 }) } }, async ({ numbers }) => {
    for await (const n of numbers) {
      if (n === 1) await env.clock.sleep(20_000);
      got.push(n);
    }
  });
  await replay([upload]);
  assert.equal(got.length, 20);
});

Deno.test("replayGraph() names channel and frame that cannot be decoded", async () => {
  const env = createTestEnvironment();
  using recording = createRecording(env.files, "runs/broken", { clock: env.clock });
  const writer = recording.channel("numbers", env.defaultCodec);
  writer.write(1);
  writer.writeBytes(new TextEncoder().encode("{ not json"));
  recording.close();
  await assert.rejects(replayGraph([collect([])], "runs/broken", env), (error) => {
    assert.ok(isTinmanError(error, "CODEC"));
    assert.match(error.message, /^Cannot replay frame 1 of "numbers": Codec "testing.json": Cannot decode: /);
    assert.deepEqual([error.details.channel, error.details.frame], ["numbers", 1]);
    return true;
  });
});

Deno.test("replayGraph() fails, and the process does not, when a journal cannot be read", async () => {
  const env = createTestEnvironment();
  const merge = node({ in: { numbers, words }, name: "merge" }, async ({ numbers, words }) => {
    const read = async (input: AsyncIterable<unknown>) => {
      for await (const _ of input);
    };
    await Promise.all([read(numbers), read(words)]);
  });
  const talk = node({ out: { words } }, ({ words }) => words.publish("hello"));
  const { folder } = await record([counter(3), talk, merge], env);
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
    const { replay } = await record(nodes);
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
  const { replay } = await record([eager, ticking], env);
  const then = times.splice(0);
  await replay([ticking]);
  assert.deepEqual(times, then);
});

Deno.test("replayGraph() twice of one recording writes equal bytes into every file", async () => {
  const nodes = createCapriciousNodes();
  const { replay, env } = await record(nodes);
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
  const { replay } = await record([counter(5), reader]);
  const then = times.splice(0);
  await replay([reader]);
  assert.deepEqual(times, then);
});

Deno.test("replayGraph() tells changed nodes the recorded time", async () => {
  const { replay, env } = await record([counter(5)]);
  const times: bigint[] = [];
  const today = node({ in: { numbers } }, { numbers: (_, { clock }) => void times.push(clock.now()) });
  await replay([today]);
  times.forEach((time, i) => {
    const late = time - env.clock.originNs - BigInt(i + 1) * (SECOND_NS / 10n);
    assert.ok(late >= 0n && late < 100n, `value ${i} came ${late} ns late`);
  });
});

Deno.test("replayGraph() writes what today's nodes publish with the recorded time, and nothing of what it played", async () => {
  const { replay, env } = await record([counter(3)]);
  const double = map({ in: numbers, out: sums }, (n) => n * 2);
  const { recording } = await replay([double], { record: "again" });
  using again = openRecording(env.files, recording!, { registry: env.registry });
  assert.deepEqual(again.channels.map(({ name }) => name), ["sums"]);
  assert.deepEqual(
    [...again.values("sums")].map(({ value, timeNs }) => [value, (timeNs - env.clock.originNs) / 1_000_000n]),
    [[0, 100n], [2, 200n], [4, 300n]],
  );
});

Deno.test("replayGraph() ends at a signal though a node of the graph would go on to the end of the recorded time", async () => {
  const { env, replay } = await record([counter(1), node({ name: "long" }, ({ clock }) => clock.sleep(3_600_000))]);
  let ticks = 0;
  const ticker = node({ name: "ticker" }, async ({ clock }) => {
    for await (const _ of clock.every(1)) if (++ticks === 10) env.signal();
  });
  assert.equal((await replay([ticker])).stopped, "signal");
  assert.equal(ticks, 10);
});

Deno.test("replayGraph() refuses a frame that is later than the end of its recording", async () => {
  const { env: { files }, folder, replay } = await record([counter(3)]);
  const path = `${folder}/numbers.blog`;
  const bytes = new Uint8Array(files.stat(path)!.size);
  {
    using file = files.open(path, "read");
    file.read(bytes, 0);
  }
  // The last frame is a header of 16 bytes and one byte; its index would find the damage before.
  new DataView(bytes.buffer).setBigUint64(bytes.length - 17, 2n ** 62n, true);
  files.replace(path, bytes);
  files.remove(`${folder}/numbers.idx`);
  // The channel would end before that frame.
  files.remove(`${folder}/%7Eevents.blog`);
  const got: number[] = [];
  await assert.rejects(replay([collect(got)]), (error) => {
    assert.ok(isTinmanError(error, "CORRUPT_LOG"));
    assert.match(error.message, /^Cannot replay frame 2 of "numbers": its time 4611686018427387904 is behind the end/);
    return true;
  });
});
