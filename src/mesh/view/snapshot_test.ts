import assert from "node:assert/strict";
import fc from "fast-check";
import { testKey, TestWriter } from "../_writer.ts";
import type { EventRef } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import { runsOf } from "../runs_of.ts";
import { createPeer, runsOfHistory, shownBy, steps, TestPeer } from "./_histories.ts";
import { createSnapshot, type Snapshot, type SnapshotOptions } from "./snapshot.ts";
import { openSnapshot, signSnapshot } from "./snapshot_bytes.ts";

const mayErase = (device: string) => device === testKey("a").device;
const key = testKey("a");

/** A peer that has nothing but a snapshot of `feeds`, as it comes over the air. */
function join(options: SnapshotOptions) {
  const { snapshot } = openSnapshot(signSnapshot(createSnapshot(options), key));
  return createPeer({ mayErase, snapshot });
}

Deno.test("V8 who begins with a snapshot has the bytes of who has all", () => {
  let compared = 0;
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat(3)), (history, chance) => {
      const runs = runsOfHistory(history, { seesErased: true });
      const [all, some] = [createPeer({ mayErase }), createPeer({ mayErase })];
      for (let i = 0; i < 3; i++) for (const run of runs) all.feeds.ingest(run);
      for (const run of runs) if (chance.next().value > 0) some.feeds.ingest(run);
      const joined = join({ feeds: some.feeds, mayErase });
      assert.equal(joined.view.size >= 0, true);
      for (let i = 0; i < runs.length; i++) for (const run of runs) joined.feeds.ingest(run);
      // What forked before the snapshot, and was not known to, can only be fetched whole.
      const isHidden = [...joined.feeds.all()].some(({ device }) =>
        joined.feeds.of(device).length !== all.feeds.of(device).length
      );
      if (isHidden) return;
      compared++;
      assert.equal(joined.view.canonical().toHex(), all.view.canonical().toHex());
      assert.deepEqual(joined.view.digest, all.view.digest);
      assert.deepEqual(shownBy(joined.view), shownBy(all.view));
    }),
    { numRuns: 60 },
  );
  assert.ok(compared > 30, `only ${compared} histories were compared`);
});

Deno.test("V8 a snapshot of a peer that began with one is the snapshot of who has all", () => {
  fc.assert(
    fc.property(steps, fc.nat(30), (history, at) => {
      const runs = runsOfHistory(history.filter(({ does }) => does !== "copy"), { seesErased: true });
      const [all, some] = [createPeer({ mayErase }), createPeer({ mayErase })];
      for (const run of runs) all.feeds.ingest(run);
      for (const run of runs.slice(0, at)) some.feeds.ingest(run);
      const base = createSnapshot({ feeds: some.feeds, mayErase });
      const { feeds } = createPeer({ mayErase, snapshot: base });
      for (const run of runs.slice(at)) feeds.ingest(run);
      const [ours, theirs] = [
        createSnapshot({ feeds, mayErase, base }),
        createSnapshot({ feeds: all.feeds, mayErase }),
      ];
      assert.equal(signSnapshot(ours, key).toHex(), signSnapshot(theirs, key).toHex());
    }),
    { numRuns: 60 },
  );
});

Deno.test("V8 what a head had replaced and was erased later is in no snapshot, whoever makes it", () => {
  const a = new TestPeer("a");
  const create = { kind: "record.create", record: "R-1", form: "f" } as const;
  const [, second] = a.write(create, create, create) as [EventRef, EventRef];
  const base = createSnapshot({ feeds: a.feeds });
  const { feeds } = createPeer({ snapshot: base, mayErase });
  a.write({ kind: "event.erase", event: second });
  for (const feed of a.feeds.all()) for (const run of runsOf(feed, { from: 4 })) feeds.ingest(run);
  const [ours, theirs] = [createSnapshot({ feeds, base, mayErase }), createSnapshot({ feeds: a.feeds, mayErase })];
  assert.equal(signSnapshot(ours, key).toHex(), signSnapshot(theirs, key).toHex());
});

Deno.test("V8 what a replaced write had named comes in vain, also when what replaced that is erased", () => {
  const [a, c] = [new TestPeer("a"), new TestPeer("c")];
  c.write({ kind: "field.set", record: "R-1", field: "depth", value: "early" });
  a.take(...c.runs);
  const [all, some] = [createPeer({ mayErase }), createPeer({ mayErase })];
  const set = (value: string) => a.write({ kind: "field.set", record: "R-1", field: "depth", value })[0]!;
  set("better");
  const secret = set("secret");
  for (const run of a.runs) for (const { feeds } of [all, some]) feeds.ingest(run);
  const joined = join({ feeds: some.feeds });
  a.write({ kind: "event.erase", event: secret });
  for (const run of a.runs) for (const { feeds } of [all, joined]) feeds.ingest(run);
  const bytes = (feeds: Feeds, base?: Snapshot) =>
    signSnapshot(createSnapshot({ feeds, mayErase, ...(base && { base }) }), key).toHex();
  assert.equal(bytes(joined.feeds, joined.view.snapshot), bytes(all.feeds));
  for (const { feeds } of [all, joined]) feeds.ingest(c.runs[0]!);
  assert.equal(all.view.record("R-1"), undefined);
  assert.deepEqual(shownBy(joined.view), shownBy(all.view));
});

