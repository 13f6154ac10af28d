import assert from "node:assert/strict";
import { formatAddress, parseAddress } from "./address.ts";

Deno.test("parseAddress() takes host and port apart, with a scheme or without", () => {
  for (const text of ["127.0.0.1:80", "[::1]:0", "boat.local:65535"]) {
    assert.equal(formatAddress(parseAddress(text)), text);
    assert.equal(formatAddress(parseAddress(`udp://${text}`)), text);
  }
});

Deno.test("parseAddress() refuses everything else with code CONFIG", () => {
  for (
    const text of ["", "host", "host:", ":80", "host:65536", "host:-1", "::1:80", "udp://a:1/x", "a b:1", 80, undefined]
  ) {
    assert.throws(() => parseAddress(text), { code: "CONFIG" }, String(text));
  }
});
