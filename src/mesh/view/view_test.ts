import assert from "node:assert/strict";
import { TestWriter } from "../_writer.ts";
import { Feed } from "../feed.ts";
import { type FieldValue, MAX_SUPERSEDES } from "../kinds.ts";
import type { EventRef } from "../event.ts";
import { createPeer, openSaid, TestPeer } from "./_histories.ts";

function set(record: string, field: string, value: FieldValue) {
  return { kind: "field.set", record, field, value } as const;
}

function meet(...peers: readonly TestPeer[]): void {
  for (const peer of peers) for (const other of peers) peer.take(...other.runs);
}

Deno.test("O1 a write that knows another one replaces it, also with an earlier stamp", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  b.writer.wallMs -= 86_400_000;
  a.write(set("R-1", "status", "OPEN"));
  b.take(...a.runs);
  b.write(set("R-1", "status", "CLOSED"));
  meet(a, b);
  assert.equal(a.view.record("R-1")?.fields.get("status")?.value, "CLOSED");
  assert.deepEqual(a.view.conflicts(), []);
  assert.deepEqual(a.view.canonical(), b.view.canonical());
});

Deno.test("O1 what replaces a write may come before it", () => {
  const [a, b, late] = [new TestPeer("a"), new TestPeer("b"), createPeer()];
  a.write(set("R-1", "status", "OPEN"));
  b.take(...a.runs);
  b.write(set("R-1", "status", "CLOSED"));
  for (const run of [...b.runs, ...a.runs]) late.feeds.ingest(run);
  assert.deepEqual(late.view.record("R-1")?.fields.get("status")?.others, 0);
  assert.deepEqual(late.view.canonical(), b.view.canonical());
});

Deno.test("O2 of writes that do not know each other the latest is shown, and the other can be taken again", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  b.writer.wallMs += 5;
  const [ours] = a.write(set("R-1", "status", "OPEN"));
  b.write(set("R-1", "status", "CLOSED"));
  meet(a, b);
  const [conflict] = a.view.conflicts();
  assert.deepEqual([conflict?.shown.value, conflict?.others.map(({ value, by }) => [value, by])], [
    "CLOSED",
    [["OPEN", ours]],
  ]);
  a.write(set("R-1", "status", conflict!.others[0]!.value));
  meet(a, b);
  assert.equal(b.view.record("R-1")?.fields.get("status")?.value, "OPEN");
  assert.deepEqual(b.view.conflicts(), []);
});

Deno.test("O2 two who wrote the same do not contradict each other", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  a.write(set("R-1", "tags", ["x", 1]));
  b.write(set("R-1", "tags", ["x", 1]));
  meet(a, b);
  assert.deepEqual(a.view.conflicts(), []);
  assert.equal(a.view.record("R-1")?.fields.get("tags")?.others, 1);
});

Deno.test("O2 branches of a device that was copied contradict each other, and the next write settles it", () => {
  const a = new TestPeer("a");
  a.write(set("R-1", "status", "OPEN"));
  const copy = new TestPeer("");
  copy.writer = a.writer.clone();
  copy.take(...a.runs);
  copy.runs.push(...a.runs);
  a.write(set("R-1", "status", "ours"));
  copy.writer.wallMs += 7;
  copy.write(set("R-1", "status", "theirs"));
  meet(a, copy);
  assert.equal(a.view.conflicts().length, 1);
  a.write(set("R-1", "status", "settled"));
  meet(a, copy);
  assert.deepEqual(copy.view.conflicts(), []);
  assert.equal(copy.view.record("R-1")?.fields.get("status")?.value, "settled");
});

Deno.test("V1 what no view of the original survived changes nothing here", () => {
  const { feeds, view } = createPeer();
  const writer = new TestWriter("a");
  feeds.ingest(writer.set("R-1", "status", "OPEN"));
  const before = view.canonical();
  const poison = [
    { kind: "field.set", payload: { record: "R-1" } },
    { kind: "field.set", payload: { record: ["R-1"], field: "f", value: 1 } },
    { kind: "note.add", payload: { record: "R-1", text: 5 } },
    { kind: "attachment.add", payload: { record: "R-1", field: "photo", blob: 7, size: "big", type: "x", name: "y" } },
  ];
  for (const each of poison) assert.equal(feeds.ingest(writer.clone().run(each)).status, "refused");
  feeds.ingest(writer.run({ kind: "x.from-the-future", payload: { record: 5, field: null, text: [{}] } }));
  assert.deepEqual(view.canonical(), before);
});

