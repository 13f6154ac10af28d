import assert from "node:assert/strict";
import fc from "fast-check";
import { DATASET, START_MS, testKey, TestWriter } from "../_writer.ts";
import { createRandom } from "../../random/mod.ts";
import { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import { type KeyChange, Keyring } from "./keyring.ts";
import { Members } from "./members.ts";
import { boxKey, seal, sealTo, unseal } from "./seal.ts";

const { bytes: random } = createRandom("keyring");
const place = { device: testKey("ana").device, seq: 7 };
const said = { kind: "field.set", payload: { record: "R-1", field: "name", value: "Zoë" } };

/** A device with its keys, in a dataset of the founder and Ana. */
function createPeer(name: string) {
  const founder = testKey("founder").device;
  const members: Members = new Members({ feeds: () => feeds, dataset: DATASET, founder, writers: "members" });
  const keyring = new Keyring(testKey(name), members);
  const feeds: Feeds = new Feeds({
    dataset: DATASET,
    nowMs: () => START_MS,
    accepts: () => true,
    admits: (device, run) => members.admits(device, run),
  });
  feeds.listen(members);
  feeds.listen(keyring);
  const take = (...runs: Run[]) => runs.forEach((run) => feeds.ingest(run));
  return { members, keyring, take, load: (run: Run) => feeds.load(run) };
}

function asEvent({ kind, ...payload }: KeyChange) {
  return { kind, payload };
}

function setUp() {
  const founder = new TestWriter("founder");
  const [base, ana] = [createPeer("founder"), createPeer("ana")];
  const all = [base, ana];
  const tell = (run: Run) => all.forEach((peer) => peer.take(run));
  const boxes = [["founder", base], ["ana", ana]] as const;
  for (const [name, { keyring: { box } }] of boxes) {
    tell(founder.run({ kind: "member.add", payload: { device: testKey(name).device, role: "writer", box } }));
  }
  const share = (renew: boolean) => {
    for (const each of base.keyring.owed({ renew, random })) tell(founder.run(asEvent(each)));
  };
  return { founder, base, ana, tell, share };
}

Deno.test("M9 what one member seals another opens, and it says nothing to who has no key", () => {
  const { base, ana, share } = setUp();
  share(false);
  const sealed = base.keyring.seal(said, place);
  assert.deepEqual(ana.keyring.open(sealed, place), said);
  assert.equal(createPeer("eve").keyring.open(sealed, place), undefined);
  assert.equal(ana.keyring.open(sealed, { ...place, seq: 8 }), undefined);
});

Deno.test("M10 after a removal the new key goes to those who stayed, and old events can still be read", () => {
  const { founder, base, ana, tell, share } = setUp();
  share(false);
  const before = base.keyring.seal(said, place);
  tell(founder.run({ kind: "member.remove", payload: { device: testKey("ana").device, heads: [] } }));
  share(true);
  const after = base.keyring.seal(said, place);
  assert.notEqual(after.payload.key, before.payload.key);
  assert.equal(ana.keyring.open(after, place), undefined);
  assert.deepEqual([before, after].map((each) => base.keyring.open(each, place)), [said, said]);
});

Deno.test("M11 who comes later is given all keys, and the current one stays current", () => {
  const { founder, base, tell, share } = setUp();
  share(false);
  share(true);
  const { current } = base.keyring;
  const ben = createPeer("ben");
  const { keyring: { box } } = ben;
  tell(founder.run({ kind: "member.add", payload: { device: testKey("ben").device, role: "reader", box } }));
  const owed = base.keyring.owed({ random });
  assert.equal(owed.length, 2);
  for (const each of owed) tell(founder.run(asEvent(each)));
  assert.equal(base.keyring.current, current);
  assert.deepEqual(base.keyring.owed({ random }), []);
});

Deno.test("unseal() of anything but what was sealed is undefined", () => {
  const [key, where] = [random(32), random(36)];
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(), (plain, at) => {
    const sealed = seal(plain, { key, place: where });
    assert.deepEqual(new Uint8Array(unseal(sealed, { key, place: where })!), plain);
    sealed[at % sealed.length]! ^= 1;
    assert.equal(unseal(sealed, { key, place: where }), undefined);
    assert.equal(unseal(plain, { key, place: where }), undefined);
  }));
});

Deno.test("sealTo() is for one device, and cut short for nobody", () => {
  const [ana, eve, key] = [boxKey(testKey("ana").secret), boxKey(testKey("eve").secret), random(32)];
  const sealed = sealTo(ana.box, key, random(32));
  assert.equal(sealed.length, 92);
  assert.deepEqual(new Uint8Array(ana.open(sealed)!), key);
  assert.equal(eve.open(sealed), undefined);
  for (let length = 0; length < sealed.length; length++) assert.equal(ana.open(sealed.subarray(0, length)), undefined);
});

/** The founder and Ana have a key by the founder, and a newer one by Ana, who is an admin. */
function twoAdmins() {
  const { founder, base, ana, tell, share } = setUp();
  const writer = new TestWriter("ana");
  tell(founder.run({ kind: "member.role", payload: { member: writer.key.device, role: "admin" } }));
  share(false);
  writer.wallMs = founder.wallMs;
  const made = ana.keyring.owed({ renew: true, random }).map((each) => writer.run(asEvent(each)));
  return { founder, base, ana, tell, share, made };
}

Deno.test("M10 a key that comes before what makes its giver an admin is taken when that comes", () => {
  const { founder, base, made } = twoAdmins();
  const late = createPeer("founder");
  const before = base.keyring.current;
  for (const run of made) base.take(run);
  assert.notEqual(base.keyring.current, before);
  // As a log is loaded, which is in no order between devices.
  for (const run of made) late.load(run);
  assert.equal(late.keyring.current, undefined);
  const role = { kind: "member.add", payload: { device: made[0]!.device, role: "admin" } };
  late.take(new TestWriter("founder").run(role));
  assert.equal(late.keyring.takeNew(), true);
  assert.equal(late.keyring.current, base.keyring.current);
  assert.equal(founder.key.device, late.members.founder);
});

Deno.test("M10 what a removed admin had given is given anew by who has it, and not sealed with", () => {
  const { founder, base, ana, tell, share, made } = twoAdmins();
  const first = base.keyring.current;
  for (const run of made) tell(run);
  const second = base.keyring.current;
  assert.notEqual(first, second);
  tell(
    founder.run({
      kind: "member.add",
      payload: { device: testKey("ben").device, role: "writer", box: createPeer("ben").keyring.box },
    }),
  );
  tell(founder.run({ kind: "member.remove", payload: { device: testKey("ana").device, heads: [] } }));
  assert.equal(base.keyring.current, first, "its word does not count any more");
  assert.match(base.keyring.weakness ?? "", /removed/);
  share(false);
  const third = base.keyring.current;
  assert.ok(third !== first && third !== second && !ana.keyring.has(third!));
  assert.deepEqual([base.keyring.has(second!), base.keyring.weakness], [true, undefined]);
  assert.deepEqual(base.keyring.owed({ random }), []);
});

Deno.test("M10 a key that could not be written is used the next time, and no other is made", () => {
  const { base } = setUp();
  const [first, second] = [base.keyring.owed({ random }), base.keyring.owed({ random, renew: true })];
  assert.deepEqual(second.map(({ key }) => key), first.map(({ key }) => key));
});
