import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryGuest, type MemoryGuest } from "./_memory_guest.ts";
import { isFromGuest } from "./from_guest.ts";
import { definePlugin } from "./plugin.ts";
import type { FromGuest, ToGuest } from "./protocol.ts";
import { PluginSession } from "./session.ts";

const text = definePlugin({
  codecs: {
    upper: {
      version: 1,
      encode: (value: string) => new TextEncoder().encode(value.toUpperCase()),
      decode: (bytes) => {
        if (bytes.length === 0) throw new Error("no bytes");
        return new TextDecoder().decode(bytes);
      },
    },
  },
});

Deno.test("PluginSession.open() says what the plugin brings", async () => {
  await using session = await open(createMemoryGuest(text));
  assert.deepEqual(session.provided, { nodes: [], stages: [], codecs: { upper: 1 }, transports: [] });
});

Deno.test("PluginSession.open() says why a plugin cannot be loaded, and closes the guest", async () => {
  const guest = createMemoryGuest({ load: () => Promise.reject(new SyntaxError("line 3")) });
  await assert.rejects(open(guest), { code: "PLUGIN", message: "Cannot load plugin org.example.test: line 3" });
  assert.equal(guest.closed, true);
});

Deno.test("PluginSession.open() gives up on a plugin that is not loaded in time", async () => {
  const clock = new VirtualClock();
  const opening = open(createMemoryGuest({ load: () => new Promise(() => {}) }), clock);
  opening.catch(() => {});
  await clock.runTo(5_000_000_000n);
  await assert.rejects(opening, { code: "TIMEOUT", message: "Plugin org.example.test was not loaded within 5000 ms" });
});

Deno.test("PluginSession.code() gives a result or an error for each item", async () => {
  await using session = await open(createMemoryGuest(text));
  const [whole, empty] = await session.code("upper", "decode", [Uint8Array.of(65), new Uint8Array()]);
  assert.deepEqual(whole, [true, "A"]);
  assert.equal(empty![0], false);
  assert.equal((empty![1] as Error).message, "no bytes");
});

Deno.test("a guest that does not answer is given up, also when it had nothing to do", async () => {
  for (const isBusy of [true, false]) {
    const clock = new VirtualClock();
    const guest = createMemoryGuest(text);
    await using session = await open(guest, clock);
    guest.post = () => {};
    const coding = isBusy ? session.code("upper", "decode", []) : undefined;
    coding?.catch(() => {});
    await clock.runTo(20_000_000_000n);
    const expected = { code: "TIMEOUT", message: "Plugin org.example.test has not answered for 5000 ms" };
    await assert.rejects(coding ?? session.code("upper", "decode", []), expected);
    assert.equal(guest.closed, true);
  }
});

Deno.test("a guest that is gone fails what waits for it, once", async () => {
  const guest = createMemoryGuest(text);
  await using session = await open(guest);
  guest.post = () => {};
  const coding = session.code("upper", "decode", []);
  guest.onGone(new Error("killed"));
  guest.onGone(new Error("again"));
  await assert.rejects(coding, { code: "PLUGIN", message: "Plugin org.example.test failed: killed" });
});

Deno.test("a guest that says what makes no sense is given up", async () => {
  const nonsense = [undefined, 7, [], ["values"], ["nothing"], ["idle", -1], ["took", 1, "x", "y"], ["__proto__"], [
    "call",
    1,
    1,
    ["exec", "rm"],
  ]];
  for (const message of nonsense) {
    const guest = createMemoryGuest(text);
    await using session = await open(guest);
    guest.onMessage(message as unknown as FromGuest);
    await assert.rejects(session.code("upper", "decode", []), { code: "PLUGIN" }, JSON.stringify(message));
  }
});

Deno.test("isFromGuest() never throws", () => {
  fc.assert(fc.property(fc.anything(), (value) => void isFromGuest(value)));
  fc.assert(fc.property(fc.array(fc.anything()), (rest) => {
    for (const word of ["ready", "broken", "values", "coded", "call", "log"]) isFromGuest([word, ...rest]);
  }));
});

Deno.test("a session says nothing to its guest after close()", async () => {
  const guest = createMemoryGuest(text);
  const session = await open(guest);
  await session.close();
  const before: readonly ToGuest[] = [...guest.heard];
  await assert.rejects(session.code("upper", "decode", []), { code: "CLOSED" });
  assert.deepEqual(guest.heard, before);
  await session.close();
});

function open(guest: MemoryGuest, clock = new VirtualClock()): Promise<PluginSession> {
  return PluginSession.open([], { plugin: "org.example.test", guest, clock });
}