Deno.test("V1 names like those of objects are names", () => {
  const a = new TestPeer("a");
  for (const name of ["__proto__", "constructor", "toString", ""]) if (name) a.write(set(name, name, { a: 1 }));
  assert.deepEqual([...a.view.records()].map(({ id, fields }) => [id, ...fields.keys()]), [
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["toString", "toString"],
  ]);
});

Deno.test("V3 a field before its record, and a record that is created twice", () => {
  const [a, b, late] = [new TestPeer("a"), new TestPeer("b"), createPeer()];
  a.write({ kind: "record.create", record: "R-1", form: "water_point" }, set("R-1", "status", "OPEN"));
  b.writer.wallMs += 5;
  b.write({ kind: "record.create", record: "R-1", form: "school" });
  late.feeds.ingest(b.runs[0]!);
  late.feeds.ingest(a.runs[0]!);
  meet(a, b);
  const record = late.view.record("R-1");
  assert.deepEqual([record?.form, record?.created?.by.device], ["school", b.writer.key.device]);
  assert.deepEqual(late.view.conflicts().map(({ what, others }) => [what, others[0]?.value]), [[
    "form",
    "water_point",
  ]]);
  assert.deepEqual([...late.view.records({ form: "water_point" })], []);
  assert.deepEqual(late.view.canonical(), a.view.canonical());
});

Deno.test("V4 notes stay in their order when an old one comes late, and are edited and deleted by name", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  b.writer.wallMs -= 5000;
  const texts = () => a.view.record("R-1")!.notes.map(({ text }) => text);
  const [first] = a.write({ kind: "note.add", record: "R-1", text: "first" });
  a.write({ kind: "note.add", record: "R-1", text: "second" });
  b.write({ kind: "note.add", record: "R-1", text: "older" });
  a.take(...b.runs);
  assert.deepEqual(texts(), ["older", "first", "second"]);
  b.take(...a.runs);
  b.write({ kind: "note.edit", record: "R-1", note: first!, text: "corrected" });
  a.take(...b.runs);
  assert.deepEqual(texts(), ["older", "corrected", "second"]);
  assert.deepEqual(a.view.conflicts(), []);
  a.write({ kind: "note.delete", record: "R-1", note: first!, reason: "wrong" });
  assert.deepEqual(texts(), ["older", "second"]);
});

Deno.test("V4 attachments with values of any sort have an order", () => {
  const a = new TestPeer("a");
  const file = { kind: "attachment.add", record: "R-1", field: "photo", size: 1, type: "image/png" } as const;
  a.write({ ...file, blob: "b".repeat(64), name: "1" });
  const [second] = a.write({ ...file, blob: "a".repeat(64), name: "2" });
  assert.deepEqual(a.view.record("R-1")?.attachments.map(({ name }) => name), ["1", "2"]);
  a.write({ kind: "attachment.delete", record: "R-1", attachment: second! });
  assert.deepEqual(a.view.record("R-1")?.attachments.map(({ name }) => name), ["1"]);
});

Deno.test("V5 a deleted record is gone from lists with its reason, and comes back with what was written meanwhile", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  a.write({ kind: "record.create", record: "R-1", form: "f" });
  b.take(...a.runs);
  a.write({ kind: "record.delete", record: "R-1", reason: "twice" });
  b.writer.wallMs += 10_000;
  b.write(set("R-1", "status", "OPEN"));
  meet(a, b);
  assert.deepEqual([...a.view.records()], []);
  const { reason, isWrittenAfter } = a.view.record("R-1")!.deleted!;
  assert.deepEqual([reason, isWrittenAfter], ["twice", true]);
  b.write({ kind: "record.restore", record: "R-1" });
  meet(a, b);
  assert.deepEqual([...a.view.records()].map(({ fields }) => fields.get("status")?.value), ["OPEN"]);
});