Deno.test("V8 what is in a snapshot stands again when its erasure does not count after all", () => {
  const a = new TestPeer("a");
  const [secret] = a.write({ kind: "field.set", record: "R-1", field: "phone", value: "secret" }) as [EventRef];
  const { snapshot } = openSnapshot(signSnapshot(createSnapshot({ feeds: a.feeds }), key));
  let cutoff = Infinity;
  const { feeds, view } = createPeer({ snapshot, counts: (_, seq) => seq <= cutoff });
  const before = shownBy(view);
  a.write({ kind: "event.erase", event: secret });
  feeds.ingest(a.runs.at(-1)!);
  assert.equal(view.record("R-1"), undefined);
  cutoff = 1;
  view.recount(a.writer.key.device);
  assert.deepEqual(shownBy(view), before);
  cutoff = Infinity;
  view.recount(a.writer.key.device);
  assert.equal(view.record("R-1"), undefined);
});

Deno.test("V8 a note that was deleted twice, the last time erased, is shown alike with and without a snapshot", () => {
  const a = new TestPeer("a");
  const [note] = a.write({ kind: "note.add", record: "R-1", text: "n" }) as [EventRef];
  const remove = { kind: "note.delete", record: "R-1", note } as const;
  const [, last] = a.write(remove, remove) as [EventRef, EventRef];
  const joined = join({ feeds: a.feeds });
  a.write({ kind: "event.erase", event: last });
  joined.feeds.ingest(a.runs.at(-1)!);
  assert.deepEqual(shownBy(joined.view), shownBy(a.view));
});

Deno.test("V8 what is erased by who began with a snapshot brings nothing old back for who has all", () => {
  const a = new TestPeer("a");
  a.write({ kind: "field.set", record: "R-1", field: "phone", value: "old" });
  const [secret] = a.write({ kind: "field.set", record: "R-1", field: "phone", value: "secret" }) as [EventRef];
  const { feeds, view } = join({ feeds: a.feeds });
  const change = { kind: "event.erase", event: secret } as const;
  const { kind, ...payload } = change;
  const run = a.writer.run({ kind, payload: { ...payload, supersedes: view.superseded(change) } });
  feeds.ingest(run);
  a.take(run);
  assert.deepEqual(view.canonical(), a.view.canonical());
  assert.equal(view.record("R-1"), undefined);
});

Deno.test("V8 a snapshot that was changed, cut short or is anything else is refused", () => {
  const a = new TestPeer("a");
  a.write({ kind: "record.create", record: "R-1", form: "f" });
  const bytes = signSnapshot(createSnapshot({ feeds: a.feeds }), key);
  assert.equal(openSnapshot(bytes).device, key.device);
  for (let at = 0; at < bytes.length; at++) {
    assert.throws(() => openSnapshot(bytes.subarray(0, at)), { code: "PROTOCOL" });
    const changed = bytes.slice();
    changed[at]! ^= 1;
    assert.throws(() => openSnapshot(changed), /snapshot/);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
    assert.throws(() => openSnapshot(noise), { code: "PROTOCOL" });
  }));
});

Deno.test("V8 a snapshot does not hold any more when a device was removed at an event that is in it", () => {
  const a = new TestPeer("a");
  for (let i = 0; i < 4; i++) a.write({ kind: "field.set", record: "R-1", field: "n", value: i });
  let cutoff = Infinity;
  const counts = (_: unknown, seq: number) => seq <= cutoff;
  const { view } = createPeer({ counts, snapshot: createSnapshot({ feeds: a.feeds, counts }) });
  assert.equal(view.isOutdated, false);
  cutoff = 4;
  assert.equal(view.isOutdated, false);
  cutoff = 3;
  assert.equal(view.isOutdated, true);
});

Deno.test("V8 without the key of what is sealed there is no snapshot", () => {
  const { feeds } = createPeer();
  feeds.ingest(new TestWriter("a").run({ kind: "sealed", payload: { key: "0".repeat(16), data: "00".repeat(40) } }));
  assert.throws(() => createSnapshot({ feeds }), { code: "CONFIG", message: /sealed with a key that is not here/ });
  // What its key does not open says nothing to anybody.
  assert.equal(createSnapshot({ feeds, hasKey: () => true }).registers.length, 0);
});
