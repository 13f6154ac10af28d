import assert from "node:assert/strict";
import { wholeAddress } from "./mesh_address.ts";

Deno.test("wholeAddress() fills in what is usual for TCP, and leaves other addresses alone", () => {
  const addresses: readonly (readonly [string, string])[] = [
    ["tcp:base.local", "tcp://base.local:4242"],
    ["tcp:192.168.1.20:5000", "tcp://192.168.1.20:5000"],
    ["tcp://base.local", "tcp://base.local:4242"],
    ["tcp://base.local:1", "tcp://base.local:1"],
    ["TCP:[::1]", "tcp://[::1]:4242"],
  ];
  for (const [text, address] of addresses) assert.equal(wholeAddress(text), address);
  for (
    const text of ["tcp:", "tcp://", "tcp:::1", "tcp://a:b", "dir:stick", "serial:/dev/ttyUSB0", "ws://a/mesh", ""]
  ) {
    assert.equal(wholeAddress(text), text);
  }
});
