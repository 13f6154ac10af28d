// Goal: `tinman mesh start --air` as users take it: three machines share one radio channel, and nothing else.
// Method: three processes, each on a serial port of its own; a hub passes on what one says to both others, as air does.
import assert from "node:assert/strict";
import { openMeshLink } from "../../src/platform/mod.ts";
import { hasProgram, openPtys } from "../plugins_first_party/_pty.ts";
import { createMachines, until } from "./processes.ts";

/** A channel with three serial ports; `said` is all that was on it. */
async function openChannel() {
  await using stack = new AsyncDisposableStack();
  const ptys = [];
  for (let i = 0; i < 3; i++) ptys.push(stack.use(await openPtys()));
  const links = await Promise.all(ptys.map(async ({ b }) => stack.use(await openMeshLink(`serial:${b}`))));
  const said: Uint8Array[] = [];
  const passing = links.map(async (link) => {
    for await (const packet of link.incoming) {
      said.push(packet.slice());
      for (const other of links) if (other !== link) await other.send(packet);
    }
  });
  stack.defer(async () => {
    await Promise.all(links.map((link) => link.close()));
    await Promise.allSettled(passing);
  });
  const cleanup = stack.move();
  const [base, ana, ben] = ptys.map(({ a }) => `serial:${a}`) as [string, string, string];
  return { ports: { base, ana, ben }, said, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

Deno.test({
  // Ports that are connected need socat.
  name: "three machines on one radio channel come to have the same sealed dataset, and nobody else can read it",
  ignore: !hasProgram("socat"),
  async fn() {
    const machines = createMachines();
    using _ = machines;
    const { ok, start } = machines;
    await using channel = await openChannel();
    await ok("init", "survey", "--sealed", "-D", "base", "--as", "Base");
    await ok("create", "R-1", "site", "status=OPEN", "-D", "base");
    const invitation = await ok("invite", "--uses", "2", "-D", "base");
    const names = ["base", "ana", "ben"] as const;
    for (const name of ["ana", "ben"]) await ok("join", invitation, "-D", name, "--as", name);
    const running = await Promise.all(
      names.map((name) => start(name, "--listen", "none", "--air", channel.ports[name], "--bytes-per-second", "1000")),
    );
    const note = "do not drink";
    for (const name of names) {
      await until(() => ok("records", "--json", "-D", name), (text) => text.includes("R-1"));
    }
    await ok("note", "R-1", note, "--urgent", "-D", "ana");
    for (const name of names) {
      await until(() => ok("record", "R-1", "--json", "-D", name), (text) => text.includes(note));
    }
    const told = await until(() => ok("peers", "--json", "-D", "ben"), (text) => JSON.parse(text).air.toGet === 0);
    const { peers, air } = JSON.parse(told);
    assert.deepEqual([peers, air.isHeld, air.newEvents > 0, air.heardBytes > 0], [[], true, true, true]);
    assert.match(await ok("peers", "-D", "ben"), /^air: serial:.*, held since [^]*^Base +20\d\d-/m);
    assert.deepEqual(await Promise.all(running.map(({ kill }) => kill())), [143, 143, 143]);
    const views = await Promise.all(names.map((name) => ok("records", "--json", "-D", name)));
    assert.deepEqual([views[1], views[2]], [views[0], views[0]]);
    const parts = channel.said.filter(([type]) => type === 0x43).map((packet) => packet.toHex());
    assert.ok(parts.length > 0 && parts.length < 1.5 * new Set(parts).size, `${parts.length} parts`);
    const text = channel.said.map((packet) => new TextDecoder("latin1").decode(packet)).join("");
    for (const word of [note, "R-1", "status", "OPEN"]) assert.ok(!text.includes(word), word);
  },
});

Deno.test("what is not sealed goes on the air only when somebody says so, and what cannot be a radio is said at once", async () => {
  const machines = createMachines();
  using _ = machines;
  await machines.ok("init", "survey", "-D", "base", "--as", "Base");
  const run = (...args: string[]) => machines.run("start", "-D", "base", "--listen", "none", ...args);
  const open = await run("--air", "serial:/dev/nowhere");
  assert.deepEqual(
    [open.code, /whoever hears it could read it[^]*--open-air/.test(open.stderr)],
    [4, true],
    open.stderr,
  );
  const away = await run("--air", "serial:/dev/nowhere", "--open-air");
  assert.deepEqual([away.code, /\/dev\/nowhere/.test(away.stderr)], [7, true], away.stderr);
  const cases: readonly (readonly [RegExp, ...string[]])[] = [
    [/is no port[^]*serial:\/dev/, "--air", "tcp://base:1"],
    [/from 64 to 500/, "--air", "serial:/dev/nowhere", "--packet-bytes", "20"],
    [/it is not above 0/, "--air", "serial:/dev/nowhere", "--bytes-per-second", "0"],
    [/for --air and --via/, "--air", "serial:/dev/nowhere", "--via", "serial:/dev/nowhere"],
    [/there is no radio/, "--packet-bytes", "200"],
  ];
  for (const [message, ...args] of cases) {
    const { code, stderr } = await run(...args);
    assert.deepEqual([code, message.test(stderr)], [2, true], stderr);
  }
});
