/**
 * Goal: a recording is a topic and a topic is a recording, for clients that know nothing of tinman. Method: recordings of
 * this test are served, sent and recorded again by the command line, and read with kcat and kafkajs.
 */
import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { openQueue } from "tinman";
import { readTopic } from "tinman/broker";
import { bytes, json } from "tinman/codecs";
import { createRecording, openRecording } from "tinman/log";
import { createDenoFiles, createWallClock } from "../../src/platform/mod.ts";
import { tinman } from "../cli/processes.ts";
import { startBrokerProcess } from "./_broker.ts";

const START_NS = 1_700_000_000_000_123_456n;
const files = createDenoFiles();
// kafkajs starts timers of its own and leaves some running.
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test("kafkajs reads a recording as topics, by offset and by time, in a group", loose, async () => {
  await using folder = await temporaryFolder();
  record(`${folder.path}/run`, 5000);
  await using broker = await startBrokerProcess(["--recording", `${folder.path}/run`]);
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  assert.deepEqual(await admin.listTopics(), ["camera.left", "gps"]);
  const half = Number((START_NS + 2500n * 1_000_000n) / 1_000_000n);
  assert.equal((await admin.fetchTopicOffsetsByTimestamp("gps", half))[0]!.offset, "2500");
  await assert.rejects(admin.deleteTopics({ topics: ["gps"] }), /authoriz/i);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: "g" });
  await consumer.connect();
  await consumer.subscribe({ topic: "gps", fromBeginning: true });
  const seen: { offset: string; value: string; time: string }[] = [];
  const done = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: ({ message }) => {
      const [value, time] = [`${message.value}`, `${message.headers!["tinman-time-ns"]}`];
      seen.push({ offset: message.offset, value, time });
      if (seen.length === 5000) done.resolve();
      return Promise.resolve();
    },
  });
  await done.promise;
  await consumer.disconnect();
  assert.deepEqual(seen[4321], { offset: "4321", value: '{"i":4321}', time: `${START_NS + 4321n * 1_000_000n}` });
});

Deno.test("kafkajs gets past frames that are damaged, also the last ones", loose, async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/run`;
  record(path, 50_000);
  const log = await Deno.readFile(`${path}/gps.blog`);
  for (const at of [Math.floor(log.length / 2), log.length - 5]) log[at]! ^= 1;
  await Deno.writeFile(`${path}/gps.blog`, log);
  const whole = await wholeFrames(path);
  assert.ok(whole > 20_000 && whole < 50_000);
  await using broker = await startBrokerProcess(["--recording", path]);
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  let last = "";
  await consumeEach(kafka, { topic: "gps", count: whole }, (_, { offset }) => last = offset);
  assert.ok(Number(last) < 49_999);
  if (!await hasKcat()) return;
  const kcat = new Deno.Command("kcat", {
    args: ["-b", broker.bootstrap, "-C", "-t", "gps", "-o", "beginning", "-e", "-q", "-f", "%o\\n"],
  });
  const { stdout } = await kcat.output();
  const offsets = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.deepEqual([offsets.length, offsets.at(-1)], [whole, last]);
});

Deno.test(
  "recording → topics → recording has the same frames, times and codecs; again, it goes on",
  loose,
  async () => {
    await using folder = await temporaryFolder();
    const [from, out] = [`${folder.path}/run`, `${folder.path}/out`];
    record(from, 5000);
    await using broker = await startBrokerProcess();
    const url = `kafka://${broker.bootstrap}`;
    await run("replay", from, "--to", url, "--speed", "max");
    const recordAll = () => run("record", "--from", `${url}/gps,camera.left`, "--end", "--out", out);
    await recordAll();
    {
      using before = openRecording(files, from);
      using after = openRecording(files, out);
      assert.deepEqual(contentOf(after), contentOf(before));
      assert.deepEqual(after.channels.map(({ codec }) => codec), before.channels.map(({ codec }) => codec));
    }
    assert.match(await recordAll(), /nothing new/);
    await run("replay", from, "--to", url, "--speed", "max", "--to", "10%");
    await recordAll();
    using more = openRecording(files, out);
    assert.equal(more.channels.find(({ name }) => name === "gps")!.frames, 500);
  },
);