Deno.test("V6 the history of a field says who wrote what, when, and what that replaced", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  const [one, two] = a.write(set("R-1", "status", 1), set("R-1", "status", 2));
  a.write(set("R-1", "other", 0));
  b.writer.wallMs += 10_000;
  const [apart] = b.write(set("R-1", "status", 3));
  b.take(...a.runs);
  assert.deepEqual(
    b.view.history("R-1", "status").map(({ by, value, replaced, state }) => [by, value, replaced, state]),
    [
      [apart, 3, [], "shown"],
      [two, 2, [one], "conflict"],
      [one, 1, [], "replaced"],
    ],
  );
  assert.equal(b.view.history("R-1").length, 4);
  assert.deepEqual(b.view.history("nowhere"), []);
});

Deno.test("V7 an erased write leaves its feed and the view, and what it had replaced does not come back", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  a.write(set("R-1", "phone", "old"), set("R-1", "name", "Ana"));
  b.take(...a.runs);
  const [secret] = b.write(set("R-1", "phone", "secret"));
  b.write({ kind: "event.erase", event: secret!, reason: "asked to" });
  a.take(b.runs[1]!, b.runs[0]!, b.runs[1]!);
  for (const { feeds, view } of [a, b]) {
    assert.deepEqual([...view.record("R-1")!.fields.keys()], ["name"]);
    assert.deepEqual(view.history("R-1", "phone").map(({ value }) => value), ["old"]);
    assert.equal(feeds.find(secret!)?.event.payload, undefined);
    assert.ok(view.isErased(secret!));
  }
  assert.deepEqual(a.view.canonical(), b.view.canonical());
});

Deno.test("V7 what is erased had replaced as many as a write can, and none of them comes back", () => {
  const a = new TestPeer("a");
  const all = createPeer();
  const [first] = a.write({ kind: "note.add", record: "R-1", text: "first" }) as [EventRef];
  const edit = { kind: "note.edit", record: "R-1", note: first, text: "better" } as const;
  a.write(edit);
  for (let i = 0; i < MAX_SUPERSEDES; i++) {
    const other = new TestPeer(`other ${i}`);
    other.take(a.runs[0]!);
    other.write(edit);
    a.take(...other.runs.slice(-1));
    all.feeds.ingest(other.runs.at(-1)!);
  }
  const [secret] = a.write({ ...edit, text: "secret" }) as [EventRef];
  a.write({ kind: "event.erase", event: secret });
  for (const run of a.runs) all.feeds.ingest(run);
  assert.deepEqual(a.view.record("R-1"), undefined);
  assert.deepEqual(all.view.canonical(), a.view.canonical());
});

Deno.test("V7 nobody erases what others wrote, but for those who may", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  const [theirs] = a.write(set("R-1", "status", "OPEN"));
  const erase = { kind: "event.erase", event: theirs! } as const;
  b.write(erase);
  a.take(...b.runs);
  assert.equal(a.view.record("R-1")?.fields.get("status")?.value, "OPEN");
  const admin = createPeer({ mayErase: (device) => device === b.writer.key.device });
  for (const run of [...b.runs, ...a.runs]) admin.feeds.ingest(run);
  assert.equal(admin.view.record("R-1"), undefined);
});

Deno.test("V7 with an erasure that does not count after all, what it kept replaced stands again", () => {
  let cutoff = Infinity;
  const a = new TestPeer("a", { counts: (_, seq) => seq <= cutoff });
  const [, secret] = a.write(set("R-1", "phone", "old"), set("R-1", "phone", "secret"));
  a.write({ kind: "event.erase", event: secret! });
  assert.equal(a.view.record("R-1"), undefined);
  cutoff = 1;
  a.view.recount(a.writer.key.device);
  assert.equal(a.view.record("R-1")?.fields.get("phone")?.value, "old");
  cutoff = 2;
  a.view.recount(a.writer.key.device);
  assert.deepEqual(a.view.missing(), [secret]);
  a.take(...a.runs);
  assert.equal(a.view.record("R-1")?.fields.get("phone")?.value, "secret");
});

Deno.test("V7 what two have erased does not bring back what it had replaced when one erasure does not count", () => {
  let cutoff = Infinity;
  const [a, b] = [new TestPeer("a"), new TestPeer("b", { mayErase: () => true })];
  const [, secret] = a.write(set("R-1", "phone", "old"), set("R-1", "phone", "secret"));
  a.write({ kind: "event.erase", event: secret! });
  b.take(...a.runs);
  b.write({ kind: "event.erase", event: secret! });
  const isA = (device: string) => device === a.writer.key.device;
  const { feeds, view } = createPeer({
    mayErase: () => true,
    counts: ({ device }, seq) => !isA(device) || seq <= cutoff,
  });
  for (const run of [...a.runs, ...b.runs]) feeds.ingest(run);
  cutoff = 2;
  view.recount(a.writer.key.device);
  assert.equal(view.record("R-1"), undefined);
  assert.deepEqual(view.missing(), []);
});

