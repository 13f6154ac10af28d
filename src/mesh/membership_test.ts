import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createRandom } from "../random/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import type { DatasetInfo } from "./dataset.ts";
import { type EventRef, payloadHash } from "./event.ts";
import { formatInvitation, parseInvitation } from "./members/mod.ts";
import { invite, join, remove, shareKeys } from "./membership.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

const random = (length: number) => createRandom(`chance ${drawn++}`).bytes(length);
let drawn = 0;

const set = (value: string) => ({ kind: "field.set", record: "R-1", field: "status", value } as const);

function openReplica(name: string, info: DatasetInfo): Replica {
  return new Replica({ info, key: testKey(name), clock: new VirtualClock(BigInt(START_MS) * 1_000_000n) });
}

/** All tell each other all they may pass on, until nobody learns anything. */
function meet(...all: readonly Replica[]): void {
  for (let i = 0; i < 4; i++) {
    for (const from of all) {
      for (const feed of from.feeds.all()) {
        for (const to of all) to.ingest(...runsOf(feed, { to: from.feeds.endOf(feed) }));
      }
    }
  }
}

function found(privacy: "open" | "sealed") {
  const info = { name: "survey", founder: testKey("base").device, nonce: "00".repeat(16), privacy } as const;
  const base = openReplica("base", info);
  base.write({ kind: "member.add", device: base.key.device, name: "base", role: "admin", box: base.keyring.box });
  if (privacy === "sealed") base.write(...base.keyring.owed({ random }));
  return { info, base };
}

function welcome(base: Replica, name: string): Replica {
  const text = formatInvitation(invite(base, { secret: random(32) }));
  const invitation = parseInvitation(text);
  const joined = openReplica(name, invitation.info);
  meet(base, joined);
  join(joined, invitation, name);
  meet(base, joined);
  shareKeys(base, { random });
  meet(base, joined);
  return joined;
}

for (const privacy of ["open", "sealed"] as const) {
  Deno.test(`M5 who was invited to ${privacy === "open" ? "an open" : "a sealed"} dataset writes, and is read`, () => {
    const { base } = found(privacy);
    base.write(set("OPEN"));
    const ana = welcome(base, "ana");
    assert.equal(ana.view.record("R-1")?.fields.get("status")?.value, "OPEN");
    ana.write(set("CLOSED"));
    meet(base, ana);
    assert.equal(base.view.record("R-1")?.fields.get("status")?.value, "CLOSED");
    assert.deepEqual(base.view.canonical(), ana.view.canonical());
  });

  Deno.test(`M4 who was removed from ${privacy} data writes in vain, and others agree on what counts`, () => {
    const { base } = found(privacy);
    const [ana, ben] = [welcome(base, "ana"), welcome(base, "ben")];
    ana.write(set("by ana"));
    meet(base, ana);
    ana.write(set("ana, later"));
    // Ben has met Ana since, the base has not.
    meet(ana, ben);
    remove(base, ana.key.device, { random });
    meet(base, ben);
    assert.equal(base.view.record("R-1")?.fields.get("status")?.value, "by ana");
    assert.deepEqual(ben.view.canonical(), base.view.canonical());
    const late = welcome(base, "eve");
    meet(ben, late);
    assert.deepEqual(late.view.canonical(), base.view.canonical());
    meet(base, ana);
    assert.throws(() => ana.write(set("never")), { code: "DENIED" });
  });
}

Deno.test("M9 who passes a sealed dataset on reads nothing of it, and those behind it read all", () => {
  const { info, base } = found("sealed");
  const ana = welcome(base, "ana");
  const relay = openReplica("relay", info);
  base.write(set("secret"));
  meet(base, relay);
  meet(relay, ana);
  assert.equal(ana.view.record("R-1")?.fields.get("status")?.value, "secret");
  assert.equal(relay.view.record("R-1"), undefined);
});

Deno.test("V7 who cannot read an event does not erase it, as it could not say what that had replaced", () => {
  const { base } = found("sealed");
  const secret = random(32);
  const invitation = invite(base, { secret, role: "admin" });
  const ana = openReplica("ana", base.info);
  join(ana, invitation, "ana");
  base.write(set("old"), set("new"));
  const event = base.view.said("R-1")[0]!.by;
  meet(base, ana);
  assert.throws(() => ana.write({ kind: "event.erase", event }), { code: "UNAVAILABLE", message: /no key for/ });
  shareKeys(base, { random });
  meet(base, ana);
  ana.write({ kind: "event.erase", event });
  meet(base, ana);
  assert.deepEqual(base.view.canonical(), ana.view.canonical());
});

Deno.test("V7 nobody erases what stands behind something that it cannot read, or what is not here", () => {
  const { base } = found("sealed");
  const ana = openReplica("ana", base.info);
  join(ana, invite(base, { secret: random(32), role: "admin" }), "ana");
  meet(base, ana);
  base.write(set("old"));
  // Of two keys she is given the newer one alone.
  const [owed] = base.keyring.owed({ renew: true, random }).slice(-1);
  base.write(owed!);
  const [event] = base.write(set("new")) as [EventRef];
  const erase = { kind: "event.erase", event } as const;
  assert.throws(() => ana.write(erase), { code: "UNAVAILABLE", message: /what is not here$/ });
  meet(base, ana);
  assert.equal(ana.view.record("R-1")?.fields.get("status")?.value, "new");
  assert.throws(() => ana.write(erase), {
    code: "UNAVAILABLE",
    message: /no key for, or what was written behind that$/,
  });
  shareKeys(base, { random });
  meet(base, ana);
  ana.write(erase);
  meet(base, ana);
  assert.equal(base.view.record("R-1"), undefined);
  assert.deepEqual(base.view.canonical(), ana.view.canonical());
});

