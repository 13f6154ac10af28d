import assert from "node:assert/strict";
import type { BrokerParts, BrokerRecord } from "../telemetry/mod.ts";
import { FakeSource } from "./_fixture.ts";
import { type ListOptions, listRecords } from "./broker_records.ts";
import { parseFilter } from "./filter.ts";

const utf8 = new TextEncoder();

/** Partitions by number: their records, one a millisecond in turn, from `earliest` on. */
function brokerOf(...partitions: readonly { earliest: number; latest: number }[]): BrokerParts {
  const record = (partition: number, offset: number): BrokerRecord => ({
    ...{ offset, timestampMs: offset * 10 + partition, key: null, headers: [] },
    value: utf8.encode(JSON.stringify({ n: offset })),
  });
  return {
    look: () => Promise.reject(new Error("not asked for")),
    settings: () => Promise.reject(new Error("not asked for")),
    produce: () => Promise.reject(new Error("not asked for")),
    offsets: (_, partition) =>
      partitions[partition] === undefined
        ? Promise.reject(new Error("it is away"))
        : Promise.resolve(partitions[partition]),
    records: (_, { partition, from, limit }) => {
      const { latest } = partitions[partition]!;
      return Promise.resolve(
        Array.from({ length: Math.min(limit, latest - from) }, (_, i) => record(partition, from + i)),
      );
    },
  };
}

function list(broker: BrokerParts, options: Partial<ListOptions> = {}) {
  const all = { topic: "t", partitions: [0, 1], limit: 4, match: undefined, ...options };
  return listRecords({ observed: new FakeSource(), broker }, all);
}

const places = (text: string) =>
  new Map(text.split(",").map((part) => part.split(":").map(Number) as [number, number]));
const shown = ({ rows }: Awaited<ReturnType<typeof list>>) => rows.map((row) => `${row.partition}:${row.offset}`);

Deno.test("listRecords() tells the newest of all partitions in the order of their times, and where older ones are", async () => {
  const broker = brokerOf({ earliest: 0, latest: 10 }, { earliest: 7, latest: 9 });
  const newest = await list(broker);
  assert.deepEqual(shown(newest), ["0:8", "1:8", "0:9"].toSpliced(0, 0, "1:7"));
  assert.equal(newest.next, "0:10,1:9");
  const older = await list(broker, { before: places(newest.before!) });
  assert.deepEqual(shown(older), ["0:4", "0:5", "0:6", "0:7"]);
  const oldest = await list(broker, { before: places(older.before!) });
  assert.deepEqual([shown(oldest), oldest.before], [["0:0", "0:1", "0:2", "0:3"], undefined]);
});

Deno.test("listRecords() goes on where it stopped, and counts what is too much", async () => {
  const broker = brokerOf({ earliest: 0, latest: 10 });
  const few = await list(broker, { partitions: [0], next: new Map([[0, 8]]) });
  assert.deepEqual([shown(few), few.skipped], [["0:8", "0:9"], 0]);
  const many = await list(broker, { partitions: [0], next: new Map([[0, 1]]) });
  assert.deepEqual([shown(many), many.skipped], [["0:6", "0:7", "0:8", "0:9"], 5]);
  const none = await list(broker, { partitions: [0], next: new Map([[0, 10]]) });
  assert.deepEqual([shown(none), none.next, none.skipped], [[], "0:10", 0]);
});

Deno.test("listRecords() does not count what retention took away as skipped", async () => {
  const broker = brokerOf({ earliest: 8, latest: 10 });
  const { rows, skipped } = await list(broker, { partitions: [0], next: new Map([[0, 2]]) });
  assert.deepEqual([rows.length, skipped], [2, 0]);
});

Deno.test("listRecords() looks for those that match further back than it shows", async () => {
  const broker = brokerOf({ earliest: 0, latest: 3000 });
  const found = await list(broker, { partitions: [0], match: parseFilter("n=1001") });
  assert.deepEqual([shown(found), found.before], [["0:1001"], "0:1000"]);
});

Deno.test("listRecords() shows the other partitions when one does not answer", async () => {
  const { rows, problems } = await list(brokerOf({ earliest: 0, latest: 2 }));
  assert.deepEqual([rows.length, problems], [2, ["partition 1: it is away"]]);
});

Deno.test("listRecords() tells a record whose value cannot be decoded with the reason", async () => {
  const broker: BrokerParts = {
    ...brokerOf({ earliest: 0, latest: 1 }),
    records: () =>
      Promise.resolve([
        { offset: 0, timestampMs: 0, key: null, value: utf8.encode("{"), headers: [{ name: "a", value: null }] },
        { offset: 1, timestampMs: 1, key: utf8.encode('"k"'), value: null, headers: [] },
      ]),
    offsets: () => Promise.resolve({ earliest: 0, latest: 2 }),
  };
  const { rows } = await list(broker, { partitions: [0] });
  assert.match(rows[0]!.problem!, /JSON/);
  assert.deepEqual(rows[0]!.headers, [{ name: "a" }]);
  assert.deepEqual(rows[1], { partition: 0, offset: 1, timestampMs: 1, size: 3, key: "k", headers: [] });
});
