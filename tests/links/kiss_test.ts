// Goal: messages over serial lines, with KISS. Method: two pseudo terminals that socat connects.
import assert from "node:assert/strict";
import type { KissLink } from "../../src/link/mod.ts";
import { kissTransport, serialTransport } from "../../src/platform/mod.ts";
import { testLink } from "../../src/testing/mod.ts";
import { hasProgram, openPtys } from "../plugins_first_party/_pty.ts";

const ignore = Deno.build.os !== "linux" || !hasProgram("socat");
const ptyTest = (name: string, fn: () => void | Promise<void>) => Deno.test({ name, ignore, fn });

testLink({
  name: "kiss over a serial port",
  test: ptyTest,
  tellsEnd: false,
  breaks: true,
  open: async () => {
    const ptys = await openPtys();
    const [a, b] = await Promise.all([ptys.a, ptys.b].map((port) => kissTransport.open(`serial:${port}?baud=115200`)));
    return { a: a!, b: b!, break: () => ptys.unplug(), [Symbol.asyncDispose]: () => ptys[Symbol.asyncDispose]() };
  },
});

ptyTest("kiss: what is no message on the line is passed over and counted", async () => {
  await using ptys = await openPtys();
  await using a = await serialTransport.open(`serial:${ptys.a}`);
  await using b = await kissTransport.open(`serial:${ptys.b}`);
  // As long as a checksum, and not one.
  await a.send(Uint8Array.of(1, 2, 0xc0, 0, 1, 2, 3, 4, 5, 0xc0));
  await a.close();
  await using again = await kissTransport.open(`serial:${ptys.a}`);
  await again.send(Uint8Array.of(0xc0, 0xdb, 7));
  for await (const message of b.incoming) {
    assert.deepEqual(message, Uint8Array.of(0xc0, 0xdb, 7));
    break;
  }
  assert.equal((b as KissLink).damaged, 1);
});
