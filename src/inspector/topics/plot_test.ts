import assert from "node:assert/strict";
import { FakePage, openFixture } from "../_fixture.ts";

/** A page that listens to a topic, and what it has got by now. */
async function listen(topic: string, params: Readonly<Record<string, unknown>>) {
  const fixture = openFixture();
  let timeNs = 1000n;
  Object.assign(fixture.source, { now: () => timeNs });
  const page = await FakePage.open(fixture) as FakePage;
  page.send(1, { op: "open", topic, source: "1", channel: "gps", credit: 16, ...params });
  return {
    ...fixture,
    page,
    async publish(ms: number, value: unknown) {
      timeNs = 1000n + BigInt(ms) * 1_000_000n;
      fixture.source.publish(value);
      await fixture.clock.runTo(fixture.clock.now() + 100_000_000n);
    },
  };
}

Deno.test("the topic plot gives every value that came, as points", async () => {
  const { page, publish, source } = await listen("plot", { path: "x", spanS: 10, columns: 1000 });
  for (const [ms, x] of [[0, 1], [100, 2], [200, "odd"], [300, 4]] as const) await publish(ms, { x });
  await publish(400, {});
  const points = page.got.flatMap(({ bytes }) => [...new Float64Array(bytes.slice().buffer)]);
  assert.deepEqual(points, [0, 1, 100e6, 2, 300e6, 4]);
  assert.deepEqual([page.got.at(-1)!.json.problems, page.got.at(-1)!.json.seen], [2, 5]);
  page.leave();
  assert.equal(source.tails.size, 0, "nobody listens any more");
});

Deno.test("the topic plot writes down no value of a fast channel, and sends two points a column at most", async () => {
  const { page, publish, source } = await listen("plot", { path: "x", spanS: 1, columns: 10 });
  const before = source.count;
  for (let i = 0; i < 1000; i++) source.publish({ x: i });
  await publish(500, { x: 0 });
  await publish(1000, { x: 0 });
  assert.equal(source.count - before, 1002);
  const points = page.got.reduce((sum, { bytes }) => sum + bytes.length / 16, 0);
  assert.ok(points <= 6, `${points}`);
  page.leave();
});

Deno.test("the topic spectrum is of the newest frame", async () => {
  const { page, publish } = await listen("spectrum", { path: "s[*]" });
  await publish(0, { s: Array.from({ length: 32 }, (_, i) => Math.sin(i)) });
  assert.deepEqual([page.got.at(-1)!.json.samples, page.got.at(-1)!.bytes.length], [32, 17 * 8]);
  page.leave();
});

Deno.test("the topic spectrum says why a frame has none, and goes on with the next that has one", async () => {
  const { page, publish } = await listen("spectrum", { path: "s[*]" });
  const samples = Array.from({ length: 32 }, (_, i) => Math.sin(i));
  for (const [ms, s] of [[0, [1]], [100, samples], [200, samples.with(3, NaN)]] as const) await publish(ms, { s });
  const said = page.got.map(({ json, bytes }) => json.problem ?? bytes.length);
  assert.deepEqual(said, [
    "Cannot make a spectrum: there are no samples at this path",
    17 * 8,
    "Cannot make a spectrum: there are no samples at this path",
  ]);
  page.leave();
});

Deno.test("a path that is none ends the subscription alone", async () => {
  const { page } = await listen("plot", { path: "[" });
  assert.equal((page.got[0]!.json.error as { code: string }).code, "USAGE");
  page.leave();
});
