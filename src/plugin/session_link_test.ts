import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { createLinkPair } from "../link/mod.ts";
import { createMemoryGuest } from "./_memory_guest.ts";
import { definePlugin } from "./plugin.ts";
import { PluginSession } from "./session.ts";
import { openSessionLink } from "./session_link.ts";

Deno.test("a link whose plugin was ended tells its reader why, and is closed without another word", async () => {
  const plugin = definePlugin({ transports: { test: { open: () => Promise.resolve(createLinkPair().a) } } });
  const guest = createMemoryGuest(plugin);
  const session = await PluginSession.open([], { plugin: "org.example.test", guest, clock: new VirtualClock() });
  const link = await openSessionLink(session, { scheme: "test", address: "test:" });
  const reading = link.incoming[Symbol.asyncIterator]().next();
  session.end(new TinmanError("DENIED", "net was taken back", { what: "net" }));
  await assert.rejects(Promise.resolve(reading), { code: "DENIED" });
  await assert.rejects(link.send(Uint8Array.of(1)), { code: "DENIED" });
  await link.close();
  await link.close();
  assert.equal(guest.closed, true);
});
