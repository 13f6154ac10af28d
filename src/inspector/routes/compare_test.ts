import assert from "node:assert/strict";
import { openFixture } from "../_fixture.ts";
import { inspect, record, type Write } from "../timeline/_fixture_test.ts";

const writes = Array.from({ length: 100 }, (_, i): Write => [i, "a", i]);

Deno.test("GET /compare tells where two recordings differ", async () => {
  using one = record(writes);
  using other = record([...writes.map(([ms, name, value]): Write => [ms, name, value === 40 ? "x" : value]), [
    200,
    "b",
    1,
  ]]);
  const { json, get } = inspect(one, other);
  const { done, channels, onlyA, onlyB } = await json("1/compare?with=2");
  assert.deepEqual([done, onlyA, onlyB], [1, [], ["b"]]);
  const [{ equal, changed, differences: [first, ...more] }] = channels;
  assert.deepEqual([equal, changed, first.kind, first.a, first.b, more], [99, 1, "changed", 40, 40, []]);
  assert.equal((await get("1/compare?with=3")).status, 404);
});

Deno.test("GET /verdict shows the values of a divergence as trees, whatever is in them", async () => {
  const fixture = openFixture();
  const path = "/api/sources/1/verdict";
  assert.equal((await fixture.ask(path, { headers: fixture.bearer })).status, 404);
  Object.assign(fixture.source, {
    verdict: () => ({
      channels: [{ name: "a", equal: 3, recorded: 5 }],
      divergences: [{ channel: "a", frame: 3, timeNs: 7n, kind: "changed", recorded: 1n, replayed: new Uint8Array(2) }],
    }),
  });
  const said = await (await fixture.ask(path, { headers: fixture.bearer })).json();
  assert.deepEqual(said.divergences, [{
    ...{ channel: "a", frame: 3, timeNs: "7", kind: "changed" },
    recorded: { $: "bigint", text: "1" },
    replayed: { $: "bytes", length: 2, hex: "0000" },
  }]);
});
