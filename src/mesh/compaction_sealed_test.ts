import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { newcomer, writeAndMeet } from "./_compacted.ts";
import { CompactingWorld } from "./_compacting.ts";
import { Machine } from "./_machine.ts";
import { openBase, packBase } from "./base.ts";
import { remove } from "./membership.ts";
import type { Replica } from "./replica.ts";
import { formChanges, sharedForm } from "./shared_forms.ts";
import { createSnapshot } from "./view/mod.ts";

const SECRET = "a well behind the school";
const secret = { kind: "note.add", record: "R-1", text: SECRET } as const;

/** The founder, a writer and a stranger of a sealed dataset, who know of each other what they hold. */
function sealedMachines() {
  const world = new CompactingWorld("sealed", { privacy: "sealed", roles: ["writer", "stranger"] });
  const [founder, writer, relay] = world.machines as [Machine, Machine, Machine];
  writeAndMeet(world, [founder, writer]);
  world.write(writer, [secret]);
  writeAndMeet(world, [founder, writer]);
  return { world, founder, writer, relay };
}

/** What stands in a snapshot for everybody. */
function inTheClear({ base }: Replica): string {
  return new TextDecoder("latin1").decode(inflateRawSync(base!.subarray(8)));
}

const fields = ({ replica }: Machine) => replica.view.record("R-1")?.fields.get("f")?.value;

Deno.test("V8 a sealed dataset is compacted sealed, and who has the key sees all that is in it", () => {
  const { world, founder, writer } = sealedMachines();
  const before = founder.replica.view.canonical();
  world.compact(founder);
  assert.deepEqual([world.counts.compactions, founder.replica.view.canonical()], [1, before]);
  assert.deepEqual(founder.open().view.canonical(), before);
  const text = inTheClear(founder.replica);
  assert.doesNotMatch(text, new RegExp(SECRET));
  assert.doesNotMatch(text, /R-1/);
  const late = newcomer(world);
  world.meet(founder, late);
  assert.deepEqual([world.counts.adoptions, late.replica.view.size, late.replica.view.sealed > 0], [1, 0, true]);
  world.giveKeys(founder);
  world.meet(founder, late);
  for (const each of [late.replica, late.open(), writer.replica]) {
    assert.deepEqual(each.view.canonical(), founder.replica.view.canonical());
    assert.equal(each.view.sealed, 0);
  }
  assert.equal(late.replica.view.record("R-1")?.notes[0]?.text, SECRET);
});

Deno.test("V8 who has no key keeps a sealed snapshot, passes it on, syncs behind it, and cannot compact", () => {
  const { world, founder, relay } = sealedMachines();
  world.compact(founder);
  world.meet(founder, relay);
  assert.deepEqual(relay.replica.base, founder.replica.base);
  assert.deepEqual([relay.replica.view.size, relay.open().view.size], [0, 0]);
  world.write(founder, [{ kind: "field.set", record: "R-1", field: "f", value: "behind" }]);
  const other = newcomer(world, { name: "other" });
  world.meet(founder, relay);
  assert.throws(() => relay.replica.compact({ upTo: new Map() }), { code: "DENIED" });
  world.meet(relay, other);
  assert.deepEqual(other.replica.base, founder.replica.base);
  // The two never meet: the relay brings who has joined to the founder, and the keys back.
  world.meet(relay, founder);
  world.giveKeys(founder);
  world.meet(founder, relay);
  world.meet(relay, other);
  assert.equal(fields(other), "behind");
  assert.deepEqual(other.replica.view.canonical(), founder.replica.view.canonical());
});

Deno.test("V9 who was removed cannot open what was compacted later", () => {
  const { world, founder, writer } = sealedMachines();
  remove(founder.replica, writer.key.device, { random: (length) => world.random.bytes(length) });
  founder.replica.write({ kind: "note.add", record: "R-2", text: "not for everybody" });
  const { feeds } = founder.replica;
  founder.replica.compact({ upTo: new Map([...feeds.all()].map(({ device, last }) => [device, last])) });
  // It has all keys that it was ever given.
  const thief = new Machine("p1", world);
  thief.replica.adopt(founder.replica.base!);
  assert.deepEqual([thief.replica.view.size, thief.replica.view.sealed], [0, 1]);
  const { closed } = openBase(founder.replica.base!, world.info).snapshot;
  assert.deepEqual([thief.replica.keyring.has(closed!.key), writer.replica.keyring.has(closed!.key)], [false, false]);
});

