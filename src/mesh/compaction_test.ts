import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { newcomer, writeAndMeet } from "./_compacted.ts";
import { CompactingWorld } from "./_compacting.ts";
import type { Machine } from "./_machine.ts";
import { testKey } from "./_writer.ts";
import { openBase, packBase } from "./base.ts";
import { decodeBundle } from "./bundle.ts";
import { frontierOf, packBundle, unpackBundle } from "./bundle_replica.ts";
import { planCompaction } from "./compaction.ts";
import { Replica } from "./replica.ts";
import { formChanges, sharedForm, sharedFormIds } from "./shared_forms.ts";
import { runsOf } from "./runs_of.ts";
import { createSnapshot, signSnapshot } from "./view/mod.ts";

Deno.test("V9 random worlds in which admins compact and others join late agree with who has all, sealed or not", () => {
  let [compactions, byOthers, adoptions, shrunk] = [0, 0, 0, 0];
  for (let i = 0; i < 12; i++) {
    const world = new CompactingWorld(`compacting ${i}`);
    try {
      world.run(20 + 3 * i);
    } catch (cause) {
      throw new Error(`new CompactingWorld("compacting ${i}").run(${20 + 3 * i}) failed: ${cause}`, { cause });
    }
    compactions += world.counts.compactions;
    byOthers += world.counts.byOthers;
    adoptions += world.counts.adoptions;
    shrunk += world.counts.shrunk;
  }
  const counts = `${compactions} compactions, ${byOthers} not by the founder, ${adoptions} and ${shrunk} taken`;
  assert.ok(compactions > 8 && byOthers > 4 && adoptions > 4 && shrunk > 0, counts);
});

/** A founder and a writer who have met, with some events of each; the founder has compacted. */
function compacted() {
  const world = new CompactingWorld("compacted", { privacy: "open", roles: ["writer"] });
  const [founder, writer] = world.machines as [Machine, Machine];
  writeAndMeet(world);
  world.compact();
  assert.equal(world.counts.compactions, 1);
  return { world, founder, writer };
}

Deno.test("S13 who lacks what is before a snapshot gets that and what is behind in one contact, who has all is left alone", () => {
  const { world, founder, writer } = compacted();
  assert.ok(founder.replica.feeds.get(founder.key.device)!.base > 1);
  const late = newcomer(world);
  world.write(founder, [{ kind: "note.add", record: "R-1", text: "behind" }]);
  const meeting = world.meet(founder, late);
  assert.deepEqual([meeting.a.status, meeting.b.status, world.counts.adoptions], ["done", "done", 1]);
  assert.deepEqual(late.replica.view.canonical(), founder.replica.view.canonical());
  assert.deepEqual(late.open().view.canonical(), founder.replica.view.canonical());
  // It passes on what it was given, though it has not founded the dataset.
  world.meet(founder, late);
  const later = newcomer(world, { name: "later" });
  world.meet(founder, late);
  world.meet(late, later);
  assert.deepEqual([world.counts.adoptions, later.replica.view.canonical()], [2, founder.replica.view.canonical()]);
  world.meet(writer, founder);
  world.meet(writer, late);
  assert.equal(writer.replica.feeds.get(founder.key.device)!.base, 1);
  assert.deepEqual([world.counts.adoptions, writer.replica.base], [2, undefined]);
  assert.deepEqual(writer.replica.view.canonical(), late.replica.view.canonical());
});

Deno.test("V9 a member that was not met holds up what is compacted, one that was removed does not", () => {
  const { world, founder } = compacted();
  const late = newcomer(world);
  world.meet(founder, late);
  world.write(founder, [{ kind: "note.add", record: "R-1", text: "one more" }]);
  const held = planCompaction(founder.replica, { keepDays: 0 }).heldUpBy.find(({ device }) =>
    device === late.key.device
  );
  assert.ok(held !== undefined && held.events > 0);
  assert.equal(planCompaction(founder.replica).events, 0, "what is young is kept");
  founder.replica.write({ kind: "member.remove", device: late.key.device, heads: [{ seq: 1, check: 0 }] });
  const { heldUpBy } = planCompaction(founder.replica, { keepDays: 0 });
  assert.ok(!heldUpBy.some(({ device }) => device === late.key.device));
});

