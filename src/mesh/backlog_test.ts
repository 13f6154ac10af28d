import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createLinkPair } from "../link/mod.ts";
import { createRandom } from "../random/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { backlogOf, backlogs } from "./backlog.ts";
import { holdContact } from "./contact.ts";
import { invite, join, remove } from "./membership.ts";
import { Replica } from "./replica.ts";

/** Replicas of one dataset on disks of their own; `meet` ends after so many packets of the first, in the middle of all. */
function createSurvey(writers: "anybody" | "members" = "anybody") {
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  const random = createRandom("1");
  const info = { name: "survey", founder: testKey("base").device, nonce: "00".repeat(16), writers } as const;
  const files = createMemoryFiles();
  const open = (name: string) => new Replica({ info, key: testKey(name), clock, folder: { files, path: name } });
  const write = (replica: Replica, count: number) => {
    for (let i = 0; i < count; i++) {
      replica.write({ kind: "note.add", record: `R-${i}`, text: random.bytes(300).toHex() });
    }
  };
  const meet = async (a: Replica, b: Replica, { packets = Infinity, isLook = false } = {}) => {
    const link = createLinkPair({ kind: "datagrams", maxBytes: 1000 });
    let sent = 0;
    const counted = Object.assign(Object.create(link.a), {
      ...{ kind: link.a.kind, maxBytes: link.a.maxBytes, name: "tcp://base:1", incoming: link.a.incoming },
      send: (bytes: Uint8Array) => {
        if (++sent > packets) link.break();
        return link.a.send(bytes);
      },
      close: () => link.a.close(),
    });
    const options = { clock, random, isReliable: true, isLook };
    await Promise.all([
      holdContact(a, counted, { ...options, peer: b.key.device }),
      holdContact(b, link.b, { ...options, peer: a.key.device }),
    ]);
  };
  /** A contact that stays; what is given ends it. */
  const live = (a: Replica, b: Replica) => {
    const link = createLinkPair({ kind: "datagrams", maxBytes: 1000 });
    const stop = new AbortController();
    const options = { clock, random, isReliable: true, isLive: true, signal: stop.signal };
    const holding = Promise.all([
      holdContact(a, link.a, { ...options, peer: b.key.device }),
      holdContact(b, link.b, { ...options, peer: a.key.device }),
    ]);
    return async () => {
      stop.abort();
      await holding;
    };
  };
  return { open, write, meet, live, clock, files };
}

const counts = (replica: Replica, other: Replica) => {
  const { toSend, toGet } = backlogOf(replica, other.key.device)!;
  return { toSend, toGet };
};

Deno.test("P11 what is written after a contact is to be sent to who was met, also after a restart", async () => {
  const { open, write, meet } = createSurvey();
  const [base, ben] = [open("base"), open("ben")];
  write(base, 3);
  assert.equal(backlogOf(base, ben.key.device), undefined);
  await meet(base, ben);
  assert.deepEqual([counts(base, ben), counts(ben, base)], [{ toSend: 0, toGet: 0 }, { toSend: 0, toGet: 0 }]);
  write(base, 4);
  base.close();
  const again = open("base");
  assert.deepEqual(counts(again, ben), { toSend: 4, toGet: 0 });
  const [{ contact, apart }] = backlogs(again) as [ReturnType<typeof backlogs>[0]];
  assert.deepEqual([contact?.status, contact?.sentEvents, contact?.via], ["done", 3, "tcp://base:1"]);
  assert.deepEqual(apart, { [base.key.device]: 4 });
  await meet(again, ben);
  // Nothing is exchanged by the next one: both have the same.
  await meet(again, ben);
  assert.deepEqual(counts(again, ben), { toSend: 0, toGet: 0 });
});

Deno.test("P11 of a contact that broke it stays known what is still to be sent, and what to be got until it has come another way", async () => {
  const { open, write, meet } = createSurvey();
  const [base, ben, ana] = [open("base"), open("ben"), open("ana")];
  write(ben, 1);
  await meet(base, ben);
  const said = base.acks.of(ben.key.device);
  write(base, 200);
  write(ben, 199);
  await meet(base, ben, { packets: 40 });
  const [got, given] = [base.feeds.get(ben.key.device)?.last ?? 0, ben.feeds.get(base.key.device)?.last ?? 0];
  const { toSend, toGet } = counts(base, ben);
  assert.ok(given < 200 && toSend >= 200 - given && toSend <= 200, `${toSend} to send, ${given} there`);
  assert.ok(got < 200 && toGet === 200 - got, `${toGet} to get, ${got} here`);
  assert.notEqual(backlogOf(base, ben.key.device)!.contact?.status, "done");
  // Its own word for what it has, which compaction goes by, is not changed by what it was given.
  assert.deepEqual(base.acks.of(ben.key.device), said);
  await meet(ben, ana);
  await meet(ana, base);
  // What ben wrote came by way of ana, and need not be sent to ben.
  assert.deepEqual(counts(base, ben), { toSend, toGet: 0 });
});

Deno.test("P11 what was exchanged is known though the contact that stays never comes to its end", async () => {
  const { open, write, live, clock } = createSurvey();
  const [base, ben] = [open("base"), open("ben")];
  write(base, 3);
  const end = live(base, ben);
  const wait = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) await clock.runTo(clock.now() + 1_000_000_000n);
  };
  await wait(3);
  const toSend = () => {
    const copy = open("base");
    copy.close();
    return backlogOf(copy, ben.key.device)?.toSend;
  };
  assert.equal(toSend(), 0);
  write(base, 4);
  await wait(3);
  // It has them by now; what stands on the disk is a while old.
  assert.equal(toSend(), 4);
  await wait(620);
  write(ben, 1);
  await wait(3);
  assert.equal(toSend(), 0);
  // Only what it says at the end counts as its word.
  assert.equal(open("base").acks.of(ben.key.device), undefined);
  await end();
  assert.notEqual(base.acks.of(ben.key.device), undefined);
});

Deno.test("P11 who was removed, and what was only looked at, leaves no backlog", async () => {
  const { open, write, meet } = createSurvey("members");
  const [base, ben, ana] = [open("base"), open("ben"), open("ana")];
  write(base, 3);
  await meet(base, ana, { isLook: true });
  assert.deepEqual(backlogs(base), []);
  const random = (length: number) => createRandom("secret").bytes(length);
  join(ben, invite(base, { secret: random(32) }), "Ben");
  await meet(base, ben);
  assert.equal(backlogs(base).length, 1);
  remove(base, ben.key.device, { random });
  assert.deepEqual(backlogs(base), []);
});

Deno.test("P11 of what an older version has kept, a device's own word says what it lacks", () => {
  const { open, write, files } = createSurvey();
  const base = open("base");
  write(base, 5);
  const { device } = base.key;
  base.close();
  const kept = { v: 1, devices: { [testKey("ben").device]: { atMs: START_MS, holds: { [device]: 2 } } } };
  files.replace("base/held.json", new TextEncoder().encode(JSON.stringify(kept)));
  const [backlog] = backlogs(open("base"));
  assert.deepEqual([backlog?.toSend, backlog?.toGet, backlog?.contact, backlog?.atMs], [3, 0, undefined, START_MS]);
});