Deno.test("V9 nothing is sealed into a snapshot with a key that somebody has who was removed", () => {
  const { world, founder, writer } = sealedMachines();
  // Who leaves by itself makes no key.
  writer.replica.write({ kind: "member.remove", device: writer.key.device, heads: [] });
  world.tell(writer);
  world.meet(founder, writer);
  assert.throws(() => founder.replica.compact({ upTo: new Map() }), { code: "CONFIG", message: /newest key/ });
  world.giveKeys(founder);
  founder.replica.compact({ upTo: new Map([[founder.key.device, 2]]) });
  assert.notEqual(founder.replica.base, undefined);
});

Deno.test("V8 the same events and key give the same sealed bytes, whoever makes the snapshot and whatever it began with", () => {
  const { world, founder, writer } = sealedMachines();
  const sealedBy = ({ replica: { feeds, keyring, members, snapshot: base } }: Machine) => {
    const snapshot = createSnapshot({
      feeds,
      counts: (feed, seq) => members.counts(feed, seq),
      mayErase: (device) => members.of(device)?.role === "admin",
      open: (event, place) => keyring.open(event, place),
      ...(base && { base }),
    });
    return packBase(snapshot, { key: founder.key, keys: keyring }).bytes.toHex();
  };
  const whole = sealedBy(founder);
  assert.equal(sealedBy(writer), whole);
  world.compact(founder);
  assert.equal(sealedBy(founder), whole);
});

Deno.test("V8 what is in a sealed snapshot can be erased, also by who cannot read it, before its key comes", () => {
  const { world, founder, writer } = sealedMachines();
  const [event] = writer.replica.write({ kind: "note.add", record: "R-9", text: "to be erased" });
  world.tell(writer);
  writeAndMeet(world, [founder, writer]);
  world.compact(founder);
  const late = newcomer(world);
  world.meet(founder, late);
  world.write(founder, [{ kind: "event.erase", event: event! }]);
  world.meet(founder, late);
  world.giveKeys(founder);
  world.meet(founder, late);
  assert.equal(late.replica.view.record("R-9")?.notes.length ?? 0, 0);
  assert.deepEqual(late.replica.view.canonical(), founder.replica.view.canonical());
});

Deno.test("V8 a snapshot in the clear of a sealed dataset, or a sealed one of an open dataset, is refused", () => {
  const { world, founder } = sealedMachines();
  const { feeds, keyring } = founder.replica;
  const snapshot = createSnapshot({ feeds, open: (event, place) => keyring.open(event, place) });
  const { bytes } = packBase(snapshot, { key: founder.key });
  assert.throws(() => newcomer(world).replica.adopt(bytes), { code: "PROTOCOL", message: /not sealed/ });
  const open = new CompactingWorld("open", { privacy: "open", roles: ["writer"] });
  const sealed = packBase(createSnapshot({ feeds: open.witness.feeds }), { key: founder.key, keys: keyring }).bytes;
  assert.throws(() => newcomer(open).replica.adopt(sealed), { code: "PROTOCOL", message: /it is sealed/ });
});

Deno.test("V8 what a key opens to something else than a snapshot shows nothing, and breaks nothing", () => {
  const { world, founder } = sealedMachines();
  const { feeds, keyring } = founder.replica;
  const { frontier, ...snapshot } = createSnapshot({ feeds, open: (event, place) => keyring.open(event, place) });
  const noise = {
    ...keyring,
    openBytes: () => undefined,
    sealBytes: (_: Uint8Array, place: Uint8Array) => keyring.sealBytes(new Uint8Array(40), place),
  };
  const { bytes } = packBase({ ...snapshot, frontier }, { key: founder.key, keys: noise });
  const late = newcomer(world);
  late.replica.adopt(bytes);
  world.meet(founder, late);
  world.giveKeys(founder);
  world.meet(founder, late);
  assert.equal(late.replica.keyring.has(keyring.current!), true);
  assert.deepEqual([late.replica.view.size, late.open().view.size], [0, 0]);
});

Deno.test("V9 forms that were shared in a sealed dataset are there behind a snapshot", () => {
  const form = { v: 1 as const, id: "well", title: "Well", languages: [], groups: [], fields: [], choices: {} };
  const { world, founder, writer } = sealedMachines();
  world.write(founder, [...formChanges({ ...form, fields: [{ path: "depth", type: "integer" }] })]);
  writeAndMeet(world, [founder, writer]);
  const shared = sharedForm(founder.replica, "well");
  world.compact(founder);
  assert.deepEqual(sharedForm(founder.replica, "well"), shared);
  const late = newcomer(world);
  world.meet(founder, late);
  assert.equal(sharedForm(late.replica, "well"), undefined);
  world.giveKeys(founder);
  world.meet(founder, late);
  assert.ok(shared !== undefined);
  assert.deepEqual(sharedForm(late.replica, "well"), shared);
});