Deno.test("V7 nobody erases what stands behind something that a relay has left out", () => {
  const { base } = found("open");
  const ana = welcome(base, "ana");
  const [old, event] = base.write(set("old"), set("new")) as [EventRef, EventRef];
  const [run] = [...runsOf(base.feeds.get(base.key.device)!, { from: old.seq })];
  const { payload: _, ...said } = run!.events[0]!;
  const bare = { ...said, payload: undefined, payloadHash: payloadHash(run!.events[0]!) };
  ana.ingest({ ...run!, events: [bare, ...run!.events.slice(1)] });
  const erase = { kind: "event.erase", event } as const;
  assert.throws(() => ana.write(erase), { code: "UNAVAILABLE", message: /came without what it says$/ });
});

Deno.test("M10 who was removed from a sealed dataset cannot read what is written later", () => {
  const { base } = found("sealed");
  const ana = welcome(base, "ana");
  remove(base, ana.key.device, { random });
  base.write(set("after"));
  meet(base, ana);
  assert.equal(ana.view.record("R-1"), undefined);
});

Deno.test("M4 a device is removed with all that it wrote, but not itself, nor what was compacted", () => {
  const { base } = found("open");
  const [ana, ben] = [welcome(base, "ana"), welcome(base, "ben")];
  // One that was copied begins its other history behind the first event, too.
  const copy = openReplica("ana", base.info);
  meet(base, copy);
  ana.write(set("lie"));
  copy.write(set("another"));
  meet(base, ana, ben, copy);
  remove(base, ana.key.device, { random, isWhole: true });
  assert.equal(base.view.record("R-1"), undefined);
  assert.throws(() => remove(base, base.key.device, { random, isWhole: true }), { code: "CONFIG", message: /itself/ });
  base.compact({ upTo: new Map([[ben.key.device, 1]]) });
  const gone = { code: "CONFIG", message: /was compacted/ };
  assert.throws(() => remove(base, ben.key.device, { random, isWhole: true }), gone);
  remove(base, ben.key.device, { random });
  assert.equal(base.members.cutoff(ben.key.device), 1);
});

Deno.test("M4 nobody removes who is above, beside, or an earlier device of its own; that is said, and nothing written", () => {
  const { base } = found("open");
  const [ana, ben] = ["ana", "ben"].map((name) => welcome(base, name)) as [Replica, Replica];
  for (const { key: { device } } of [ana, ben]) base.write({ kind: "member.role", member: device, role: "admin" });
  meet(base, ana, ben);
  const tablet = openReplica("tablet", base.info);
  join(tablet, invite(ana, { secret: random(32), isOwn: true }), "any");
  meet(base, ana, ben, tablet);
  const attempts = [[ana, base], [ana, ben], [tablet, ana]] as const;
  for (const [by, of] of attempts) {
    const before = by.feeds.get(by.key.device)!.last;
    assert.throws(() => remove(by, of.key.device, { random }), { code: "DENIED", message: /decides|before/ });
    assert.equal(by.feeds.get(by.key.device)!.last, before);
  }
  remove(ana, tablet.key.device, { random });
  assert.notEqual(ana.members.cutoff(tablet.key.device), undefined);
});

Deno.test("M10 a writer who removes a device of its own, or leaves, makes no key; the next admin does", () => {
  const { base } = found("sealed");
  const ana = welcome(base, "ana");
  const tablet = openReplica("tablet", base.info);
  join(tablet, invite(ana, { secret: random(32), isOwn: true }), "any");
  meet(base, ana, tablet);
  shareKeys(base, { random });
  for (const device of [tablet.key.device, ana.key.device]) {
    const { current } = base.keyring;
    remove(ana, device, { random });
    assert.equal(ana.feeds.get(ana.key.device)!.slice(1).filter(({ kind }) => kind === "epoch.key").length, 0);
    meet(base, ana);
    shareKeys(base, { random });
    assert.notEqual(base.keyring.current, current);
    meet(base, ana);
  }
});

Deno.test("M2 only admins invite, and nobody writes before joining", () => {
  const { info, base } = found("open");
  const ana = welcome(base, "ana");
  assert.throws(() => invite(ana, { secret: random(32) }), { code: "DENIED" });
  assert.throws(() => openReplica("eve", info).write(set("x")), { code: "DENIED" });
  assert.throws(() => join(ana, invite(base, { secret: random(32) }), "ana"), { code: "EXISTS" });
});

Deno.test("an invitation that lost or changed a character is refused", () => {
  const { base } = found("open");
  const text = formatInvitation(invite(base, { secret: random(32), addresses: ["tcp://10.0.0.7:4242"] }));
  assert.deepEqual(parseInvitation(`  ${text.slice(0, 40)}\n${text.slice(40)} `).addresses, ["tcp://10.0.0.7:4242"]);
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === "A" ? "B" : "A";
    for (const broken of [text.slice(0, i), text.slice(0, i) + other + text.slice(i + 1)]) {
      assert.throws(() => parseInvitation(broken), { code: "CONFIG" });
    }
  }
});
