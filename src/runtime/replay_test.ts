// What is fed, and what is refused. Of the original: launcher_test/run_test TestPlayback, TestPlaybackNode,
// TestConvenienceFunctions.test_playback_from_recorded, test_playback_with_*_offset.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createRecording } from "../log/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { collect, counter, numbers, record } from "./_recorded.ts";
import { node } from "./node.ts";
import { replayGraph } from "./replay.ts";

const words = channel<string>("words");
const sums = channel<number>("sums");

Deno.test("replayGraph() feeds exactly the inputs that no given node produces", async () => {
  const then = node({ in: { numbers }, out: { sums } }, { numbers: (n, { sums }) => sums.publish(n) });
  const { replay } = await record(createTestEnvironment(), [counter(4), then]);
  const got: number[] = [];
  const today = node({ in: { numbers }, out: { sums } }, { numbers: (n, { sums }) => sums.publish(n * 10) });
  const report = await replay([today, collect(got, sums)]);
  assert.deepEqual(got, [0, 10, 20, 30], "sums come from the node of today");
  assert.deepEqual([report.frames, report.played, report.stopped], [4, ["numbers"], "ended"]);
});

Deno.test("replayGraph() refuses an input that was not recorded and says what was meant", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(1)]);
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
  const { replay } = await record(createTestEnvironment(), [counter(3)]);
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
  const { replay } = await record(createTestEnvironment(), [counter(3), talk]);
  const got: unknown[] = [];
  const both = node({ in: { numbers, words } }, {
    numbers: (n) => void got.push(n),
    words: (text) => void got.push(text),
  });
  const report = await replay([both], { channels: ["num*"] });
  assert.deepEqual([got, report.played, report.leftBehind], [[0, 1, 2], ["numbers"], []]);
});

Deno.test("replayGraph() plays from a time on and up to a time", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(10)]);
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
  const { replay, env } = await record(createTestEnvironment(), [configure, counter(5)]);
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
  const { replay, env } = await record(createTestEnvironment(), [counter(5), reader]);
  const then = times.splice(0);
  await replay([reader], { fromNs: env.clock.originNs + 350_000_000n });
  times.forEach((time, i) => assert.ok(time >= then[3 + i]! - 100n, `${time} is before ${then[3 + i]}`));
  assert.equal(times.length, 2);
});

Deno.test("replayGraph() plays again and again, and time goes on", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(3)]);
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
  const { replay } = await record(createTestEnvironment(), [counter(3)]);
  const stop = new AbortController();
  const got: number[] = [];
  const reader = node({ in: { numbers } }, { numbers: (n) => void (got.push(n) === 100 && stop.abort()) });
  const report = await replay([reader], { loop: true, signal: stop.signal });
  assert.deepEqual([report.stopped, got.length], ["asked", 100]);
});

Deno.test("replayGraph() fails with the very error that a node throws", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(3)]);
  const failure = new Error("on fire");
  const failing = node({ in: { numbers } }, {
    numbers() {
      throw failure;
    },
  });
  assert.equal(await replay([failing]).catch((error) => error), failure);
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

Deno.test("replayGraph() refuses a frame that is later than the end of its recording", async () => {
  const { env: { files }, folder, replay } = await record(createTestEnvironment(), [counter(3)]);
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
