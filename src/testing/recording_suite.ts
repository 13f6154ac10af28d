import assert from "node:assert/strict";
import type { Codec } from "../codec/mod.ts";
import { type ErrorCode, isTinmanError } from "../errors/mod.ts";
import { followRecording, recoverRecording, verifyRecording } from "../log/mod.ts";
import type { TestFunction } from "./clock_suite.ts";
import { testDamage } from "./recording_damage.ts";
import { plain, type RecordingFixture, START_NS, text, World } from "./recording_world.ts";

/** Options of {@linkcode testRecording}. */
export interface RecordingSuiteOptions {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** What the names of recordings end in, which chooses the form: `.mcap`, or nothing for a folder. */
  readonly suffix: string;
  /** Whether recordings are compressed, which a folder cannot be. @default {"none"} */
  readonly compress?: "zstd" | "none";
  /** Every how many bytes a file is cut or changed in the tests of damage. @default {7} */
  readonly everyBytes?: number;
  /** Called for each test; disposed after it. */
  create(): RecordingFixture;
}

/** What every form of a recording promises, as tests: whatever works on one works on the other. */
export function testRecording(options: RecordingSuiteOptions): void {
  const test = (promise: string, run: (world: World) => void | Promise<void>) => {
    options.test(`${options.name}: ${promise}`, async () => {
      const fixture = options.create();
      try {
        await run(new World(fixture, options));
      } finally {
        fixture[Symbol.dispose]?.();
      }
    });
  };

  test("what is written is read, merged in the order in which it was written, with times that only grow", (world) => {
    using recording = world.begin();
    const [a, b] = [recording.channel("a", text), recording.channel("b", text)];
    for (let i = 0; i < 300; i++) {
      if (i % 50 === 0) world.pass(1);
      (i % 3 === 0 ? a : b).write(`${i}`);
      if (i % 70 === 0) recording.drain();
    }
    recording.close();
    using read = world.open();
    assert.deepEqual(read.problems, []);
    assert.equal(read.manifest.clean, true);
    const frames = [...read.frames()];
    assert.deepEqual(frames.map(plain).map(({ value }) => value), Array.from({ length: 300 }, (_, i) => `${i}`));
    for (let i = 1; i < frames.length; i++) assert.ok(frames[i]!.timeNs > frames[i - 1]!.timeNs);
    for (const name of ["a", "b"]) {
      const own = frames.filter(({ channel }) => channel === name);
      assert.deepEqual(own.map(({ index }) => index), own.map((_, i) => i));
      const info = read.channels.find((each) => each.name === name)!;
      assert.deepEqual([info.frames, info.firstNs, info.lastNs], [own.length, own[0]!.timeNs, own.at(-1)!.timeNs]);
      assert.deepEqual([...read.values(name)].map(({ value }) => value), own.map((each) => plain(each).value));
    }
    const batched = [...read.batches()].flatMap((batch) =>
      Array.from({ length: batch.count }, (_, i) => batch.frame(i))
    );
    assert.deepEqual(batched.map(plain), frames.map(plain));
  });

  test("a range has what lies from its beginning to before its end, with the same numbers", (world) => {
    world.write(200);
    using read = world.open();
    const all = [...read.frames()].map(plain);
    for (const [from, to] of [[0, 0], [0, 1], [57, 58], [60, 141], [199, 200], [3, 999]] as const) {
      const [fromNs, toNs] = [all[from]!.timeNs, all[to]?.timeNs];
      assert.deepEqual([...read.frames({ fromNs, ...(toNs && { toNs }) })].map(plain), all.slice(from, to));
      assert.deepEqual([...read.frames({ fromNs, channels: ["a"] })].map(plain), [
        ...all.slice(from).filter(({ channel }) => channel === "a"),
      ]);
    }
    assert.deepEqual([...read.frames({ fromNs: all.at(-1)!.timeNs + 1n })], []);
  });

  test("a latched channel begins with its last value before the range", (world) => {
    using recording = world.begin();
    const map = recording.channel("map", text, { latched: true });
    const pose = recording.channel("pose", text);
    map.write("old");
    map.write("new");
    for (let i = 0; i < 100; i++) pose.write(`${i}`);
    map.write("newest");
    recording.close();
    using read = world.open();
    assert.deepEqual(read.channels.map(({ name, latched }) => [name, latched]), [["map", true], ["pose", false]]);
    const fromNs = [...read.frames({ channels: ["pose"] })][50]!.timeNs;
    const seen = [...read.frames({ fromNs, latched: true })].map(plain);
    assert.deepEqual(seen.slice(0, 2).map(({ value }) => value), ["new", "50"]);
    assert.deepEqual([seen[0]!.index, seen.at(-1)!.value, seen.length], [1, "newest", 52]);
    assert.deepEqual([...read.frames({ fromNs: START_NS - 5n, latched: true })].length, 103);
  });

  test("reserved channels are hidden until they are asked for", (world) => {
    using recording = world.begin();
    recording.channel("a", text).write("1");
    recording.note("clock-step", { deltaMs: 5 });
    recording.close();
    using read = world.open();
    assert.deepEqual([read.channels.length, read.reservedChannels.map(({ name }) => name)], [1, ["~events"]]);
    assert.deepEqual([...read.frames()].length, 1);
    assert.deepEqual([...read.frames({ reserved: true })].map(({ channel }) => channel), ["a", "~events"]);
    const [event] = [...read.frames({ channels: ["~events"] })];
    assert.deepEqual(JSON.parse(text.decode(event!.data)), { kind: "clock-step", deltaMs: 5 });
  });

  test("what was flushed can be read, and followed, while the recording goes on", async (world) => {
    using recording = world.begin();
    const a = recording.channel("a", text);
    a.write("1");
    recording.flush();
    {
      using read = world.open();
      assert.deepEqual([...read.frames()].map((frame) => plain(frame).value), ["1"]);
      assert.equal(read.manifest.clean, false);
    }
    const seen: string[] = [];
    const follower = (async () => {
      for await (const { channel, index, data } of followRecording(world.files, world.path, { clock: world.clock })) {
        seen.push(`${channel}${index} ${text.decode(data)}`);
      }
    })();
    const look = async () => {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      world.clock.fireNext();
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    };
    await look();
    a.write("2");
    recording.flush();
    await look();
    recording.channel("b", text).write("3");
    recording.note("hidden");
    recording.drain();
    await look();
    assert.deepEqual(seen, ["a0 1", "a1 2", "b0 3"]);
    a.write("4");
    recording.close();
    await look();
    await follower;
    assert.equal(seen.at(-1), "a2 4");
  });

  test("a crash loses what was not flushed, and nothing else; the recording says that it was not ended", (world) => {
    const recording = world.begin();
    const a = recording.channel("a", text);
    for (let i = 0; i < 20; i++) a.write(`${i}`);
    recording.drain();
    a.write("lost");
    using read = world.open();
    assert.deepEqual([...read.frames()].length, 20);
    assert.match(read.problems.join(), /not ended in good order/);
    assert.equal(verifyRecording(world.files, world.path).totals.frames, 20);
    recording.close();
  });

  test("a channel without frames is there, with its codec", (world) => {
    using recording = world.begin();
    recording.channel("quiet", text);
    recording.channel("loud", text).write("1");
    recording.close();
    using read = world.open();
    assert.deepEqual(read.channels.map(({ name, frames }) => [name, frames]), [["loud", 1], ["quiet", 0]]);
    assert.deepEqual([[...read.frames({ channels: ["quiet"] })], read.codec("quiet").id], [[], "text"]);
    assert.equal(read.channels[1]!.firstNs, undefined);
  });

  test("a recording without channels is one", (world) => {
    world.begin().close();
    using read = world.open();
    assert.deepEqual([read.problems, read.channels, [...read.frames()]], [[], [], []]);
    assert.equal(verifyRecording(world.files, world.path).ok, true);
  });

  test("channels of any name come back under it", (world) => {
    const names = ["", " ", "../x", "a/b", "A", "a", ".", "con", "%41", "–…🙂", "\0", "x".repeat(400), "line\nbreak"];
    using recording = world.begin();
    for (const name of names) recording.channel(name, text).write(name);
    recording.close();
    using read = world.open();
    assert.deepEqual(new Set(read.channels.map(({ name }) => name)), new Set(names));
    for (const { channel, data } of read.frames()) assert.equal(text.decode(data), channel);
    assert.equal(verifyRecording(world.files, world.path).ok, true);
  });

  test("payloads of any size come back as they were", (world) => {
    const raw: Codec<Uint8Array> = { id: "bytes", version: 1, encode: (value) => value, decode: (data) => data };
    const payloads = [0, 1, 7, 8, 64, 65_536, 300_000, 2_500_000, 3].map((length) => {
      return Uint8Array.from({ length }, (_, i) => i * 31 + length);
    });
    using recording = world.begin();
    const channel = recording.channel("a", raw);
    for (const payload of payloads) channel.write(payload);
    recording.close();
    using read = world.open();
    assert.deepEqual([...read.frames()].map(({ data }) => data.length), payloads.map(({ length }) => length));
    let i = 0;
    for (const { data } of read.frames()) assert.ok(isEqual(data, payloads[i++]!));
  });

  test("nothing is overwritten, and a channel has one codec", (world) => {
    using recording = world.begin();
    const a = recording.channel("a", text);
    assert.equal(recording.channel("a", text), a);
    fails("EXISTS", () => recording.channel("a", { ...text, id: "other" }));
    fails("EXISTS", () => world.begin());
    recording.close();
    fails("EXISTS", () => world.begin());
    fails("EXISTS", () => recoverRecording(world.files, world.path, world.path));
  });

  test("close() twice is fine; writing after it is CLOSED, and so is reading", (world) => {
    const recording = world.begin();
    const a = recording.channel("a", text);
    a.write("1");
    recording.close();
    recording.close();
    recording.flush();
    fails("CLOSED", () => a.write("2"));
    fails("CLOSED", () => recording.channel("b", text));
    const read = world.open();
    read.close();
    read.close();
    fails("CLOSED", () => [...read.frames()]);
  });

  test("a payload over the limit is refused, told of, and counted", (world) => {
    using recording = world.begin({ maxPayloadBytes: 200 });
    const a = recording.channel("a", text);
    a.write("x".repeat(200));
    fails("TOO_LARGE", () => a.write("x".repeat(201)));
    a.write("2");
    recording.close();
    using read = world.open();
    assert.deepEqual([read.channels[0]!.frames, read.channels[0]!.drops], [2, 1]);
    const [event] = [...read.frames({ channels: ["~events"] })].map(({ data }) => JSON.parse(text.decode(data)));
    assert.deepEqual([event.kind, event.channel, event.frames], ["gap", "a", 1]);
  });

  test("what a recording says of itself comes back", (world) => {
    const graph = { nodes: [{ name: "a" }], originNs: "7" };
    world.begin({ id: "one", seed: "s", tool: "tinman 9", graph, startedNs: START_NS - 1000n }).close();
    const { id, seed, tool, startedNs, endedNs, clean, ...rest } = world.open().manifest;
    assert.deepEqual({ id, seed, tool, startedNs, clean }, {
      id: "one",
      seed: "s",
      tool: "tinman 9",
      startedNs: START_NS - 1000n,
      clean: true,
    });
    assert.deepEqual([rest.graph, endedNs! >= startedNs], [graph, true]);
  });

  testDamage({ test, everyBytes: options.everyBytes ?? 7 });
}

function fails(code: ErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => isTinmanError(error, code));
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
