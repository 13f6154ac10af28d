/*
 * Each defect that was found in the Python original by running it, by its number, is not in tinman.
 */
import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  channel,
  createEnvironment,
  createRandom,
  Graph,
  isTinmanError,
  node,
  replay,
  run,
  VirtualClock,
} from "tinman";
import { type Codec } from "tinman/codec";
import {
  bool,
  builtinKinds,
  bytes,
  dict,
  float,
  huffman,
  int,
  json,
  list,
  msgpack,
  ndarray,
  ndarrayPy,
  optional,
  protobuf,
  struct,
  table,
  text,
  toNdArray,
  tuple,
} from "tinman/codecs";
import { createRecording, openRecording, verifyRecording } from "tinman/log";
import { createMemoryFiles } from "../../src/files/mod.ts";
import { temporaryFolder } from "./_folder.ts";

const { files, registry, clock } = createEnvironment();
const numbers = channel<number>("numbers");
const producer = (count: number) =>
  node({ name: "producer", out: { numbers } }, async ({ numbers }) => {
    for (let n = 0; n < count; n++) await numbers.publish(n);
  });

Deno.test("1: `import tinman` works with the dependencies that it declares, from anywhere, without any permission", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(
    `${folder.path}/program.ts`,
    'import * as all from "tinman"; console.log(Object.keys(all).length);',
  );
  const config = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);
  const args = ["run", "--no-prompt", "--config", config, "program.ts"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder.path }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.ok(Number(new TextDecoder().decode(stdout)) > 50);
});

Deno.test("2: a consumer that leaves its loop early does not hang the run", async () => {
  const leaver = node({ in: { numbers } }, async ({ numbers }) => {
    for await (const n of numbers) if (n === 3) break;
  });
  const { stopped } = await run([producer(500), leaver]);
  assert.equal(stopped, "ended");
});

Deno.test("3: a consumer that throws while its producer is blocked surfaces as its own error", async () => {
  const failure = new Error("bad value");
  const thrower = node({ in: { numbers } }, async ({ numbers }) => {
    for await (const n of numbers) if (n === 3) throw failure;
  });
  await assert.rejects(run([producer(500), thrower]), (error) => error === failure);
});

Deno.test("4: recording twice into one folder makes two recordings", async () => {
  using folder = temporaryFolder();
  const reports = [await run(producer(5), { record: folder.path }), await run(producer(7), { record: folder.path })];
  const counts = reports.map(({ recording }) => {
    assert.deepEqual(verifyRecording(files, recording!).findings, []);
    using log = openRecording(files, recording!, { registry });
    return [...log.values("numbers")].length;
  });
  assert.deepEqual(counts, [5, 7]);
  // And by hand, nothing is ever added to a recording.
  const again = () => createRecording(files, reports[0]!.recording!, { clock });
  assert.throws(again, (error) => isTinmanError(error, "EXISTS"));
});

Deno.test("5: a value that is no node is said to be none, with what to do", () => {
  // The README whose example was broken there is run as a test here.
  const nodes = { producer: producer(1) } as unknown as Parameters<typeof run>[0];
  assert.throws(
    () => Graph.of(nodes).validate(),
    (error) => isTinmanError(error, "GRAPH") && /an object in it: not a node/.test(error.message) && !!error.hint,
  );
});

