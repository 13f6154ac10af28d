import assert from "node:assert/strict";
import { channel, kafkaSink, kafkaSource, node, openBroker, openQueue, replay, run } from "tinman";
import { openRecording } from "tinman/log";
import { createDenoFiles } from "../../src/platform/mod.ts";

const celsius = channel<number>("celsius");
const fahrenheit = channel<number>("fahrenheit");

Deno.test("a graph reads a topic and writes another: all partitions, in order, once for a group", async () => {
  await using broker = await openBroker({ port: 0, defaultPartitions: 2 });
  await using queue = await openQueue(broker.url);
  const records = Array.from({ length: 500 }, (_, i) => ({ value: new TextEncoder().encode(`${i}`) }));
  await queue.createTopic("celsius", { partitions: 2 });
  for (const partition of [0, 1]) await queue.produceBatch("celsius", records, { partition });
  await queue.produce("celsius", { value: null });
  const convert = node({ in: { celsius }, out: { fahrenheit } }, {
    celsius: (value, { fahrenheit }) => fahrenheit.publish(value * 2),
  });
  const graph = () => [
    kafkaSource(celsius, { queue: broker.url, group: "g", untilEnd: true }),
    convert,
    kafkaSink(fahrenheit, { queue: broker.url, key: (value) => `${value}` }),
  ];
  await run(graph());
  const read = async (partition: number) => {
    const { latest } = await queue.offsets("fahrenheit", { partition });
    const found = latest === 0 ? [] : await queue.fetch("fahrenheit", { partition, maxRecords: 10_000 });
    return found.map((
      { key, value },
    ) => [`${new TextDecoder().decode(key!)}`, Number(new TextDecoder().decode(value!))]);
  };
  const all = [...await read(0), ...await read(1)];
  const expected = records.flatMap((_, i) => [2 * i, 2 * i]);
  assert.deepEqual(all.map(([, value]) => value as number).sort((a, b) => a - b), expected);
  assert.ok(all.every(([key, value]) => key === `${value}`));
  await run(graph());
  assert.equal((await read(0)).length + (await read(1)).length, 1000);
});

Deno.test("a replay takes what a source published from the recording, and a sink sends nothing in it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const queue = await openQueue("memory://nodes");
    for (const i of [1, 2, 3]) await queue.produce("celsius", { value: new TextEncoder().encode(`${i}`) });
    const seen: number[] = [];
    const see = node({ in: { celsius } }, { celsius: (value) => void seen.push(value) });
    const report = await run([kafkaSource(celsius, { queue, untilEnd: true }), see], { record: folder });
    await replay([see, kafkaSink(celsius, { queue, topic: "copy" })], report.recording!);
    assert.deepEqual(seen, [1, 2, 3, 1, 2, 3]);
    assert.deepEqual((await queue.topics()).map(({ name }) => name), ["celsius"]);
    await queue.close();
    using recording = openRecording(createDenoFiles(), report.recording!);
    assert.equal(recording.channels.find(({ name }) => name === "celsius")!.frames, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a source says which record it cannot decode, and which topic is not there", async () => {
  const queue = await openQueue("memory://bad");
  await queue.produce("celsius", { value: new TextEncoder().encode("{") });
  const see = node({ in: { celsius } }, { celsius: () => {} });
  await assert.rejects(
    run([kafkaSource(celsius, { queue, untilEnd: true }), see]),
    /Cannot read the record at offset 0 of topic celsius: it is no json/,
  );
  await assert.rejects(
    run([kafkaSource(celsius, { queue, topic: "no", untilEnd: true }), see]),
    /Cannot read topic no: it is not there/,
  );
  await queue.close();
});
