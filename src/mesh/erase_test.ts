import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { erase } from "./erase.ts";
import { FeedLog } from "./feed_log.ts";
import { remove } from "./membership.ts";
import { Replica } from "./replica.ts";
import { runsOf } from "./runs_of.ts";
import { decodeRun } from "./wire/mod.ts";

const info = { name: "survey", founder: testKey("ana").device, nonce: "00".repeat(16) } as const;
const say = (value: string, record = "R-1") => ({ kind: "field.set", record, field: "phone", value } as const);

function open(name: string, files: Files): Replica {
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  return new Replica({ info, key: testKey(name), clock, folder: { files, path: "survey" } });
}

function createTwo() {
  const [ours, theirs] = [createMemoryFiles(), createMemoryFiles()];
  const [ana, ben] = [open("ana", ours), open("ben", theirs)];
  ana.write({ kind: "member.add", device: ben.key.device, name: "Ben", role: "writer" });
  tell(ana, ben);
  return { ana, ben, ours, theirs };
}

function tell(from: Replica, to: Replica): void {
  for (const feed of from.feeds.all()) to.ingest(...runsOf(feed));
}

/** Whether a text is in a log as it is on the disk; texts are coded there, so each run is decoded, and nothing more. */
function holds(files: Files, text: string): boolean {
  let found = false;
  new FeedLog(files, "survey/feeds.log", {
    take: (entry) => {
      found ||= decodeRun(entry).events.some(({ payload }) => JSON.stringify(payload ?? {}).includes(text));
    },
  }).close();
  return found;
}

Deno.test("V7 what was erased is in no log of who erased it, at once, and of who heard of it, when it looks", () => {
  const { ana, ben, ours, theirs } = createTwo();
  ana.write(say("0170-1"), say("0170-2"));
  tell(ana, ben);
  ben.write(say("0170-3"));
  tell(ben, ana);
  assert.deepEqual([holds(ours, "0170"), holds(theirs, "0170")], [true, true]);
  const refs = ana.view.said("R-1").map(({ by }) => by);
  assert.deepEqual(erase(ana, refs), { erased: 3, inSnapshot: 0 });
  assert.equal(holds(ours, "0170"), false);
  tell(ana, ben);
  assert.equal(holds(theirs, "0170"), true);
  ben.dropErased();
  assert.equal(holds(theirs, "0170"), false);
  ben.close();
  using again = open("ben", theirs);
  assert.deepEqual(again.view.canonical(), ana.view.canonical());
  assert.deepEqual([again.view.record("R-1"), again.view.missing()], [undefined, []]);
});

Deno.test("V7 what others wrote is left by who is no admin, before anything is written", () => {
  const { ana, ben } = createTwo();
  const [foreign] = ana.write(say("0170"));
  tell(ana, ben);
  const [own] = ben.write(say("0171"));
  const { last } = ben.feeds.get(ben.key.device)!;
  assert.throws(() => erase(ben, [own!, foreign!]), { code: "DENIED" });
  assert.equal(ben.feeds.get(ben.key.device)!.last, last);
  assert.equal(erase(ben, [own!]).erased, 1);
});

Deno.test("V7 what does not count, for its device was removed before, is found and erased like the rest", () => {
  const { ana, ben, ours } = createTwo();
  const [early] = ben.write(say("0170-early"));
  ben.write(say("0170-late"));
  tell(ben, ana);
  const { seq, check } = early!;
  ana.write({ kind: "member.remove", device: ben.key.device, heads: [{ seq, check }] });
  assert.equal(ana.view.record("R-1")?.fields.get("phone")?.value, "0170-early");
  const said = ana.view.said("R-1");
  assert.deepEqual(said.map(({ value }) => value), ["0170-early", "0170-late"]);
  erase(ana, said.map(({ by }) => by));
  assert.equal(holds(ours, "0170"), false);
});

Deno.test("V7 a disk that is full keeps nothing from being erased later, and the log is closed all the same", () => {
  const { ana, ben, ours } = createTwo();
  ana.write(say("0170"));
  ben.close();
  let isFull = false;
  const files: Files = new Proxy(ours, {
    get: (target, name) => {
      if (isFull && name === "open") {
        throw new TinmanError("WRITE_FAILED", "Cannot write: the disk is full", { path: "survey" });
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  ana.close();
  const again = open("ana", files);
  isFull = true;
  assert.throws(() => erase(again, again.view.said("R-1").map(({ by }) => by)), { code: "WRITE_FAILED" });
  assert.throws(() => again.dropErased(), { code: "WRITE_FAILED", hint: /all that was written is kept/ });
  isFull = false;
  again.dropErased();
  assert.equal(holds(ours, "0170"), false);
  again.close();
});

Deno.test("V7 what was erased by who turns out to have been out is back from the log, at once and after a restart", () => {
  const { ana, ben, ours } = createTwo();
  ana.write(say("0170-1"), { kind: "member.role", member: ben.key.device, role: "admin" });
  tell(ana, ben);
  erase(ben, ben.view.said("R-1").map(({ by }) => by));
  tell(ben, ana);
  assert.equal(ana.view.record("R-1"), undefined);
  remove(ana, ben.key.device, { random: (length) => new Uint8Array(length), isWhole: true });
  assert.equal(ana.view.record("R-1")?.fields.get("phone")?.value, "0170-1");
  assert.deepEqual(ana.view.missing(), []);
  const before = ana.view.canonical();
  ana.close();
  using again = open("ana", ours);
  assert.deepEqual(again.view.canonical(), before);
});