Deno.test("6: what a codec wrote is read back by name, for every codec, without anybody registering it", async () => {
  using folder = temporaryFolder();
  const samples = [
    sample(bool(), true),
    sample(bytes(), Uint8Array.of(1, 2)),
    sample(dict({ a: text(), b: int() }), { a: "", b: 1 }),
    sample(float(), 0.1),
    sample(huffman("ABRACADABRA"), "ABRACADABRA"),
    sample(int({ bigint: true }), 2n ** 60n),
    sample(json(), { a: [1, null] }),
    sample(list(text()), ["a", ""]),
    sample(msgpack(), { big: 2n ** 63n, bytes: Uint8Array.of(1) }),
    sample(ndarray("f64"), toNdArray(Float64Array.of(1, 2))),
    sample(ndarrayPy(), toNdArray(Float64Array.of(1, 2))),
    sample(optional(text()), undefined),
    sample(protobuf(TimestampSchema), create(TimestampSchema, { seconds: 5n, nanos: 7 })),
    sample(struct({ timeUs: "u64", celsius: "f64", place: text() }), { timeUs: 1n, celsius: 2, place: "c" }),
    sample(table({ celsius: "f32", place: "text" }), { celsius: Float32Array.of(1, 2), place: ["a", "b"] }),
    sample(text(), "ünïcode"),
    sample(tuple(int(), text()), [1, "b"]),
  ];
  const channels = samples.map(([codec], i) => channel(`${i} ${codec.id}`, { codec }));
  const ports = Object.fromEntries(channels.map((each, i) => [`port${i}`, each]));
  const source = node({ name: "source", out: ports }, async (out) => {
    for (const [i, [, value]] of samples.entries()) await out[`port${i}`]!.publish(value);
  });
  const { recording } = await run(source, { record: folder.path });
  using log = openRecording(files, recording!, { registry });
  for (const [i, [codec, value]] of samples.entries()) {
    assert.deepEqual([...log.values(`${i} ${codec.id}`)].map(({ value }) => value), [value], codec.id);
  }
  const kinds = new Set(builtinKinds.map(({ id }) => id));
  for (const [codec] of samples) kinds.delete(codec.id);
  assert.deepEqual([...kinds], [], "each codec has a sample here");
});

Deno.test("7: a dict keeps an empty text, and knows it from one that is missing", () => {
  const codec = dict({ a: text(), b: int() });
  assert.deepEqual(codec.decode(codec.encode({ a: "", b: 1 })), { a: "", b: 1 });
});

Deno.test("8: a node that is listed twice gets every message twice", async () => {
  let messages = 0;
  const counter = node({ name: "counter", in: { numbers } }, async ({ numbers }) => {
    for await (const _ of numbers) messages++;
  });
  await run([producer(6), counter, counter]);
  assert.equal(messages, 12);
});

Deno.test("9: a channel without records is read as empty, and replayed as empty", async () => {
  using folder = temporaryFolder();
  const { recording } = await run(producer(0), { record: folder.path });
  using log = openRecording(files, recording!, { registry });
  assert.deepEqual([...log.values("numbers")], []);
  let ended = false;
  const reader = node({ in: { numbers } }, async ({ numbers }) => {
    for await (const _ of numbers) assert.fail("there is nothing to read");
    ended = true;
  });
  await replay(reader, recording!);
  assert.ok(ended);
});

Deno.test("10: a channel called ../esc stays inside its folder", async () => {
  using folder = temporaryFolder();
  const escaping = channel<number>("../esc");
  const source = node({ out: { escaping } }, ({ escaping }) => escaping.publish(1));
  await run(source, { record: `${folder.path}/inside` });
  assert.deepEqual(Array.from(Deno.readDirSync(folder.path), ({ name }) => name), ["inside"]);
});

Deno.test("11: an empty list of channels records nothing", async () => {
  using folder = temporaryFolder();
  const { recording } = await run(producer(5), { record: { folder: folder.path, channels: [] } });
  using log = openRecording(files, recording!);
  assert.deepEqual(log.channels, []);
});

Deno.test("12: the order of equal times does not depend on luck, and time does not go back with the clock of the wall", () => {
  const memory = createMemoryFiles();
  const still = new VirtualClock(1_700_000_000_000_000_000n);
  const random = createRandom("12");
  const names = ["b", "c", "a", "ä", "B"];
  const order: string[] = [];
  {
    using recording = createRecording(memory, "run", { clock: still });
    for (let i = 0; i < 200; i++) {
      // A clock that stands still stands for one that was set back: time never does worse than that.
      const name = names[random.int(names.length)]!;
      recording.channel(name, int()).write(i);
      order.push(name);
    }
  }
  using log = openRecording(memory, "run");
  const frames = [...log.frames()];
  assert.deepEqual(frames.map(({ channel }) => channel), order);
  assert.ok(frames.every(({ timeNs }, i) => i === 0 || timeNs > frames[i - 1]!.timeNs));
});

function sample<T>(codec: Codec<T>, value: T): readonly [Codec<unknown>, unknown] {
  return [codec as Codec<unknown>, value];
}
