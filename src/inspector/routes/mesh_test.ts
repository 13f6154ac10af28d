import assert from "node:assert/strict";
import type { MeshParts, MeshRecord } from "../../telemetry/mod.ts";
import { openFixture } from "../_fixture.ts";

const record = (i: number): MeshRecord => {
  const said = { by: i % 2 === 0 ? "Anna" : "Ben", device: "ab", seq: i, at: "2026-01-01T00:00:00.000Z" };
  const fields = { depth: { ...said, value: i, others: i === 7 ? 1 : 0 } };
  return { id: `W-${`${i}`.padStart(5, "0")}`, form: "well", fields, notes: [], attachments: [] };
};

/** A dataset of so many records, which counts what is written to it. */
function openMesh(count: number, options: Parameters<typeof openFixture>[0] = {}) {
  const fixture = openFixture(options);
  const all = Array.from({ length: count }, (_, i) => record(i));
  const written: unknown[] = [];
  const mesh: MeshParts = {
    look: () => Promise.reject(new Error("not asked for")),
    record: () => Promise.reject(new Error("not asked for")),
    records: ({ after = "", limit }) => {
      const behind = all.filter(({ id }) => id > after);
      const records = behind.slice(0, limit);
      return Promise.resolve({ records, ...(behind.length > limit && { next: records.at(-1)!.id }) });
    },
    restore: (...said) => Promise.resolve(written.push(said)),
    resolve: (...said) => Promise.resolve(written.push(said)),
  };
  Object.assign(fixture.source, { mesh });
  const get = async (path: string) =>
    await (await fixture.ask(`/api/sources/1/mesh/${path}`, { headers: fixture.bearer })).json();
  const post = async (path: string, body: unknown) => {
    const init = { method: "POST", headers: fixture.bearer, body: JSON.stringify(body) };
    return (await fixture.ask(`/api/sources/1/mesh/${path}`, init)).status;
  };
  return { ...fixture, get, post, written };
}

Deno.test("records come in pages, each behind the one before, to the last", async () => {
  const { get } = openMesh(250);
  let [after, seen, pages] = ["", 0, 0];
  for (;;) {
    const { records, next } = await get(`records?limit=100&after=${after}`);
    [seen, pages] = [seen + records.length, pages + 1];
    if (next === undefined) break;
    after = next;
  }
  assert.deepEqual([seen, pages], [250, 3]);
  assert.equal((await get("records?limit=250")).next, undefined);
});

Deno.test("a filter finds records by fields, names and who wrote, however far behind they are", async () => {
  const { get } = openMesh(3000);
  const found = async (filter: string) => (await get(`records?filter=${encodeURIComponent(filter)}`)).records.length;
  assert.equal(await found("depth=2999"), 1);
  assert.equal(await found("id=W-00007 isContested=true"), 1);
  assert.equal(await found("depth<10 by~ben"), 5);
  assert.equal(await found("depth>5000"), 0);
  const { records, next } = await get("records?filter=depth>=100&limit=50");
  assert.deepEqual([records[0].id, next], ["W-00100", "W-00149"]);
});

Deno.test("what is written is audited, what makes no sense is refused", async () => {
  const { post, written, audited } = openMesh(1);
  assert.equal(await post("restore", { record: "W-1", device: "ab12cd34ef", seq: 3 }), 200);
  assert.equal(await post("resolve", { record: "W-1", what: "depth", choice: 2 }), 200);
  assert.deepEqual(written, [["W-1", { device: "ab12cd34ef", seq: 3 }], ["W-1", { what: "depth", choice: 2 }]]);
  assert.deepEqual(audited, [
    '"W-1": what ab12cd34 wrote in event 3 was restored',
    '"W-1": "depth" was settled by choice 2',
  ]);
  for (const body of [null, {}, { record: 7 }, { record: "x" }, { record: "x", device: "a", seq: 1.5, choice: "1" }]) {
    assert.equal(await post("restore", body), 400, JSON.stringify(body));
    assert.equal(await post("resolve", body), 400, JSON.stringify(body));
  }
  assert.equal(written.length, 2);
});

Deno.test("nothing is written with --read-only", async () => {
  const { post, written } = openMesh(1, { isReadOnly: true });
  assert.equal(await post("restore", { record: "W-1", device: "ab", seq: 3 }), 403);
  assert.equal(await post("resolve", { record: "W-1", what: "depth", choice: 2 }), 403);
  assert.deepEqual(written, []);
});
