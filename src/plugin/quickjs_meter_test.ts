import assert from "node:assert/strict";
import { meterLoops } from "./quickjs_meter.ts";

Deno.test("meterLoops(): a loop without end is ended by the import that throws", async () => {
  let calls = 0;
  const { spin } = await start(["spin", [0x03, 0x40, 0x0c, 0, 0x0b]], () => { // loop, br 0, end
    if (++calls === 3) throw new Error("enough");
  });
  assert.throws(() => spin!(0), /enough/);
  assert.equal(calls, 3);
});

Deno.test("meterLoops(): a loop is counted, and otherwise does what it did", async () => {
  let calls = 0;
  // loop: if (--argument) again
  const countdown = [0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b];
  const { run } = await start(["run", countdown], () => void calls++);
  for (const [turns, expected] of [[1, 0], [99, 0], [100, 0], [101, 1], [1000, 9]] as const) {
    calls = 0;
    run!(turns);
    assert.ok(Math.abs(calls - expected) <= 1, `${calls} for ${turns}`);
  }
});

Deno.test("meterLoops(): filling counts by its length", async () => {
  let calls = 0;
  // memory.fill(0, 0, argument), then a loop that ends at once
  const fill = [0x41, 0, 0x41, 0, 0x20, 0, 0xfc, 11, 0, 0x03, 0x40, 0x0b];
  const { fillIt } = await start(["fillIt", fill], () => void calls++);
  fillIt!(640);
  assert.equal(calls, 0);
  fillIt!(64_000);
  assert.equal(calls, 1);
});

Deno.test("meterLoops() refuses what it does not know", () => {
  const simd = createModule("f", [0xfd, 0x0c, ...new Array(16).fill(0), 0x1a]);
  assert.throws(() => meterLoops(simd, { call: "look" }), /Cannot put a meter .*: instruction 0xfd/);
  assert.throws(() => meterLoops(createModule("f", []), { call: "other" }), /imports no function "other"/);
});

async function start([name, body]: readonly [string, readonly number[]], look: () => void) {
  const wasm = meterLoops(createModule(name, body), { call: "look", every: 100 });
  const { instance } = await WebAssembly.instantiate(wasm, { a: { look } });
  return instance.exports as Readonly<Record<string, (argument: number) => void>>;
}

/** A module with one function that takes an i32, a page of memory, a global, and an import `a.look`. */
function createModule(name: string, body: readonly number[]): Uint8Array<ArrayBuffer> {
  const section = (id: number, ...content: number[]) => [id, content.length, ...content];
  const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 2, 0x60, 0, 0, 0x60, 1, 0x7f, 0), // () → (), (i32) → ()
    ...section(2, 1, ...text("a"), ...text("look"), 0, 0),
    ...section(3, 1, 1),
    ...section(5, 1, 0, 1),
    ...section(6, 1, 0x7f, 1, 0x41, 5, 0x0b),
    ...section(7, 1, ...text(name), 0, 1),
    ...section(10, 1, body.length + 2, 0, ...body, 0x0b),
  );
}
