import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { decodeBundle, encodeBundle } from "./bundle.ts";
import { syncFolder } from "./bundle_folder.ts";
import { frontierOf, packBundle, unpackBundle } from "./bundle_replica.ts";
import { invite, join } from "./membership.ts";
import { Replica } from "./replica.ts";

const info = { name: "sur vey/1", founder: testKey("ana").device, nonce: "00".repeat(16) };
const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
const open = (name: string, nonce = info.nonce) => new Replica({ info: { ...info, nonce }, key: testKey(name), clock });
const set = (field: string, value: string) => ({ kind: "field.set", record: "R-1", field, value } as const);

function pass(from: Replica, to: Replica, ...known: Parameters<typeof packBundle>[1][]) {
  return unpackBundle(to, decodeBundle(packBundle(from, ...known), "b"), "b");
}

function createPair() {
  const [ana, ben] = [open("ana"), open("ben")];
  join(ben, invite(ana, { secret: new Uint8Array(32).fill(7) }), "Ben");
  ana.write(set("a", "1"), set("b", "2"));
  return { ana, ben };
}

Deno.test("P5 a bundle each way is all that two devices need, also to let one in", () => {
  const { ana, ben } = createPair();
  assert.equal(pass(ana, ben).applied, 3);
  ben.write(set("a", "3"));
  assert.equal(pass(ben, ana).applied, 2);
  assert.deepEqual(ana.view.canonical(), ben.view.canonical());
  assert.equal(pass(ben, ana).applied, 0);
});

Deno.test("P5 a bundle for a peer holds what that peer lacks, and is of no use to who lacks more", () => {
  const { ana, ben } = createPair();
  pass(ana, ben);
  ana.write(set("c", "4"));
  const known = frontierOf(ben);
  const bundle = packBundle(ana, { known });
  assert.equal(decodeBundle(bundle, "b").runs.flatMap(({ events }) => events).length, 1);
  assert.equal(unpackBundle(ben, decodeBundle(bundle, "b"), "b").applied, 1);
  const other = open("cleo");
  assert.throws(() => unpackBundle(other, decodeBundle(bundle, "b"), "b"), { code: "UNAVAILABLE" });
  assert.deepEqual([...other.feeds.all()], []);
});

Deno.test("P5 a bundle that was cut off anywhere, or in which a bit is another, is not used", () => {
  const { ana } = createPair();
  const bytes = packBundle(ana, { blobs: new Map([["ab".repeat(32), Uint8Array.of(1, 2, 3)]]) });
  assert.deepEqual([...decodeBundle(bytes, "b").blobs], [["ab".repeat(32), Uint8Array.of(1, 2, 3)]]);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeBundle(bytes.subarray(0, length), "b"), /Cannot (use|read) bundle b: /);
  }
  for (let i = 0; i < bytes.length; i += 3) {
    const damaged = bytes.slice();
    damaged[i]! ^= 1 << (i % 8);
    assert.throws(() => decodeBundle(damaged, "b"), /Cannot (use|read) bundle b: /);
  }
});

Deno.test("P5 a bundle counts as a whole or not at all: one run that nobody signed spoils it", () => {
  const { ana, ben } = createPair();
  const bundle = decodeBundle(packBundle(ana), "b");
  const [run] = bundle.runs;
  const forged = { ...run!, events: [...run!.events.slice(0, -1), { ...run!.events.at(-1)!, wallMs: START_MS + 5 }] };
  const again = decodeBundle(encodeBundle({ ...bundle, runs: [...bundle.runs, forged] }), "b");
  assert.throws(() => unpackBundle(ben, again, "b"), { code: "INTEGRITY" });
  assert.equal(ben.feeds.get(testKey("ana").device), undefined);
  assert.throws(() => pass(open("ana", "11".repeat(16)), ben), { code: "CONFIG" });
});

Deno.test("P6 syncFolder() passes over what is half copied or of others, and leaves a file only when one is needed", () => {
  const { ana, ben } = createPair();
  const files = createMemoryFiles();
  const sync = (replica: Replica) => syncFolder(replica, { files, path: "stick" });
  files.makeFolder("stick");
  const { written } = sync(ana);
  assert.equal(written, `sur-vey-1-${testKey("ana").device.slice(0, 12)}.tmesh`);
  files.replace("stick/other.tmesh", packBundle(open("ana", "22".repeat(16))));
  files.replace("stick/half.tmesh", readFile(files, `stick/${written}`, 1e6)!.subarray(0, 200));
  const first = sync(ben);
  assert.deepEqual([first.applied, first.bundles, first.skipped.map(({ file }) => file)], [3, 1, ["half.tmesh"]]);
  assert.equal(sync(ana).applied, 1);
  // Each of the two files is needed; who has what both hold writes nothing.
  assert.deepEqual([sync(ben).written, sync(ana).written, ana.members.list().length], [undefined, undefined, 2]);
  assert.deepEqual(ana.view.canonical(), ben.view.canonical());
});

Deno.test("O4 a clock that is behind is said, not guessed: what seems to be of the future waits", () => {
  const { ana } = createPair();
  const late = new Replica({ info, key: testKey("dora"), clock: new VirtualClock(0n) });
  const report = unpackBundle(late, decodeBundle(packBundle(ana), "b"), "b");
  assert.deepEqual([report.applied, report.futureMs !== undefined && report.futureMs >= START_MS], [0, true]);
});
