import assert from "node:assert/strict";
import { newcomer, writeAndMeet } from "./_compacted.ts";
import { CompactingWorld } from "./_compacting.ts";
import type { Machine } from "./_machine.ts";
import { START_MS, testKey, TestWriter } from "./_writer.ts";
import { openBase, packBase } from "./base.ts";
import { planCompaction } from "./compaction.ts";
import { datasetId } from "./dataset.ts";
import { remove } from "./membership.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";
import { createSnapshot } from "./view/mod.ts";

/** The founder, an admin and a writer, who know of each other what they hold. */
function threeMachines() {
  const world = new CompactingWorld("admins", { privacy: "open", roles: ["admin", "writer"] });
  const [founder, admin, writer] = world.machines as [Machine, Machine, Machine];
  writeAndMeet(world);
  return { world, founder, admin, writer };
}

const set = (value: number) => ({ kind: "field.set", record: "R-1", field: "f", value } as const);
const random = (length: number) => new Uint8Array(length);

Deno.test("V9 an admin compacts without the founder, and who joins later begins with that", () => {
  const { world, founder, admin, writer } = threeMachines();
  world.compact(admin);
  assert.equal(world.counts.byOthers, 1);
  // The founder's laptop is lost in the field.
  world.machines.splice(world.machines.indexOf(founder), 1);
  const late = newcomer(world, { by: admin });
  world.meet(admin, late);
  assert.equal(world.counts.adoptions, 1);
  assert.deepEqual(late.replica.view.canonical(), admin.replica.view.canonical());
  assert.deepEqual(late.open().view.canonical(), admin.replica.view.canonical());
  world.meet(admin, writer);
  world.meet(late, writer);
  assert.deepEqual([writer.replica.base, world.counts.adoptions], [undefined, 1]);
  assert.deepEqual(writer.replica.view.canonical(), late.replica.view.canonical());
  assert.throws(() => writer.replica.compact({ upTo: new Map() }), { code: "DENIED", message: /is no admin/ });
});

Deno.test("V9 an admin who was let in by an admin who was let in proves it, also when that is compacted away", () => {
  const { world, founder, admin } = threeMachines();
  world.compact(founder);
  const second = newcomer(world, { name: "second", by: admin, role: "admin" });
  writeAndMeet(world, [...world.machines, second]);
  world.compact(second);
  assert.equal(
    openBase(second.replica.base!, world.info).grants.length,
    3,
    "the admin, the invitation, and who joined",
  );
  const late = newcomer(world, { by: second });
  world.meet(second, late);
  writeAndMeet(world, [...world.machines, second, late]);
  // What the second one wrote itself is in a snapshot now, too.
  world.compact(second);
  const last = newcomer(world, { name: "last", by: second });
  world.meet(second, last);
  assert.deepEqual(last.replica.view.canonical(), founder.replica.view.canonical());
  assert.deepEqual(last.replica.members.list(), second.replica.members.list());
});

Deno.test("V9 a newer snapshot by somebody else takes the place of an older one", () => {
  const { world, founder, admin, writer } = threeMachines();
  world.compact(founder);
  const late = newcomer(world);
  world.meet(founder, late);
  // It is not heard from again, and so removed; the others go on without it.
  remove(founder.replica, late.key.device, { random });
  world.tell(founder);
  writeAndMeet(world, [founder, admin, writer]);
  world.compact(admin);
  const other = newcomer(world, { name: "other", by: admin });
  world.meet(founder, other);
  assert.equal(openBase(other.replica.base!, world.info).by, founder.key.device);
  const before = other.replica.base;
  for (let i = 0; i < 5; i++) world.write(founder, [set(-i)]);
  world.meet(founder, admin);
  admin.replica.compact({ upTo: new Map([[founder.key.device, founder.replica.feeds.get(founder.key.device)!.last]]) });
  world.meet(admin, other);
  assert.notDeepEqual(other.replica.base, before);
  assert.equal(openBase(other.replica.base!, world.info).by, admin.key.device);
  assert.deepEqual(other.replica.view.canonical(), admin.replica.view.canonical());
});

