import assert from "node:assert/strict";
import { TinmanError } from "../../errors/mod.ts";
import type { BrokerMessage, BrokerParts, BrokerRecord } from "../../telemetry/mod.ts";
import { openFixture } from "../_fixture.ts";

const utf8 = new TextEncoder();

/** A broker of one topic with one partition, in a list. */
function openBroker(options: Parameters<typeof openFixture>[0] = {}) {
  const fixture = openFixture(options);
  const records: BrokerRecord[] = [];
  const broker: BrokerParts = {
    look: () =>
      Promise.resolve({
        topics: [{ name: "t", partitions: [{ id: 0, earliest: 0, latest: records.length, bytes: 7 }] }],
        ...{ groups: [], more: { topics: 0, groups: 0 } },
      }),
    settings: () => Promise.resolve([{ name: "retention.ms", value: "1", isDefault: false }]),
    offsets: () => Promise.resolve({ earliest: 0, latest: records.length }),
    records: (_, { from, limit }) => Promise.resolve(records.slice(from, from + limit)),
    produce: (_, { partition = 0, ...message }: BrokerMessage) => {
      if (partition !== 0) {
        return Promise.reject(new TinmanError("NOT_FOUND", "no such partition", { kind: "partition", id: "1" }));
      }
      records.push({ ...message, offset: records.length, timestampMs: 5 });
      return Promise.resolve({ partition, offset: records.length - 1 });
    },
  };
  Object.assign(fixture.source, { broker });
  const get = async (path: string) => {
    const response = await fixture.ask(`/api/sources/1/${path}`, { headers: fixture.bearer });
    return { status: response.status, body: await response.json() };
  };
  const produce = async (body: unknown) => {
    const init = { method: "POST", headers: fixture.bearer, body: JSON.stringify(body) };
    const response = await fixture.ask("/api/sources/1/broker/produce", init);
    return { status: response.status, body: await response.json() };
  };
  return { ...fixture, records, get, produce };
}

Deno.test("a record that is produced is listed, and read with all of it and as bytes", async () => {
  const { produce, get, ask, bearer, audited } = openBroker();
  const said = await produce({ topic: "t", key: "k", value: '{"a":[1]}', headers: [{ name: "h", value: "x" }] });
  assert.deepEqual(said.body, { partition: 0, offset: 0 });
  assert.deepEqual(audited, ["a record was produced to t, partition 0, offset 0"]);
  const { rows, next } = (await get("broker/records?topic=t")).body;
  assert.deepEqual([rows[0].value, rows[0].size, next], [{ a: [1] }, 10, "0:1"]);
  assert.deepEqual((await get("broker/records?topic=t&next=0:1")).body.rows, []);
  assert.deepEqual((await get("broker/record?topic=t&partition=0&offset=0")).body.value, { a: [1] });
  const bytes = await ask("/api/sources/1/broker/record?topic=t&offset=0&as=bytes", { headers: bearer });
  assert.deepEqual(new Uint8Array(await bytes.arrayBuffer()), utf8.encode('{"a":[1]}'));
});

Deno.test("a null value is a record that removes its key", async () => {
  const { produce, records } = openBroker();
  await produce({ topic: "t", key: "k", value: null });
  assert.deepEqual([records[0]!.value, records[0]!.headers], [null, []]);
});

Deno.test("a topic is not made by who looks for it, nor by who produces here", async () => {
  const { produce, get } = openBroker();
  for (const path of ["records?topic=x", "settings?topic=x", "record?topic=x&offset=0", "records", "settings?topic="]) {
    assert.equal((await get(`broker/${path}`)).status, 404, path);
  }
  assert.equal((await produce({ topic: "x", value: "1" })).status, 404);
});

Deno.test("what makes no sense is refused", async () => {
  const { produce, get, records } = openBroker();
  for (const query of ["next=x", "next=0:1,", "before=0", "partition=-1", "limit=501", "limit=x", "next=0:1e3"]) {
    assert.equal((await get(`broker/records?topic=t&${query}`)).status, 400, query);
  }
  assert.equal((await get("broker/record?topic=t&offset=7")).status, 404);
  const odd = [null, 7, { topic: "t", value: 7 }, { topic: "t", headers: [{}] }, { topic: "t", partition: -1 }, {
    topic: "t",
    headers: "x",
  }];
  for (const body of odd) assert.equal((await produce(body)).status, 400, JSON.stringify(body));
  assert.equal((await produce({ topic: "t", value: "x", partition: 3 })).status, 404);
  assert.equal(records.length, 0);
});

Deno.test("nothing is produced with --read-only", async () => {
  const { produce, records } = openBroker({ isReadOnly: true });
  assert.equal((await produce({ topic: "t", value: "x" })).status, 403);
  assert.equal(records.length, 0);
});

Deno.test("what is no broker has no topics", async () => {
  const { ask, bearer } = openFixture();
  assert.equal((await ask("/api/sources/1/broker", { headers: bearer })).status, 404);
});
