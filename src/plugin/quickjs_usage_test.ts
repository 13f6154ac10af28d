import assert from "node:assert/strict";
import type { FromGuest, Guest } from "./protocol.ts";
import { openQuickJs } from "./quickjs.ts";

/** A plugin with a codec that keeps arrays, as many as it is told, or objects of many classes. */
const code = `export default definePlugin({ codecs: { keep: { version: 1,
  encode(count) {
    for (let i = 0; i < count; i++) kept.push(new Array(100).fill(i));
    return new Uint8Array();
  },
  decode: (bytes) => { kept.push(
    new Map(), new Set(), new WeakMap(), new WeakSet(), Promise.resolve(), new Date(0), /x/, new Error(), Symbol.iterator,
    new Proxy({}, {}), new DataView(new ArrayBuffer(1)), new BigInt64Array(1), new Float32Array(1), new Float64Array(1),
    new Int8Array(1), new Int16Array(1), new Int32Array(1), new Uint8Array(1), new Uint16Array(1), new Uint32Array(1),
    [][Symbol.iterator](), ""[Symbol.iterator](), new Map().keys(), new Set().keys(), (function* () {})(),
    (async function* () {})(), (function () { return arguments; })(), Object(1), Object(""), Object(true), Object(1n),
    () => {}, function () {}.bind(0), async () => {}, new WeakRef({}), new FinalizationRegistry(() => {}),
  ); return bytes.length; },
} } });
const kept = [];`;

async function opened(now: () => number): Promise<{ readonly guest: Guest; keep(count: number): void; fill(): void }> {
  const guest = await openQuickJs({ now, memoryMB: 64 });
  const said: FromGuest[] = [];
  guest.onMessage = (message) => said.push(message);
  guest.post(["load", [{ name: "mod.js", code: `import { definePlugin } from "tinman/plugin";\n${code}` }]]);
  assert.ok(said.some(([what]) => what === "ready"), JSON.stringify(said));
  return {
    guest,
    keep: (count) => guest.post(["code", 1, "keep", "encode", [count], null]),
    fill: () => guest.post(["code", 1, "keep", "decode", [new Uint8Array(1)], null]),
  };
}

Deno.test("a QuickJS says what its plugin keeps, and nothing when it is closed", async () => {
  let nowMs = 0;
  const { guest, keep } = await opened(() => nowMs);
  const empty = guest.usage!()!.memoryBytes!;
  assert.ok(empty > 50_000 && empty < 1_000_000, `${empty} bytes of an empty one`);
  keep(2000);
  nowMs += 1000;
  const full = guest.usage!()!.memoryBytes!;
  // 100 numbers of 8 bytes in each array.
  assert.ok(full - empty > 1_600_000 && full - empty < 3_200_000, `${full - empty} bytes for 2000 arrays`);
  await guest.close();
  assert.equal(guest.usage!(), undefined);
});

Deno.test("a QuickJS is weighed rarely, and the less often the longer it takes", async () => {
  let nowMs = 0;
  let stepMs = 0;
  const { guest, keep } = await opened(() => nowMs += stepMs);
  const weighed = () => guest.usage!()!.memoryBytes!;
  nowMs = 5000;
  const first = weighed();
  keep(100);
  nowMs = 5999;
  assert.equal(weighed(), first);
  nowMs = 6000;
  stepMs = 50;
  const second = weighed();
  assert.ok(second > first);
  stepMs = 0;
  keep(100);
  nowMs += 9000;
  assert.equal(weighed(), second);
  nowMs += 2000;
  assert.ok(weighed() > second);
  await guest.close();
});

Deno.test("a QuickJS says how long it has worked", async () => {
  let nowMs = 0;
  const { guest, keep } = await opened(() => nowMs += 3);
  const before = guest.usage!()!.cpuMs!;
  keep(1);
  keep(1);
  assert.ok(guest.usage!()!.cpuMs! >= before + 6);
  await guest.close();
});

Deno.test("a QuickJS with objects of very many classes does not know what it keeps, and works on", async () => {
  let nowMs = 0;
  const { guest, fill } = await opened(() => nowMs);
  assert.ok(guest.usage!()!.memoryBytes! > 50_000);
  fill();
  nowMs += 1000;
  assert.equal(guest.usage!()!.memoryBytes, undefined);
  fill();
  await guest.close();
});