Deno.test("V9 two admins compact at once, and newcomers of both agree", () => {
  const { world, founder, admin, writer } = threeMachines();
  const plans = [founder, admin].map(({ replica }) => planCompaction(replica, { keepDays: 0 }).upTo);
  // One takes more of the first feed, the other more of the second, so neither covers the other.
  const [a, b] = [founder.key.device, writer.key.device];
  founder.replica.compact({ upTo: new Map([[a, plans[0]!.get(a)!], [b, 5]]) });
  admin.replica.compact({ upTo: new Map([[a, 5], [b, plans[1]!.get(b)!]]) });
  const [one, two] = [newcomer(world, { name: "one" }), newcomer(world, { name: "two", by: admin })];
  world.meet(founder, one);
  world.meet(admin, two);
  assert.notDeepEqual(one.replica.base, two.replica.base);
  for (
    const [x, y] of [[one, two], [founder, admin], [founder, two], [admin, one], [one, two], [writer, one]] as const
  ) {
    const meeting = world.meet(x, y);
    assert.deepEqual([meeting.a.status, meeting.b.status], ["done", "done"]);
  }
  assert.equal(world.counts.adoptions, 2);
  world.heal();
  world.check();
});

Deno.test("V9 of two snapshots of which neither covers the other the second is refused, until one covers both", () => {
  const { world, founder, admin, writer } = threeMachines();
  const [a, b] = [founder.key.device, writer.key.device];
  const last = (device: string) => founder.replica.feeds.get(device)!.last;
  const { replica: { feeds } } = founder;
  const part = (to: Map<string, number>) => packBase(createSnapshot({ feeds, upTo: to }), { key: founder.key }).bytes;
  const [ours, theirs] = [part(new Map([[a, last(a)], [b, 5]])), part(new Map([[a, 5], [b, last(b)]]))];
  const late = newcomer(world);
  late.replica.adopt(ours);
  const before = late.replica.view.canonical();
  assert.throws(() => late.replica.adopt(theirs), { code: "CONFIG", message: /here is a newer one/ });
  assert.deepEqual(late.replica.view.canonical(), before);
  late.replica.adopt(part(new Map([[a, last(a)], [b, last(b)]])));
  assert.equal(late.replica.feeds.get(b)!.base, last(b) + 1);
  assert.equal(admin.replica.base, undefined);
});

Deno.test("V9 who knows that its signer was removed refuses a snapshot, and who does not yet hears of it behind it", () => {
  const { world, founder, admin, writer } = threeMachines();
  world.compact(admin);
  const base = admin.replica.base!;
  const [informed, late] = [newcomer(world, { name: "informed" }), newcomer(world, { by: founder })];
  remove(founder.replica, admin.key.device, { random });
  world.tell(founder);
  const own = founder.replica.feeds.get(founder.key.device)!;
  informed.replica.ingest(...runsOf(own));
  const before = informed.replica.view.canonical();
  assert.throws(() => informed.replica.adopt(base), { code: "CONFIG", message: /who was removed/ });
  assert.deepEqual([informed.replica.view.canonical(), informed.replica.base], [before, undefined]);
  const meeting = world.meet(admin, informed);
  assert.equal(meeting.b.status, "done", "a contact goes on without it");
  world.meet(admin, late);
  assert.deepEqual(late.replica.base, base);
  for (const each of [late, informed, writer]) world.meet(founder, each);
  assert.notEqual(late.replica.members.cutoff(admin.key.device), undefined);
  assert.equal(late.replica.view.isOutdated, false);
  for (const each of [late, informed]) {
    assert.deepEqual(each.replica.view.canonical(), founder.replica.view.canonical());
  }
});

Deno.test("V9 a signer who is not known here is refused when who let it in was removed", () => {
  const { world, founder, admin } = threeMachines();
  const second = newcomer(world, { name: "second", by: admin, role: "admin" });
  writeAndMeet(world, [...world.machines, second]);
  world.compact(second);
  const informed = newcomer(world, { name: "informed" });
  const cut = { seq: 1, check: admin.replica.feeds.get(admin.key.device)!.checkAt(1)! };
  founder.replica.write({ kind: "member.remove", device: admin.key.device, heads: [cut] });
  const feed = founder.replica.feeds.get(founder.key.device)!;
  informed.replica.ingest(...runsOf(feed));
  assert.equal(informed.replica.members.of(second.key.device), undefined);
  assert.throws(() => informed.replica.adopt(second.replica.base!), { code: "CONFIG", message: /an admin by/ });
});