Deno.test("V9 what others hold is known after a restart, too", () => {
  const { founder, writer } = compacted();
  const { holds } = founder.replica.acks.of(writer.key.device)!;
  assert.deepEqual(founder.open().acks.of(writer.key.device)!.holds, holds);
});

Deno.test("V9 a snapshot that no admin has signed for this dataset ends the contact, and nothing of it counts", () => {
  const { world, founder } = compacted();
  const right = founder.replica.base!;
  const { feeds } = founder.replica;
  const snapshot = createSnapshot({ feeds: world.witness.feeds });
  const forged = packBase(snapshot, { key: testKey("p1") }).bytes;
  const foreign = packBase({ ...snapshot, dataset: new Uint8Array(32) }, { key: testKey("p0") }).bytes;
  const changed = right.with(right.length - 5, right.at(-5)! ^ 1);
  const bomb = new Uint8Array([...right.subarray(0, 8), ...deflateRawSync(new Uint8Array(70_000_000))]);
  const bare = signSnapshot(snapshot, testKey("p0"));
  for (const bytes of [forged, foreign, changed, bomb, bare, right.subarray(0, -3)]) {
    const late = newcomer(world, { name: `late ${world.random.next()}` });
    const before = late.replica.view.canonical();
    const { b } = world.meet(founder, late, { a: { snapshot: () => bytes } });
    assert.ok(["INTEGRITY", "PROTOCOL"].includes(b.error?.code ?? ""), `${b.status} ${b.error}`);
    assert.deepEqual([late.replica.base, late.replica.view.canonical()], [undefined, before]);
  }
  const late = newcomer(world, { name: "small" });
  const { b } = world.meet(founder, late, { b: { maxSnapshotBytes: 100 } });
  assert.equal(b.error?.code, "PROTOCOL");
  assert.equal(feeds, founder.replica.feeds);
});

Deno.test("V9 a snapshot of another history than ours is refused, and the contact goes on", () => {
  const { world, founder, writer } = compacted();
  const { snapshot } = openBase(founder.replica.base!, world.info);
  const frontier = new Map(snapshot.frontier);
  frontier.set(writer.key.device, { ...frontier.get(writer.key.device)!, id: new Uint8Array(32).fill(7) });
  frontier.set(testKey("nobody").device, { ...frontier.get(writer.key.device)! });
  const wrong = packBase({ ...snapshot, frontier }, { key: testKey("p0") }).bytes;
  assert.throws(() => writer.replica.adopt(wrong), { code: "CONFIG" });
  const late = newcomer(world);
  const own = late.replica.view.canonical();
  late.replica.ingest(...runsOf(writer.replica.feeds.get(founder.key.device)!));
  late.replica.ingest(...runsOf(writer.replica.feeds.get(writer.key.device)!));
  assert.notDeepEqual(late.replica.view.canonical(), own);
  const before = late.replica.view.canonical();
  assert.throws(() => late.replica.adopt(wrong), { code: "CONFIG" });
  assert.deepEqual(late.replica.view.canonical(), before);
});

Deno.test("V9 what is in a snapshot can be erased, and the next compaction takes it from the disk", () => {
  const { world, founder, writer } = compacted();
  world.write(writer, [{ kind: "note.add", record: "R-2", text: "a secret that must go" }]);
  const { feeds, key: { device } } = writer.replica;
  const seq = feeds.get(device)!.last;
  const event = { device, seq, check: feeds.get(device)!.checkAt(seq)! };
  for (let i = 0; i < 3; i++) world.meet(founder, writer);
  world.compact();
  const late = newcomer(world);
  world.meet(founder, late);
  assert.equal(late.replica.view.record("R-2")?.notes.length, 1);
  for (let i = 0; i < 3; i++) world.meet(founder, late);
  world.write(founder, [{ kind: "event.erase", event }]);
  for (let i = 0; i < 3; i++) for (const each of [writer, late]) world.meet(founder, each);
  for (const { replica } of [founder, writer, late]) {
    assert.equal(replica.view.record("R-2"), undefined);
    assert.deepEqual(replica.view.canonical(), founder.replica.view.canonical());
  }
  world.compact();
  const { snapshot } = openBase(founder.replica.base!, world.info);
  assert.ok(!JSON.stringify(snapshot.registers).includes("a secret"));
  assert.deepEqual(founder.open().view.canonical(), writer.replica.view.canonical());
});

