import assert from "node:assert/strict";
import { BASE_NS, inspect, record, type Write } from "../timeline/_fixture_test.ts";

const at = (ms: number) => `${BASE_NS + BigInt(ms) * 1_000_000n}`;
const writes = Array.from({ length: 1000 }, (_, i): Write => [i, i % 10 === 0 ? "slow" : "fast", { i }]);

Deno.test("GET /timeline gives a count for each column of each channel, of all or of a part", async () => {
  using recorded = record(writes);
  const { live } = inspect(recorded);
  const read = async (query: string) => {
    const { json, bytes } = await live(`1/timeline${query}`);
    return { json, counts: [...new Float32Array(bytes.slice().buffer)] };
  };
  const { json, counts } = await read("?columns=10");
  const names = (json.channels as { name: string; count: number }[]).map(({ name, count }) => [name, count]);
  assert.deepEqual([json.baseNs, json.lengthNs, names], [at(0), 999e6, [["fast", 900], ["slow", 100]]]);
  assert.deepEqual([counts.length, Math.round(counts.reduce((a, b) => a + b))], [20, 1000]);
  const part = await read(`?columns=10&from=${at(101)}&to=${at(201)}`);
  assert.ok(part.counts.slice(0, 10).every((each) => each > 7 && each < 11), `${part.counts}`);
  assert.deepEqual(part.counts.slice(10), Array(10).fill(1));
});

Deno.test("GET /timeline of a recording without frames is of the time when it began", async () => {
  using recorded = record([]);
  const { json } = await inspect(recorded).live("1/timeline");
  assert.deepEqual([json.baseNs, json.lengthNs], [at(0), 0]);
});

Deno.test("GET /timeline/at gives the last frame of each channel, and the whole of one", async () => {
  using recorded = record(writes);
  const { json } = inspect(recorded);
  const { rows } = await json(`1/timeline/at?timeNs=${at(504)}`);
  assert.deepEqual(
    rows.map(({ channel, index, value }: Record<string, unknown>) => [channel, index, value]),
    [["fast", 453, { i: 504 }], ["slow", 50, { i: 500 }]],
  );
  const { rows: [first] } = await json(`1/timeline/at?timeNs=${at(0)}&channel=fast`);
  assert.deepEqual([first.channel, first.index], ["fast", undefined], "nothing was there before the first");
});

Deno.test("GET /timeline/at steps from frame to frame over all channels", async () => {
  using recorded = record(writes);
  const { json } = inspect(recorded);
  const step = async (ms: number, by: string) => (await json(`1/timeline/at?timeNs=${at(ms)}&step=${by}`)).timeNs;
  assert.deepEqual([await step(509, "1"), await step(510, "1"), await step(510, "-1")], [at(510), at(511), at(509)]);
  assert.deepEqual([await step(0, "-1"), await step(999, "1")], [at(0), at(999)], "there is none behind the ends");
});

Deno.test("a timeline refuses what it cannot show, and a run has none", async () => {
  using recorded = record(writes);
  const { get } = inspect(recorded);
  for (
    const [query, status] of [
      ["timeline?columns=5000", 400],
      ["timeline?columns=x", 400],
      [`timeline?from=${at(9)}&to=${at(9)}`, 400],
      ["timeline/at?timeNs=-1", 400],
      ["timeline/at", 400],
    ] as const
  ) {
    const response = await get(`1/${query}`);
    assert.equal(response.status, status, query);
    await response.body?.cancel();
  }
  assert.equal((await get("7/timeline")).status, 404);
});

Deno.test("a recording without a frame has a timeline, too", async () => {
  using recorded = record([]);
  const { json } = await inspect(recorded).live("1/timeline");
  assert.deepEqual(json.channels, []);
});
