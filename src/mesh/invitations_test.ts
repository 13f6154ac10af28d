import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { VirtualClock } from "../clock/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { openInvitations, withdraw } from "./invitations.ts";
import { invite, join } from "./membership.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

const info = { name: "survey", founder: testKey("base").device, nonce: "00".repeat(16) } as const;
const secret = (name: string) => hash("sha256", name, "buffer");

function open(name: string): Replica {
  return new Replica({ info, key: testKey(name), clock: new VirtualClock(BigInt(START_MS) * 1_000_000n) });
}

function createBase(): Replica {
  const base = open("base");
  base.write({ kind: "member.add", device: base.key.device, name: "base", role: "admin" });
  return base;
}

function tell(from: Replica, ...all: readonly Replica[]): void {
  for (const to of all) for (const feed of from.feeds.all()) to.ingest(...runsOf(feed));
}

Deno.test("M5 who came with an invitation before it was withdrawn stays, and nobody comes after", () => {
  const base = createBase();
  const invitation = invite(base, { secret: secret("team"), uses: 9 });
  const [ana, thief, far] = ["ana", "thief", "far"].map((name) => open(name)) as [Replica, Replica, Replica];
  tell(base, ana);
  join(ana, invitation, "Ana");
  tell(ana, base);
  assert.deepEqual(openInvitations(base).map(({ left, joined }) => [left, joined]), [[8, [ana.key.device]]]);
  withdraw(base, openInvitations(base)[0]!);
  assert.deepEqual(openInvitations(base), []);
  join(thief, invitation, "Thief");
  tell(thief, base);
  ana.write({ kind: "note.add", record: "R", text: "still here" });
  // Who hears of the withdrawal before anything of Ana lets her in all the same.
  tell(base, far);
  for (const to of [base, far]) {
    tell(ana, to);
    assert.deepEqual(to.members.list().map(({ name }) => name), ["base", "Ana"]);
    assert.equal(to.view.record("R")?.notes.length, 1);
  }
});

Deno.test("M5 two devices of a member may withdraw an invitation apart: all that either has seen stay", () => {
  const base = createBase();
  const invitation = invite(base, { secret: secret("team"), uses: 9 });
  const [ana, ben] = [open("ana"), open("ben")];
  join(ana, invitation, "Ana");
  join(ben, invitation, "Ben");
  tell(ana, base);
  const seen = openInvitations(base)[0]!;
  tell(ben, base);
  withdraw(base, seen);
  assert.deepEqual(base.members.list().map(({ name }) => name), ["base", "Ana"]);
  withdraw(base, { ...seen, joined: [ben.key.device] });
  assert.deepEqual(base.members.list().map(({ name }) => name).sort(), ["Ana", "Ben", "base"]);
});

Deno.test("M5 nobody withdraws the invitation of another member, and one that is too old is not listed", () => {
  const [base, ana] = [createBase(), open("ana")];
  base.write({ kind: "member.add", device: ana.key.device, name: "Ana", role: "admin" });
  invite(base, { secret: secret("team") });
  invite(base, { secret: secret("old"), untilMs: START_MS - 1 });
  tell(base, ana);
  const [theirs, ...others] = openInvitations(ana);
  assert.equal(others.length, 0);
  assert.throws(() => withdraw(ana, theirs!), { code: "DENIED", message: /another member wrote it/ });
});

Deno.test("V1 what somebody wrote who came where the withdrawal was not known yet is in no view", () => {
  const base = createBase();
  const invitation = invite(base, { secret: secret("team"), uses: 9 });
  const [far, late] = [open("far"), open("late")];
  base.write({ kind: "member.add", device: far.key.device, name: "Far", role: "writer" });
  tell(base, far, late);
  withdraw(base, openInvitations(base)[0]!);
  join(late, invitation, "Late");
  late.write({ kind: "note.add", record: "R", text: "let in by far alone" });
  tell(late, far, base);
  assert.equal(far.view.record("R")?.notes.length, 1);
  tell(base, far);
  assert.deepEqual(far.members.list().map(({ name }) => name), ["base", "Far"]);
  assert.deepEqual([far.view.record("R"), base.view.record("R")], [undefined, undefined]);
});