Deno.test("V7 an erasure cannot be erased", () => {
  const a = new TestPeer("a");
  const [secret] = a.write(set("R-1", "phone", "secret"));
  const [erasure] = a.write({ kind: "event.erase", event: secret! });
  a.write({ kind: "event.erase", event: erasure! });
  assert.notEqual(a.feeds.find(erasure!)?.event.payload, undefined);
  assert.equal(a.view.record("R-1"), undefined);
});

Deno.test("V2 an edit reads as many events of a large dataset as of a small one", () => {
  const readsOf = (records: number) => {
    const [a, b] = [new TestPeer("a"), new TestPeer("b")];
    for (let i = 0; i < records; i++) a.write(set(`R-${i}`, "status", "OPEN"), set(`R-${i}`, "depth", i));
    b.take(...a.runs);
    b.view.record("R-0");
    let reads = 0;
    const { at, slice } = Feed.prototype;
    using _ = { [Symbol.dispose]: () => void Object.assign(Feed.prototype, { at, slice }) };
    Feed.prototype.at = function (seq) {
      reads++;
      return at.call(this, seq);
    };
    Feed.prototype.slice = function (from, to) {
      const found = slice.call(this, from, to);
      reads += found.length;
      return found;
    };
    b.write(set("R-0", "status", "CLOSED"));
    assert.equal(b.view.record("R-0")?.fields.get("status")?.value, "CLOSED");
    b.view.digest;
    return reads;
  };
  const [few, many] = [readsOf(2), readsOf(2_000)];
  assert.ok(few > 0 && many === few, `${few} and ${many} events were read`);
});

Deno.test("K4 who wrote something is who signed it, whatever it says", () => {
  const peer = new TestPeer("a");
  const claim = { record: "R-1", form: "site", by: "b" };
  assert.equal(peer.feeds.ingest(peer.writer.clone().run({ kind: "record.create", payload: claim })).status, "refused");
  peer.write({ kind: "record.create", record: "R-1", form: "site" });
  assert.equal(peer.view.record("R-1")?.created?.by.device, peer.writer.key.device);
});

Deno.test("View.listen() hears once which records a run has changed", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  const heard: string[][] = [];
  const stop = b.view.listen({ changed: (records) => heard.push([...records]) });
  a.write(set("R-1", "x", 1), set("R-2", "x", 1), set("R-1", "y", 1));
  b.take(...a.runs, ...a.runs);
  stop();
  a.write(set("R-3", "x", 1));
  b.take(...a.runs);
  assert.deepEqual(heard, [["R-1", "R-2"]]);
});

Deno.test("View.reopen() takes what was sealed when its key has come", () => {
  let hasKey = false;
  const open = () => hasKey ? { kind: "field.set", payload: { record: "R-1", field: "x", value: 1 } } : undefined;
  const { feeds, view } = createPeer({ open });
  feeds.ingest(new TestWriter("a").run({ kind: "sealed", payload: { key: "0".repeat(16), data: "00".repeat(40) } }));
  assert.equal(view.size, 0);
  hasKey = true;
  view.reopen();
  assert.equal(view.record("R-1")?.fields.get("x")?.value, 1);
});

Deno.test("V1 what is erased between the coming of its key and View.reopen() takes nothing else with it", () => {
  let hasKey = false;
  const { feeds, view } = createPeer({ open: (event) => hasKey ? openSaid(event) : undefined });
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  a.isSealed = true;
  const [event] = a.write(set("R-1", "x", 1)) as [EventRef];
  b.write(set("R-1", "y", 2));
  a.write({ kind: "event.erase", event });
  feeds.ingest(a.runs[0]!);
  hasKey = true;
  for (const run of [...b.runs, ...a.runs.slice(1)]) feeds.ingest(run);
  view.reopen();
  assert.equal(view.record("R-1")?.fields.get("y")?.value, 2);
});
