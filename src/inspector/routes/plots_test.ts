import assert from "node:assert/strict";
import { BASE_NS, inspect, record, type Write } from "../timeline/_fixture_test.ts";

const at = (ms: number) => `${BASE_NS + BigInt(ms) * 1_000_000n}`;
const writes = Array.from({ length: 2000 }, (_, i): Write => [i, "gps", { lat: i, lon: -i, name: "x" }]);

async function points(recorded: ReturnType<typeof record>, query: string) {
  const { json, bytes } = await inspect(recorded).live(`1/plot?${query}`);
  return { json, points: [...new Float64Array(bytes.slice().buffer)] };
}

Deno.test("GET /plot gives all points of a short part, and the extremes of a long one", async () => {
  using recorded = record(writes);
  const short = await points(recorded, `channel=gps&path=lat&columns=10&from=${at(5)}&to=${at(7)}`);
  assert.deepEqual(short.points, [4e6, 4, 5e6, 5, 6e6, 6, 7e6, 7]);
  const all = await points(recorded, "channel=gps&path=lat&columns=100");
  assert.equal(all.points.length / 2, 200);
  assert.deepEqual([all.points[1], all.points.at(-1)], [0, 1999]);
  assert.deepEqual([all.json.done, all.json.problems], [1, 0]);
});

Deno.test("GET /plot counts frames that have no number there, and gives tracks of two", async () => {
  using recorded = record([...writes.slice(0, 3), [5, "gps", "odd"], [6, "gps", { lat: 1 }]]);
  const { json, points: track } = await points(recorded, "channel=gps&path=lat&path2=lon");
  assert.deepEqual([json.problems, track], [2, [0, 0, -0, 1e6, 1, -1, 2e6, 2, -2].map((each) => each + 0)]);
});

Deno.test("GET /plot takes no number for a place that is on no globe", async () => {
  using recorded = record([[0, "gps", { lat: 50, lon: 8 }], [1, "gps", { lat: 1e9, lon: 8 }], [2, "gps", {
    lat: 0,
    lon: 999,
  }]]);
  const { json, points: track } = await points(recorded, "channel=gps&path=lat&path2=lon");
  assert.deepEqual([json.problems, track], [2, [0, 50, 8]]);
});

Deno.test("GET /plot lays the samples of a frame side by side, up to the next frame or at their rate", async () => {
  const samples = Array.from({ length: 4 }, (_, i) => i);
  using recorded = record([[0, "a", { s: samples }], [8, "a", { s: samples }]]);
  const { points: found } = await points(recorded, "channel=a&path=s[*]");
  assert.deepEqual(
    found.filter((_, i) => i % 2 === 0),
    [0, 2e6, 4e6, 6e6, 8e6, 10e6, 12e6, 14e6].slice(0, found.length / 2),
  );
});

Deno.test("GET /plot.csv gives a row for each frame, and a title that is no formula", async () => {
  using recorded = record([[0, "=a", { x: 1 }], [1, "b", { y: 2 }], [2, "=a", { x: 3 }], [3, "b", "odd"]]);
  const series = [["=a", "x"], ["b", "y"]].map((each) => `series=${encodeURIComponent(JSON.stringify(each))}`);
  const response = await inspect(recorded).get(`1/plot.csv?${series.join("&")}`);
  assert.match(response.headers.get("content-disposition")!, /attachment/);
  const lines = (await response.text()).trim().split("\n");
  assert.deepEqual(lines, [
    `time_ns,time,"'=a x","b y"`,
    `${at(0)},2023-11-14T22:13:20.000000000Z,1,`,
    `${at(1)},2023-11-14T22:13:20.001000000Z,,2`,
    `${at(2)},2023-11-14T22:13:20.002000000Z,3,`,
  ]);
});

Deno.test("GET /spectrum is of the frame under the cursor", async () => {
  const frame = (hz: number) => Array.from({ length: 64 }, (_, i) => Math.sin(i * hz));
  using recorded = record([[0, "a", { s: frame(1) }], [10, "a", { s: frame(2) }]]);
  const { json, bytes } = await inspect(recorded).live(`1/spectrum?channel=a&path=s[*]&timeNs=${at(5)}`);
  assert.deepEqual([json.index, json.top, json.samples, bytes.length], [0, 0.5, 64, 33 * 8]);
});

Deno.test("plots refuse what is not there", async () => {
  using recorded = record(writes.slice(0, 10));
  const { get } = inspect(recorded);
  for (
    const [path, status] of [
      ["plot?channel=no&path=lat", 404],
      ["plot?channel=gps&path=[", 400],
      [`spectrum?channel=gps&path=lat&timeNs=${at(5)}`, 400],
      ["plot.csv?series=x", 400],
      ["plot.csv?series=[1,2]", 400],
    ] as const
  ) assert.equal((await get(`1/${path}`)).status, status, path);
});
