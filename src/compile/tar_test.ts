import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeTar, encodeTar } from "./tar.ts";

Deno.test("decodeTar() reads what encodeTar() wrote", () => {
  const path = fc.stringMatching(/^[\w.]{1,20}(\/[\wä.]{1,20}){0,2}$/);
  fc.assert(
    fc.property(
      fc.array(fc.record({ path, bytes: fc.uint8Array({ maxLength: 1500 }) }, { noNullPrototype: true })),
      (entries) => {
        assert.deepEqual(decodeTar(encodeTar(entries)), entries);
      },
    ),
  );
});

Deno.test("encodeTar() refuses a path that does not fit", () => {
  assert.throws(() => encodeTar([{ path: "a".repeat(101), bytes: new Uint8Array() }]), /more than 100 bytes/);
});