Deno.test(
  "frames that a topic does not take stop a replay behind all that came before, with the setting to raise",
  loose,
  async () => {
    await using folder = await temporaryFolder();
    const from = `${folder.path}/run`;
    const sizes = [10, 600_000, 600_000, 20, 3_000_000, 30, 18_000_000, 40];
    {
      using recording = createRecording(files, from, { clock: createWallClock() });
      const camera = recording.channel("camera", bytes());
      sizes.forEach((size, i) => camera.writeBytes(new Uint8Array(size).fill(i), recording.startedNs + BigInt(i)));
    }
    await using broker = await startBrokerProcess();
    await using queue = await openQueue(`kafka://${broker.bootstrap}`);
    const lengths = async (topic: string) => {
      const all: number[] = [];
      for await (const { records } of readTopic(queue, topic, { untilEnd: true })) {
        all.push(...records.map(({ value }) => value!.length));
      }
      return all;
    };
    await queue.createTopic("camera");
    const replay = (to: string) => tinman(["replay", from, "--to", to, "--speed", "max"], { cwd: folder.path });
    const failed = await replay(`kafka://${broker.bootstrap}`);
    assert.match(
      failed.stderr,
      /Cannot send a frame of \d+ ns to camera\/0: 3000000 bytes are more than the topic takes/,
    );
    assert.deepEqual(await lengths("camera"), sizes.slice(0, 4));
    const fix = /fix: tinman (broker configure camera --set max\.message\.bytes=\d+);/.exec(failed.stderr)![1]!;
    await run(...fix.split(" "), "-b", broker.bootstrap);
    // A topic that it makes takes all of it.
    await run("replay", from, "--to", `kafka://${broker.bootstrap}/new-`, "--speed", "max");
    assert.deepEqual(await lengths("new-camera"), sizes);
    assert.match((await replay(`kafka://${broker.bootstrap}`)).stderr, /18000000 bytes are more than the topic takes/);
    assert.deepEqual(await lengths("camera"), [...sizes.slice(0, 4), ...sizes.slice(0, 6)]);
  },
);

Deno.test(
  "keys, headers, null values and times that go back survive topic → recording → topic, and are served",
  loose,
  async () => {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/out`;
    await using broker = await startBrokerProcess(["--partitions", "2"]);
    const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: 100 }, (_, i) => ({
      partition: i % 2,
      key: i % 3 === 0 ? null : `k${i}`,
      value: i % 10 === 0 ? null : `v${i}`,
      timestamp: `${1_700_000_000_000 + (i % 7) * 1000}`,
      ...(i % 5 === 0 && { headers: { a: `${i}` } }),
    }));
    await producer.send({ topic: "t", messages });
    await producer.disconnect();
    const url = `kafka://${broker.bootstrap}`;
    await run("record", "--from", `${url}/t`, "--end", "--out", out);
    const expected = await consume(kafka, "t", 100);
    await run("replay", out, "--to", `${url}/copy-`, "--speed", "max");
    assert.deepEqual(await consume(kafka, "copy-t", 100), expected);
    await using served = await startBrokerProcess(["--recording", out]);
    const other = new Kafka({ brokers: [served.bootstrap], logLevel: logLevel.NOTHING });
    const all = [
      ...await consume(other, "t.0", 50),
      ...(await consume(other, "t.1", 50)).map((each) => `1${each.slice(1)}`),
    ];
    assert.deepEqual(all.sort(), expected);
  },
);

