import assert from "node:assert/strict";
import { hash } from "node:crypto";
import fc from "fast-check";
import { DATASET, START_MS, testKey, TestWriter } from "../_writer.ts";
import { checkOf, type Payload } from "../event.ts";
import { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import { Members } from "./members.ts";
import { isProved, ticketOf } from "./ticket.ts";
import { createDeviceKey } from "../device.ts";
import { deviceBytes } from "../event.ts";

const say = (kind: string, payload: Payload) => ({ kind, payload });
const secret = (name: string) => hash("sha256", `ticket ${name}`, "buffer");

/** A peer that only looks at who takes part. */
class Peer {
  readonly feeds: Feeds;
  readonly members: Members;

  constructor(founder: string, writers: "anybody" | "members" = "members") {
    this.members = new Members({
      feeds: () => this.feeds,
      dataset: DATASET,
      founder: testKey(founder).device,
      writers,
    });
    this.feeds = new Feeds({
      dataset: DATASET,
      nowMs: () => START_MS,
      accepts: () => true,
      admits: (device, run) => this.members.admits(device, run),
      waiting: { maxRunsPerDevice: 1000 },
    });
    this.feeds.listen(this.members);
  }

  take(...runs: readonly Run[]): string[] {
    const statuses = runs.map((run) => this.feeds.ingest(run).status);
    this.feeds.retry();
    return statuses;
  }

  /** Who is in, with the last event that counts. */
  seen(): string[] {
    return this.members.list().map(({ name, role, devices }) =>
      `${name} ${role} ${devices.map(({ cutoff }) => cutoff ?? "all").join(",")}`
    );
  }

  /** The same of devices that something counts of: whose a device was that nothing counts of may depend on the order. */
  counting(): string[] {
    return this.members.list().flatMap(({ id, name, role, parent, devices }) =>
      devices.filter(({ cutoff }) => cutoff !== 0).map(({ device, cutoff }) =>
        [id, name, role, parent, device, cutoff].join(" ")
      )
    );
  }

  held(name: string): number {
    return this.feeds.get(testKey(name).device)?.last ?? 0;
  }
}

function join(writer: TestWriter, ticket: string, name: string, of?: TestWriter): Run {
  const message = new Uint8Array(19 + 64);
  message.set(new TextEncoder().encode("tinman mesh join 1\0"));
  message.set(DATASET, 19);
  message.set(deviceBytes(writer.key.device), 51);
  const proof = createDeviceKey(secret(ticket)).sign(message).toHex();
  const whose = of && { of: of.key.device };
  return writer.run(say("member.join", { ticket: ticketOf(secret(ticket)), proof, name, ...whose }));
}

const invite = (name: string, role: string, uses = 1, untilMs = START_MS + 1e9) =>
  say("member.invite", { ticket: ticketOf(secret(name)), role, untilMs, uses });

Deno.test("M8 strangers wait, and come in when the founder adds them", () => {
  const [peer, founder, ana] = [new Peer("founder"), new TestWriter("founder"), new TestWriter("ana")];
  assert.deepEqual(peer.take(ana.set("R", "f", 1)), ["waiting"]);
  assert.deepEqual([...peer.feeds.all()], []);
  peer.take(founder.run(say("member.add", { device: ana.key.device, name: "ana", role: "writer" })));
  assert.equal(peer.held("ana"), 1);
  assert.deepEqual(peer.seen(), ["founder admin all", "ana writer all"]);
});

Deno.test("M1 in a dataset for anybody all may write, until they are removed", () => {
  const [peer, founder, ana] = [new Peer("founder", "anybody"), new TestWriter("founder"), new TestWriter("ana")];
  assert.deepEqual(peer.take(ana.set("R", "f", 1)), ["applied"]);
  const first = { seq: 1, check: checkOf(ana.head) };
  peer.take(founder.run(say("member.add", { device: ana.key.device, role: "writer" })));
  peer.take(founder.run(say("member.remove", { device: ana.key.device, heads: [first] })));
  assert.deepEqual(peer.take(ana.set("R", "f", 2)), ["refused"]);
});

Deno.test("M2 a member adds devices of its own, and they are the same member", () => {
  const [peer, founder, ana, tablet] = [
    new Peer("founder"),
    new TestWriter("founder"),
    new TestWriter("ana"),
    new TestWriter("t"),
  ];
  peer.take(founder.run(say("member.add", { device: ana.key.device, name: "ana", role: "writer" })));
  peer.take(ana.run(say("member.add", { device: tablet.key.device, of: ana.key.device, role: "writer" })));
  assert.deepEqual(peer.take(tablet.set("R", "f", 1)), ["applied"]);
  assert.equal(peer.members.of(tablet.key.device)?.name, "ana");
});

Deno.test("M3 a member does not decide about who is beside or above it", () => {
  const peer = new Peer("founder");
  const [founder, ana, ben] = ["founder", "ana", "ben"].map((name) => new TestWriter(name)) as [
    TestWriter,
    TestWriter,
    TestWriter,
  ];
  for (const { key: { device } } of [ana, ben]) peer.take(founder.run(say("member.add", { device, role: "admin" })));
  peer.take(ana.run(...[ben, founder].map(({ key: { device } }) => say("member.remove", { device, heads: [] }))));
  assert.ok(peer.members.isAdmin(ben.key.device) && peer.members.isAdmin(founder.key.device));
});

Deno.test("M4 a removed admin's later acts never count, whatever time they claim", () => {
  const peer = new Peer("founder");
  const [founder, ana, eve] = ["founder", "ana", "eve"].map((name) => new TestWriter(name)) as [
    TestWriter,
    TestWriter,
    TestWriter,
  ];
  peer.take(founder.run(say("member.add", { device: ana.key.device, name: "ana", role: "admin" })));
  peer.take(ana.set("R", "f", 1));
  const first = { seq: 1, check: checkOf(ana.head) };
  ana.wallMs = START_MS + 1;
  const late = ana.run(say("member.add", { device: eve.key.device, name: "eve", role: "admin" }));
  peer.take(late);
  assert.equal(peer.members.of(eve.key.device)?.name, "eve");
  peer.take(founder.run(say("member.remove", { device: ana.key.device, heads: [first] })));
  assert.deepEqual(peer.seen(), ["founder admin all", "ana admin 1"]);
  const feed = peer.feeds.get(ana.key.device)!;
  assert.ok(peer.members.counts(feed, 1) && !peer.members.counts(feed, 2));
});

Deno.test("M4 a removed device does not get around its cut-off by another history", () => {
  const [peer, founder, ana] = [new Peer("founder"), new TestWriter("founder"), new TestWriter("ana")];
  peer.take(founder.run(say("member.add", { device: ana.key.device, name: "ana", role: "writer" })));
  const before = ana.clone();
  peer.take(ana.set("R", "f", 1), ana.set("R", "f", 2));
  const heads = [{ seq: 2, check: checkOf(ana.head) }];
  peer.take(founder.run(say("member.remove", { device: ana.key.device, heads })));
  before.wallMs += 1;
  assert.deepEqual(peer.take(before.run(say("note.add", { record: "R", text: "made up" }))), ["applied"]);
  const counted = peer.feeds.of(ana.key.device).map((feed) =>
    feed.slice(feed.base).map(({ kind }, i) => peer.members.counts(feed, feed.base + i) && kind)
  );
  assert.deepEqual(counted.flat().filter(Boolean), ["field.set", "field.set"]);
});

Deno.test("M4 of copies of a device that leave one by one all take the leave that lets the least count", () => {
  const [founder, ana] = [new TestWriter("founder"), new TestWriter("ana")];
  const start = [
    founder.run(say("member.add", { device: ana.key.device, name: "ana", role: "writer" })),
    ana.set("R", "f", 1),
  ];
  const copy = copyOf(ana);
  const leave = ({ key: { device } }: TestWriter) => say("member.remove", { device, heads: [] });
  const [early, late] = [[ana.run(leave(ana))], [copy.set("R", "f", 2), copy.run(leave(copy))]];
  const counted = [[early, late], [late, early]].map(([first, second]) => {
    const peer = new Peer("founder");
    for (const run of [...start, ...first!, ...second!]) peer.take(run);
    const own = peer.feeds.of(ana.key.device);
    const kinds = own.flatMap((feed) =>
      feed.slice(feed.base).filter((_, i) => peer.members.counts(feed, feed.base + i)).map(({ kind }) => kind)
    );
    return [peer.seen()[1], ...kinds].join(", ");
  });
  assert.deepEqual(counted, Array(2).fill("ana writer 2, field.set, member.remove"));
});

Deno.test("M4 what a device says together with its leave, and behind that, counts nowhere", () => {
  const [founder, ana, ben] = ["founder", "ana", "ben"].map((name) => new TestWriter(name)) as [
    TestWriter,
    TestWriter,
    TestWriter,
  ];
  const peer = new Peer("founder");
  peer.take(founder.run(say("member.add", { device: ana.key.device, name: "ana", role: "admin" })));
  peer.take(ana.run(say("member.add", { device: ben.key.device, name: "ben", role: "writer" })));
  const remove = ({ key: { device } }: TestWriter) => say("member.remove", { device, heads: [] });
  peer.take(ana.run(remove(ana), remove(ben)));
  assert.deepEqual(peer.seen(), ["founder admin all", "ana admin 2", "ben writer all"]);
});

Deno.test("M5 a join is heard of by all, also of who is removed with all that it wrote", () => {
  const [founder, ana, ben, eve] = ["founder", "ana", "ben", "eve"].map((name) => new TestWriter(name)) as [
    TestWriter,
    TestWriter,
    TestWriter,
    TestWriter,
  ];
  const remove = ana.run(say("member.remove", { device: eve.key.device, heads: [] }));
  const admins = founder.run(
    ...[ana, ben].map(({ key: { device } }) => say("member.add", { device, name: "admin", role: "admin" })),
  );
  const invitation = ana.run(inviteOwn("tablet", ana));
  const joined = join(eve, "tablet", "eve", ana);
  const added = ben.run(say("member.add", { device: eve.key.device, name: "eve", role: "admin" }));
  for (const order of [[added, remove, invitation, joined], [remove, invitation, joined, added]]) {
    const peer = new Peer("founder");
    peer.take(admins);
    for (const run of order) peer.take(run);
    assert.deepEqual(peer.counting().length, 3, "eve is a tablet of Ana that was removed, whatever Ben says");
    assert.deepEqual([peer.held("eve"), peer.members.endOf(eve.key.device)], [1, 1]);
  }
});

Deno.test("M5 a ticket lets in as many as it says, who prove that they have it", () => {
  const [peer, founder] = [new Peer("founder"), new TestWriter("founder")];
  peer.take(founder.run(invite("team", "writer", 2)));
  const writers = ["a", "b", "c"].map((name, i) => Object.assign(new TestWriter(name), { wallMs: START_MS + i }));
  peer.take(...writers.map((each) => join(each, "team", each.key.device.slice(0, 4))));
  assert.deepEqual(writers.map(({ key }) => peer.members.of(key.device)?.role), ["writer", "writer", undefined]);
});

Deno.test("M5 of two who join for one place the earlier is in, whichever is heard first", () => {
  const [founder, ana, ben] = ["founder", "ana", "ben"].map((name) => new TestWriter(name)) as [
    TestWriter,
    TestWriter,
    TestWriter,
  ];
  ben.wallMs += 1;
  const [team, first, second] = [
    founder.run(invite("team", "writer")),
    join(ana, "team", "ana"),
    join(ben, "team", "b"),
  ];
  for (const order of [[first, second], [second, first]]) {
    const peer = new Peer("founder");
    peer.take(team, ...order);
    assert.deepEqual(peer.seen(), ["founder admin all", "ana writer all"]);
  }
});

Deno.test("M5 an admin who adds and removes somebody that joins elsewhere keeps nobody out", () => {
  const [founder, eve, ana] = ["founder", "eve", "ana"].map((name) => new TestWriter(name)) as [
    TestWriter,
    TestWriter,
    TestWriter,
  ];
  const { device } = ana.key;
  const begin = founder.run(say("member.add", { device: eve.key.device, role: "admin" }), invite("team", "writer"));
  for (const role of ["reader", "writer"]) {
    const peer = new Peer("founder");
    const spoiler = eve.clone();
    peer.take(begin, spoiler.run(say("member.add", { device, role })));
    if (role === "writer") peer.take(spoiler.run(say("member.remove", { device, heads: [] })));
    assert.deepEqual(peer.take(ana.clone().run(say("note.add", { record: "R", text: "" }))), ["refused"]);
    const joiner = ana.clone();
    assert.deepEqual(peer.take(join(joiner, "team", "ana"), joiner.set("R", "f", 1)), ["applied", "applied"]);
    assert.deepEqual(peer.seen()[2], "ana writer all");
  }
});

Deno.test("M5 a proof that somebody else made lets nobody in", () => {
  const [peer, founder] = [new Peer("founder"), new TestWriter("founder")];
  const { events: [{ payload } = {}] } = join(new TestWriter("ana"), "team", "ana");
  peer.take(founder.run(invite("team", "writer")));
  assert.deepEqual(peer.take(new TestWriter("copier").run(say("member.join", payload!))), ["waiting"]);
});

Deno.test("M5 when whoever took a place is removed, the next one is in", () => {
  const [peer, founder] = [new Peer("founder"), new TestWriter("founder")];
  const [thief, ana] = [new TestWriter("thief"), Object.assign(new TestWriter("ana"), { wallMs: START_MS + 5000 })];
  const stolen = join(thief, "team", "thief");
  peer.take(founder.run(invite("team", "writer")), stolen, join(ana, "team", "ana"));
  assert.equal(peer.members.of(ana.key.device), undefined);
  peer.take(founder.run(say("member.remove", { device: thief.key.device, heads: [] })));
  assert.equal(peer.members.of(ana.key.device)?.name, "ana");
  assert.equal(peer.held("ana"), 1);
});

Deno.test("M5 a ticket that was withdrawn or is too old lets nobody in", () => {
  const [peer, founder] = [new Peer("founder"), new TestWriter("founder")];
  peer.take(founder.run(invite("old", "writer", 9, START_MS - 1), invite("gone", "writer")));
  peer.take(founder.run(say("member.withdraw", { ticket: ticketOf(secret("gone")) })));
  peer.take(join(new TestWriter("a"), "old", "a"), join(new TestWriter("b"), "gone", "b"));
  assert.deepEqual(peer.seen(), ["founder admin all"]);
});

const inviteOwn = (name: string, of: TestWriter, options: { uses?: number; untilMs?: number } = {}) => {
  const { uses = 1, untilMs = START_MS + 1e9 } = options;
  return say("member.invite", { ticket: ticketOf(secret(name)), of: of.key.device, role: "writer", uses, untilMs });
};

/** A founder, Ana who writes, and others that nobody knows. */
function team() {
  const peer = new Peer("founder");
  const [founder, ana, ...others] = ["founder", "ana", "tablet", "phone", "eve"].map((name) => new TestWriter(name));
  const { device } = ana!.key;
  peer.take(founder!.run(say("member.add", { device, name: "ana", role: "writer" })));
  return { peer, founder: founder!, ana: ana!, others };
}

Deno.test("M13 who joins with a member's own invitation is a device of that member, as many as it says", () => {
  const { peer, ana, others } = team();
  peer.take(ana.run(inviteOwn("own", ana, { uses: 2 })), ...others.map((each) => join(each, "own", "any", ana)));
  assert.deepEqual(peer.seen(), ["founder admin all", "ana writer all,all,all"]);
  assert.deepEqual(peer.take(others[0]!.set("R", "f", 1)), ["applied"]);
});

Deno.test("M13 a further device adds others, and is removed by the one before it, not the other way round", () => {
  const { peer, ana, others: [tablet, phone] } = team();
  peer.take(ana.run(inviteOwn("own", ana)), join(tablet!, "own", "t", ana));
  peer.take(tablet!.run(inviteOwn("more", ana)), join(phone!, "more", "p", ana));
  assert.deepEqual(peer.seen()[1], "ana writer all,all,all");
  peer.take(phone!.run(say("member.remove", { device: tablet!.key.device, heads: [] })));
  assert.deepEqual(peer.seen()[1], "ana writer all,all,all");
  peer.take(ana.run(say("member.remove", { device: tablet!.key.device, heads: [] })));
  assert.deepEqual(peer.seen()[1], "ana writer all,0", "what the tablet said counts no more");
});

Deno.test("M13 a reader, a stranger, and who names somebody else let in no device", () => {
  const { peer, founder, ana, others: [tablet, phone, eve] } = team();
  const { device } = phone!.key;
  peer.take(founder.run(say("member.add", { device, name: "phone", role: "reader" })));
  peer.take(ana.run(inviteOwn("not mine", founder)), join(tablet!, "not mine", "t", founder));
  peer.take(eve!.run(inviteOwn("strange", eve!)), phone!.run(inviteOwn("reads", phone!)));
  peer.take(join(new TestWriter("x"), "strange", "x", eve), join(new TestWriter("y"), "reads", "y", phone));
  assert.deepEqual(peer.seen(), ["founder admin all", "ana writer all", "phone reader all"]);
});

Deno.test("M13 an invitation for devices lets in no member, one for members no device, and none is made somebody else's", () => {
  const { peer, founder, ana, others: [tablet, phone, eve] } = team();
  peer.take(founder.run(say("member.add", { device: eve!.key.device, name: "eve", role: "writer" })));
  peer.take(eve!.run(inviteOwn("own", eve!, { uses: 9 })), eve!.run(inviteOwn("team", eve!, { uses: 9 })));
  peer.take(ana.run(inviteOwn("own", ana, { uses: 9 })), founder.run(invite("team", "admin")));
  peer.take(join(tablet!, "own", "t", ana), join(phone!, "team", "phone"));
  const [strange, other] = [new TestWriter("x"), new TestWriter("y")];
  peer.take(join(strange, "own", "x"), join(other, "team", "y", founder));
  assert.deepEqual(peer.seen(), ["founder admin all", "ana writer all,all", "eve writer all", "phone admin all"]);
});

Deno.test("M13 one that was withdrawn by its device or one before it, or is too old, lets nobody in", () => {
  const { peer, ana, others: [tablet, phone, eve] } = team();
  const close = (name: string) => say("member.withdraw", { ticket: ticketOf(secret(name)) });
  peer.take(ana.run(inviteOwn("own", ana)), join(tablet!, "own", "t", ana));
  peer.take(ana.run(inviteOwn("first", ana), inviteOwn("old", ana, { untilMs: START_MS - 1 })));
  peer.take(tablet!.run(inviteOwn("second", ana), close("first")));
  peer.take(ana.run(close("second")));
  peer.take(join(phone!, "second", "p", ana), join(new TestWriter("x"), "old", "x", ana));
  assert.deepEqual(peer.seen()[1], "ana writer all,all");
  peer.take(join(eve!, "first", "e", ana));
  assert.deepEqual(peer.seen()[1], "ana writer all,all,all", "a later device closes none of an earlier one");
});

Deno.test("M6 roles only rise; who is removed is let in anew with another key", () => {
  const peer = new Peer("founder");
  const [founder, ana, other] = ["founder", "ana", "other"].map((name) => new TestWriter(name)) as [
    TestWriter,
    TestWriter,
    TestWriter,
  ];
  const add = ({ key: { device } }: TestWriter) => say("member.add", { device, name: "ana", role: "reader" });
  const raise = (role: string) => founder.run(say("member.role", { member: ana.key.device, role }));
  peer.take(founder.run(add(ana)));
  const roles = ["writer", "reader", "admin", "writer"].map((role) => {
    peer.take(raise(role));
    return peer.members.of(ana.key.device)?.role;
  });
  assert.deepEqual(roles, ["writer", "writer", "admin", "admin"]);
  peer.take(founder.run(say("member.remove", { device: ana.key.device, heads: [] })));
  peer.take(founder.run(add(ana), add(other)));
  assert.notEqual(peer.members.cutoff(ana.key.device), undefined);
  assert.deepEqual(
    [peer.members.of(other.key.device)?.role, peer.members.cutoff(other.key.device)],
    ["reader", undefined],
  );
});

Deno.test("M7 a reader joins, and writes nothing else", () => {
  const [peer, founder, ana] = [new Peer("founder"), new TestWriter("founder"), new TestWriter("ana")];
  peer.take(founder.run(invite("team", "reader")), join(ana, "team", "ana"));
  assert.equal(peer.members.of(ana.key.device)?.role, "reader");
  assert.deepEqual(peer.take(ana.set("R", "f", 1)), ["refused"]);
});

function sayOf(
  what: string,
  { by, about: { key: { device } }, heads }: {
    readonly by: TestWriter;
    readonly about: TestWriter;
    readonly heads: readonly { readonly seq: number; readonly check: number }[];
  },
) {
  const removal = { "remove 0": [], "remove 2": [{ seq: 2, check: 7 }], "remove own": heads.slice(0, 1) }[what];
  switch (what) {
    case "own":
      return say("member.add", { device, of: by.key.device, role: "writer" });
    case "role":
      return say("member.role", { member: device, role: "admin" });
    case "invite":
      return invite(device, "admin");
    case "own invite":
      return inviteOwn(`own ${by.key.device}`, by);
    case "own withdraw":
      return say("member.withdraw", { ticket: ticketOf(secret(`own ${device}`)) });
    case "leave":
      return say("member.remove", { device: by.key.device, heads: heads.slice(0, 1) });
    default:
      if (what.startsWith("add")) return say("member.add", { device, role: what.slice(4) });
      return say("member.remove", { device, heads: removal ?? heads });
  }
}

function copyOf(writer: TestWriter): TestWriter {
  const copy = writer.clone();
  copy.wallMs += 1;
  return copy;
}

Deno.test("M3 of whom something counts does not depend on what came first", () => {
  const names = ["founder", "a", "b", "c", "d"];
  const act = fc.record({
    by: fc.nat({ max: names.length - 1 }),
    about: fc.nat({ max: names.length - 1 }),
    what: fc.constantFrom(
      ...["add admin", "add writer", "own", "remove 0", "remove 2", "remove own", "remove all", "role", "invite"],
      ...["join", "own invite", "own join", "own withdraw", "leave"],
    ),
    // Whether a copy of the device writes it, and whether something else is signed together with it.
    isCopy: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    isOne: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(act, { maxLength: 14 }), fc.infiniteStream(fc.nat()), (acts, chance) => {
    const writers = names.map((name) => new TestWriter(name));
    const copies = new Map<number, TestWriter>();
    const runs = acts.flatMap(({ by, about, what, isCopy, isOne }) => {
      const writer = isCopy ? copies.getOrInsertComputed(by, () => copyOf(writers[by]!)) : writers[by]!;
      if (what === "own join" || what === "join") {
        if (writer.seq > 0) return [];
        if (what === "own join") return [join(writer, `own ${writers[about]!.key.device}`, names[by]!, writers[about])];
        return [join(writer, writers[about]!.key.device, names[by]!)];
      }
      const heads = [writers[about]!, ...copies.has(about) ? [copies.get(about)!] : []].filter(({ seq }) => seq > 0)
        .map(({ seq, head }) => ({ seq, check: checkOf(head) }));
      const said = sayOf(what, { by: writer, about: writers[about]!, heads });
      const { device } = writers[(about + 1) % names.length]!.key;
      return [writer.run(said, ...isOne ? [say("member.add", { device, role: "admin" })] : [])];
    });
    const inOrder = new Peer("founder");
    for (let i = 0; i < 6; i++) inOrder.take(...runs);
    const shuffled = new Peer("founder");
    const order = runs.map((run) => ({ run, key: chance.next().value })).toSorted((a, b) => a.key - b.key);
    for (let i = 0; i < 6; i++) shuffled.take(...order.map(({ run }) => run));
    assert.deepEqual(shuffled.counting(), inOrder.counting());
  }));
});

Deno.test("a proof is of one dataset and one device", () => {
  const run = join(new TestWriter("a"), "team", "a");
  const { ticket, proof } = run.events[0]!.payload as { ticket: string; proof: string };
  assert.ok(isProved(DATASET, { ticket, proof, device: run.device }));
  assert.ok(!isProved(new Uint8Array(32), { ticket, proof, device: run.device }));
  assert.ok(!isProved(DATASET, { ticket, proof, device: testKey("b").device }));
});