Deno.test("V9 stamps go on behind a snapshot after a restart with a clock that was set back", () => {
  const { world, founder } = compacted();
  const before = founder.replica.hlc.last;
  founder.offsetMs = -1000 * 3_600_000;
  founder.open();
  assert.deepEqual(founder.replica.hlc.last, before);
  world.write(founder, [{ kind: "note.add", record: "R-1", text: "later" }]);
  assert.equal(world.witness.feeds.get(founder.key.device)!.last, founder.replica.feeds.get(founder.key.device)!.last);
});

Deno.test("V9 a bundle carries the snapshot, and one with the whole history fits behind it", () => {
  const { world, founder, writer } = compacted();
  world.write(founder, [{ kind: "note.add", record: "R-1", text: "behind" }]);
  const late = newcomer(world);
  const bundle = decodeBundle(packBundle(founder.replica), "a.tmesh");
  assert.deepEqual(bundle.base, founder.replica.base);
  assert.ok(unpackBundle(late.replica, bundle, "a.tmesh").applied > 40);
  assert.deepEqual(late.replica.view.canonical(), founder.replica.view.canonical());
  world.write(writer, [{ kind: "note.add", record: "R-1", text: "from the writer" }]);
  const whole = decodeBundle(packBundle(writer.replica), "b.tmesh");
  assert.deepEqual(unpackBundle(founder.replica, whole, "b.tmesh"), { applied: 1, waiting: 0, refused: [] });
  assert.equal(unpackBundle(founder.replica, whole, "b.tmesh").applied, 0);
  const known = frontierOf(founder.replica);
  assert.equal(decodeBundle(packBundle(founder.replica, { known }), "c.tmesh").base, undefined);
});

Deno.test("V9 forms that were shared before a snapshot are there, and a log that is encrypted stays that", () => {
  const form = {
    v: 1 as const,
    id: "well",
    title: "Well",
    languages: [],
    groups: [],
    fields: [{ path: "depth", type: "integer" as const }],
    choices: {},
  };
  const key = testKey("p0");
  const info = { name: "s", founder: key.device, nonce: "00".repeat(16) };
  const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x5a);
  const files = createMemoryFiles();
  const options = { info, key, clock: { now: () => 0n } };
  const folder = { files, path: "d", vault: { seal: flip, open: flip } };
  const before = new Replica({ ...options, folder });
  before.write({ kind: "member.add", device: key.device, role: "admin" }, ...formChanges(form));
  const shared = sharedForm(before, "well");
  before.compact({ upTo: new Map([[key.device, 2]]) });
  assert.equal(before.feeds.get(key.device)!.last, 2);
  before.acks.note("ab", { atMs: 1, holds: { cd: 5 } });
  before.close();
  for (const name of ["d/feeds.log", "d/held.json"]) {
    const text = new TextDecoder("latin1").decode(readFile(files, name, 1e6));
    assert.doesNotMatch(text, /tmsnap1|holds/);
  }
  const after = new Replica({ ...options, folder });
  assert.ok(shared !== undefined);
  assert.deepEqual([sharedForm(after, "well"), sharedFormIds(after)], [shared, ["well"]]);
  assert.equal(after.acks.of("ab")?.holds.cd, 5);
  assert.throws(() => new Replica({ ...options, folder: { files, path: "d" } }), { code: "INTEGRITY" });
});

Deno.test("S13 who is behind a newer snapshot with an older one gets the newer one", () => {
  const { world, founder } = compacted();
  const late = newcomer(world);
  world.meet(founder, late);
  for (let i = 0; i < 5; i++) world.write(founder, [{ kind: "field.set", record: "R-1", field: "f", value: -i }]);
  const own = founder.replica.feeds.get(founder.key.device)!;
  founder.replica.compact({ upTo: new Map([[own.device, own.last]]) });
  const before = world.counts.adoptions;
  world.meet(founder, late);
  assert.equal(world.counts.adoptions, before + 1);
  assert.deepEqual(late.replica.view.canonical(), founder.replica.view.canonical());
});