Deno.test(
  "serving a recording of a million frames takes little memory, and goes to any time at once",
  loose,
  async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/run`;
    {
      using recording = createRecording(files, path, { clock: createWallClock(), startedNs: START_NS });
      const imu = recording.channel("imu", bytes());
      const frame = new Uint8Array(100).fill(7);
      for (let i = 0; i < 1_000_000; i++) imu.writeBytes(frame, START_NS + BigInt(i) * 1_000_000n);
    }
    await using broker = await startBrokerProcess(["--recording", path]);
    // Not what is mapped of files, which the system takes back whenever it likes.
    const memory = async () =>
      Number(/RssAnon:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${broker.pid}/status`))![1]);
    const before = await memory();
    const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    for (const i of [999_999, 10, 500_000]) {
      const at = Math.floor(1_700_000_000_000 + i);
      assert.equal((await admin.fetchTopicOffsetsByTimestamp("imu", at))[0]!.offset, `${i}`);
    }
    await admin.disconnect();
    assert.equal(await countAll(kafka, "imu", 1_000_000), 1_000_000);
    const grown = (await memory() - before) / 1024;
    assert.ok(grown < 200, `the broker grew by ${grown} MiB`);
  },
);

function record(path: string, frames: number): void {
  using recording = createRecording(files, path, { clock: createWallClock(), startedNs: START_NS });
  const gps = recording.channel("gps", json<{ i: number }>());
  const camera = recording.channel("/camera/left", bytes(), { latched: true });
  for (let i = 0; i < frames; i++) {
    const timeNs = START_NS + BigInt(i) * 1_000_000n;
    gps.writeBytes(new TextEncoder().encode(JSON.stringify({ i })), timeNs);
    if (i % 50 === 0) camera.writeBytes(new Uint8Array(5000).fill(i), timeNs + 1n);
  }
}

function contentOf(recording: ReturnType<typeof openRecording>): string[] {
  return [...recording.frames()].map(({ channel, index, timeNs, data }) =>
    `${channel} ${index} ${timeNs} ${data.toHex()}`
  );
}

function hasKcat(): Promise<boolean> {
  return new Deno.Command("kcat", { args: ["-V"], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);
}

async function wholeFrames(path: string): Promise<number> {
  await tinman(["log", "recover", path, `${path}-whole`], { cwd: Deno.cwd() });
  using recording = openRecording(files, `${path}-whole`);
  return recording.channels.find(({ name }) => name === "gps")!.frames;
}

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tinman(args, { cwd: Deno.cwd() });
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout + stderr;
}

/** Records of a topic as text, sorted. */
async function consume(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  const seen: string[] = [];
  await consumeEach(kafka, { topic, count }, (partition, { key, value, timestamp, headers }) => {
    const own = Object.entries(headers ?? {}).filter(([name]) => !name.startsWith("tinman-"));
    seen.push(`${partition} ${key} ${value} ${timestamp} ${own.map(([name, value]) => `${name}=${value}`)}`);
  });
  return seen.sort();
}

async function countAll(kafka: Kafka, topic: string, count: number): Promise<number> {
  let seen = 0;
  await consumeEach(kafka, { topic, count }, () => seen++);
  return seen;
}

type Message = Parameters<
  NonNullable<Parameters<ReturnType<Kafka["consumer"]>["run"]>[0] & { eachMessage?: unknown }>["eachMessage"] & object
>[0]["message"];

async function consumeEach(
  kafka: Kafka,
  { topic, count }: { readonly topic: string; readonly count: number },
  see: (partition: number, message: Message) => void,
): Promise<void> {
  const consumer = kafka.consumer({ groupId: `all-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const done = Promise.withResolvers<void>();
  let seen = 0;
  await consumer.run({
    eachBatch: ({ batch }) => {
      for (const message of batch.messages) {
        see(batch.partition, message);
        if (++seen === count) done.resolve();
      }
      return Promise.resolve();
    },
  });
  await done.promise;
  await consumer.disconnect();
}

async function temporaryFolder() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
