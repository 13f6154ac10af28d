import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import type { Role } from "./kinds.ts";
import { promote } from "./promotion.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";

const info = { name: "survey", founder: testKey("base").device, nonce: "00".repeat(16) } as const;

function createBase() {
  const base = open("base");
  base.write({ kind: "member.add", device: base.key.device, name: "base", role: "admin" });
  return base;
}

function open(name: string): Replica {
  return new Replica({ info, key: testKey(name), clock: new VirtualClock(BigInt(START_MS) * 1_000_000n) });
}

function tell(from: Replica, ...all: readonly Replica[]): void {
  for (const to of all) for (const feed of from.feeds.all()) to.ingest(...runsOf(feed));
}

function add(by: Replica, name: string, role: Role): void {
  by.write({ kind: "member.add", device: testKey(name).device, name, role });
}

const member = (replica: Replica, name: string) => replica.members.of(testKey(name).device)!;

Deno.test("M6 who is made a writer writes, who is made an admin lets others in and can prove it", () => {
  const [base, ana] = [createBase(), open("ana")];
  add(base, "ana", "reader");
  tell(base, ana);
  assert.throws(() => ana.write({ kind: "note.add", record: "R", text: "x" }), { code: "DENIED" });
  assert.equal(promote(base, member(base, "ana"), "writer"), true);
  tell(base, ana);
  ana.write({ kind: "note.add", record: "R", text: "x" });
  promote(base, member(base, "ana"), "admin");
  tell(base, ana);
  add(ana, "ben", "writer");
  tell(ana, base);
  assert.equal(member(base, "ben").role, "writer");
  assert.equal(base.members.grantsOf(ana.key.device)?.length, 1);
  assert.equal(base.view.record("R")?.notes.length, 1);
});

Deno.test("M6 what would count nowhere is not written: less, the same, for who was removed", () => {
  const base = createBase();
  add(base, "ana", "writer");
  add(base, "ben", "writer");
  base.write({ kind: "member.remove", device: testKey("ben").device, heads: [] });
  const before = base.feeds.get(base.key.device)!.last;
  assert.throws(() => promote(base, member(base, "ana"), "reader"), { code: "CONFIG", message: /roles only rise/ });
  assert.throws(() => promote(base, member(base, "ben"), "admin"), { code: "CONFIG", message: /was removed/ });
  assert.equal(promote(base, member(base, "ana"), "writer"), false);
  assert.equal(base.feeds.get(base.key.device)!.last, before);
});

Deno.test("M3 an admin makes nobody more who is above it, beside it, or itself, and a writer nobody", () => {
  const [base, ana, ben] = [createBase(), open("ana"), open("ben")];
  for (const name of ["ana", "ben"]) add(base, name, "admin");
  add(base, "cleo", "writer");
  add(base, "dan", "writer");
  tell(base, ana, ben);
  for (const name of ["base", "ben", "ana", "cleo"]) {
    assert.throws(() => promote(ana, member(ana, name), "admin"), { code: "DENIED" }, name);
  }
  const dan = open("dan");
  tell(base, dan);
  assert.throws(() => promote(dan, member(dan, "cleo"), "admin"), { code: "DENIED" });
  add(ana, "eve", "writer");
  tell(ana, base);
  assert.equal(promote(base, member(base, "eve"), "admin"), true, "those below below");
});
