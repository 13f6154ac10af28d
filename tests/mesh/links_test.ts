// Goal: item 8 of issue 7, each way of meeting as users take it: a radio on a serial port, WebSockets, multicast on a LAN.
// Method: the command line with one process on each side; ports are a pair of terminals from socat, the LAN is the loopback.
import assert from "node:assert/strict";
import { hasProgram, openPtys } from "../plugins_first_party/_pty.ts";
import { createMachines, until } from "./processes.ts";

/** Base with two records, and Ana, who has an invitation and has met nobody. */
async function createTeams() {
  const machines = createMachines();
  const { ok } = machines;
  await ok("init", "survey", "-D", "base", "--as", "Base");
  await ok("create", "R-1", "site", "status=OPEN", "-D", "base");
  await ok("join", await ok("invite", "-D", "base"), "-D", "ana", "--as", "Ana");
  const views = () => Promise.all(["base", "ana"].map((data) => ok("records", "--json", "-D", data)));
  return { ...machines, views };
}

Deno.test({
  // Two ports that are connected need socat.
  name: "two machines sync over serial ports with KISS, by one sync and by two that stay",
  ignore: !hasProgram("socat"),
  async fn() {
    const { ok, run, start, views, ...machines } = await createTeams();
    using _ = machines;
    await using ptys = await openPtys();
    const base = await start("base", "--listen", "none", "--via", `serial:${ptys.a}`);
    await ok("sync", "--via", `serial:${ptys.b}`, "-D", "ana");
    assert.match((await views())[1]!, /"R-1"/);
    assert.match(await ok("status", "-m", "-D", "ana"), /^role\twriter$/m);
    await ok("set", "R-1", "status", "BROKEN", "-D", "ana");
    const { code, stdout } = await run("frontier", "--diff", `serial:${ptys.b}`, "--json", "-D", "ana");
    const { feeds } = JSON.parse(stdout);
    const apart = feeds.map((each: Record<string, unknown>) => [each.by, each.toSend, each.toGet]);
    assert.deepEqual([code, apart], [6, [["Ana", 1, 0]]]);
    assert.doesNotMatch((await views())[0]!, /BROKEN/);
    const ana = await start("ana", "--listen", "none", "--via", `serial:${ptys.b}`);
    await until(() => ok("record", "R-1", "--json", "-D", "base"), (text) => text.includes("BROKEN"));
    await ok("note", "R-1", "seen", "-D", "base");
    await until(() => ok("record", "R-1", "--json", "-D", "ana"), (text) => text.includes("seen"));
    assert.deepEqual([await base.kill(), await ana.kill()], [143, 143]);
    const [here, there] = await views();
    assert.equal(here, there);
  },
});

Deno.test("two machines sync over a WebSocket, where each proves who it is; a stranger gets nothing", async () => {
  const { ok, run, start, views, ...machines } = await createTeams();
  using _ = machines;
  const base = await start("base", "--listen", "ws://127.0.0.1:0/mesh");
  assert.match(base.address, /^ws:\/\/127\.0\.0\.1:\d+\/mesh$/);
  await ok("sync", "--via", base.address, "-D", "ana");
  await ok("set", "R-1", "status", "BROKEN", "-D", "ana");
  const ana = await start("ana", "--via", base.address);
  await until(() => ok("record", "R-1", "--json", "-D", "base"), (text) => text.includes("BROKEN"));
  const [here, there] = await views();
  assert.equal(here, there);
  assert.equal((await run("frontier", "--diff", base.address, "-D", "ana")).code, 0);
  // Who knows the dataset is no member for that: their copy has no invitation, and no key of a member.
  Deno.mkdirSync(`${machines.path}/eve`);
  Deno.copyFileSync(`${machines.path}/ana/dataset.json`, `${machines.path}/eve/dataset.json`);
  Deno.writeFileSync(`${machines.path}/eve/device.key`, crypto.getRandomValues(new Uint8Array(32)));
  const refused = await run("sync", "--via", base.address, "-D", "eve");
  assert.deepEqual([refused.code, /does not talk to this device/.test(refused.stderr)], [4, true], refused.stderr);
  const elsewhere = await run("sync", "--via", base.address.replace("/mesh", "/other"), "-D", "ana");
  assert.deepEqual([elsewhere.code, /404/.test(elsewhere.stderr)], [7, true], elsewhere.stderr);
  assert.deepEqual([await base.kill(), await ana.kill()], [143, 143]);
});

Deno.test({
  // Groups of loopback are there on Linux only.
  name: "two machines on a network find each other by multicast, and what one writes is on the other",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { ok, start, views, ...machines } = await createTeams();
    using _ = machines;
    const base = await start("base", "--multicast");
    const ana = await start("ana", "--multicast");
    await until(() => ok("status", "-m", "-D", "ana"), (text) => /^role\twriter$/m.test(text));
    await ok("create", "R-2", "site", "-D", "ana");
    await until(() => ok("records", "--json", "-D", "base"), (text) => text.includes("R-2"));
    assert.deepEqual([await base.kill(), await ana.kill()], [143, 143]);
    const [here, there] = await views();
    assert.equal(here, there);
  },
});