Deno.test("V9 a snapshot with a proof that is forged, of another dataset, of no admin or too long counts nowhere", () => {
  const { world, founder, admin, writer } = threeMachines();
  const snapshot = createSnapshot({ feeds: founder.replica.feeds });
  const grants = admin.replica.members.grantsOf(admin.key.device)!;
  const elsewhere = new CompactingWorld("elsewhere", { privacy: "open", roles: ["admin"] });
  const foreign = elsewhere.machines[1]!.replica.members;
  elsewhere.meet(...elsewhere.machines as [Machine, Machine]);
  const { key } = admin;
  const bytes = (options: Parameters<typeof packBase>[1], of = snapshot) => packBase(of, options).bytes;
  const [first] = grants;
  const wrong = [
    bytes({ key }),
    bytes({ key: writer.key, grants }),
    bytes({ key: writer.key, grants: [{ to: writer.key.device, proof: first!.proof }] }),
    bytes({ key, grants: [{ ...first!, proof: first!.proof.with(0, first!.proof[0]! ^ 1) }] }),
    bytes({ key, grants: foreign.grantsOf(key.device)! }),
    bytes({ key, grants }, { ...snapshot, dataset: new Uint8Array(32) }),
    bytes({ key, grants: Array.from({ length: 17 }, () => first!) }),
    bytes({ key, grants: [{ ...first!, proof: new Uint8Array(63) }] }),
  ];
  for (const each of wrong) {
    const late = newcomer(world, { name: `late ${world.random.next()}` });
    const { b } = world.meet(founder, late, { a: { snapshot: () => each } });
    // The founder has all events, so only a snapshot that is pressed on somebody is looked at.
    assert.equal(b.status, "done");
    assert.throws(
      () => late.replica.adopt(each),
      (error: { code: string }) => ["INTEGRITY", "PROTOCOL"].includes(error.code),
    );
    assert.equal(late.replica.base, undefined);
  }
  newcomer(world, { name: "right" }).replica.adopt(bytes({ key, grants }));
});

Deno.test("V9 a snapshot that says itself that its signer was removed is refused by all", () => {
  const { world, founder, admin } = threeMachines();
  const grants = admin.replica.members.grantsOf(admin.key.device)!;
  remove(founder.replica, admin.key.device, { random });
  const { bytes } = packBase(createSnapshot({ feeds: founder.replica.feeds }), { key: admin.key, grants });
  const late = newcomer(world);
  assert.throws(() => late.replica.adopt(bytes), { code: "INTEGRITY", message: /is removed in it/ });
});

Deno.test("V9 when its signer forks later, a snapshot still holds, and both branches come", () => {
  const { world, founder, admin, writer } = threeMachines();
  const log = admin.log();
  world.compact(founder);
  admin.restore(log);
  world.compact(admin);
  const late = newcomer(world, { by: founder });
  world.meet(admin, late);
  const compacted = admin.log();
  admin.replica.write(set(100));
  writer.replica.ingest(...runsOf(admin.replica.feeds.get(admin.key.device)!));
  admin.restore(compacted);
  admin.replica.write(set(200));
  for (let i = 0; i < 2; i++) for (const each of [writer, late, founder]) world.meet(admin, each);
  for (let i = 0; i < 2; i++) for (const each of [late, founder]) world.meet(writer, each);
  assert.equal(late.replica.feeds.of(admin.key.device).length, 2);
  assert.deepEqual(late.replica.view.canonical(), writer.replica.view.canonical());
  assert.ok(testKey("p1").device === admin.key.device);
});

Deno.test("V9 an admin who cannot prove it is told so", () => {
  const [founder, key] = [new TestWriter("p0"), testKey("p1")];
  const info = { name: "survey", founder: founder.key.device, nonce: "00".repeat(16) };
  founder.head = datasetId(info);
  const replica = new Replica({ info, key, clock: { now: () => BigInt(START_MS + 3_600_000) * 1_000_000n } });
  // As a version wrote it that knew nothing of proofs.
  replica.ingest(founder.run({ kind: "member.add", payload: { device: key.device, role: "admin" } }));
  assert.equal(replica.members.isAdmin(key.device), true);
  assert.throws(() => replica.compact({ upTo: new Map() }), { code: "DENIED", message: /cannot prove/ });
});
