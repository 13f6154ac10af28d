import assert from "node:assert/strict";
import { TinmanError } from "../errors/mod.ts";
import { createNetwork, type Link } from "../link/mod.ts";
import { createMeshLine } from "./_mesh_line_test.ts";
import { createMeshNet } from "./_mesh_net_test.ts";
import type { Context } from "./command.ts";
import { createMemoryIo } from "./memory_io.ts";
import { runMesh, type RunOptions } from "./mesh_run.ts";

const AT = "tcp://base:1";

/** Machines with a network, a folder for each, and one of them that may run. */
function createTeams() {
  const { environment, mesh, ...all } = createMeshLine();
  Object.assign(mesh, createMeshNet());
  const { clock } = environment;
  const settle = async <T>(task: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = task.finally(() => isOver = true);
    over.catch(() => {});
    for (let i = 0; i < 600 && !isOver; i++) await clock.runTo(clock.now() + 50_000_000n);
    assert.ok(isOver, "it does not end");
    return await over;
  };
  const run = async (data: string, ...line: string[]) => await settle(all.run(...line, "-D", data));
  const json = async (data: string, ...line: string[]) => await settle(all.json(...line, "-D", data));
  const stop = (running: AsyncDisposable) => settle(Promise.resolve(running[Symbol.asyncDispose]()));
  const start = (data: string, options: Partial<RunOptions> = {}) => {
    const context = { io: createMemoryIo({ environment, mesh }), out: { note() {}, problem() {}, flush() {} } };
    const alone = { listen: AT, seek: [], multicast: false, original: [], ...options };
    return runMesh(`/somewhere/${data}`, context as unknown as Context, alone);
  };
  return { run, json, start, stop, mesh, clock };
}

Deno.test("mesh peers says who was met when, and what is still to be exchanged, when nothing runs", async () => {
  const { run, json, start, stop } = createTeams();
  await run("base", "init", "survey", "--as", "Base");
  const invitation = (await run("base", "invite")).printed.trim();
  await run("ben", "join", invitation, "--as", "Ben");
  const never = await run("ben", "peers");
  assert.deepEqual([never.code, never.printed, never.noted], [0, "", "not running: tinman mesh start\n"]);
  assert.deepEqual(await json("ben", "peers"), { v: 1, running: false, peers: [] });
  {
    await using running = await start("base");
    assert.equal((await run("ben", "sync", "--via", AT)).code, 0);
    assert.equal((await json("base", "peers")).running, true);
    await stop(running);
  }
  await run("ben", "create", "R-1", "site", "status=OPEN");
  const { running, peers: [base] } = await json("ben", "peers");
  assert.deepEqual([running, base.by, base.isHere, base.status], [false, "Base", false, "done"]);
  assert.deepEqual([base.toSend, base.toGet, Object.values(base.apart)], [2, 0, [2]]);
  const { printed, noted } = await run("ben", "peers");
  assert.match(noted, /^not running: tinman mesh start; this is what is known from the last contacts\n$/);
  assert.match(printed, /^Base +away +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .* +2 +0 *$/m);
  const [peer] = (await json("base", "peers")).peers;
  assert.deepEqual([peer.by, peer.toSend, peer.toGet], ["Ben", 0, 0]);

  const { backlog } = await json("ben", "status");
  assert.deepEqual(backlog, { peers: 1, toSend: 2, toGet: 0 });
  assert.match(
    (await run("ben", "status")).printed,
    /^ {2}backlog +1 peer may lack up to 2 events: tinman mesh peers$/m,
  );
  assert.match((await run("ben", "status", "-m")).printed, /^backlog\.toSend\t2$/m);
  assert.doesNotMatch((await run("base", "status")).printed, /backlog/);
});

Deno.test("mesh peers lists with a process that runs who is here, and who was met before it began", async () => {
  const { run, json, start, stop } = createTeams();
  await run("base", "init", "survey", "--as", "Base");
  const invitation = (await run("base", "invite", "--uses", "2")).printed.trim();
  for (const name of ["ana", "ben"]) await run(name, "join", invitation, "--as", name);
  {
    await using running = await start("base");
    await run("ana", "sync", "--via", AT);
    await stop(running);
  }
  await using running = await start("base");
  await run("ben", "sync", "--via", AT);
  await run("base", "create", "R-1", "site");
  const { running: isRunning, peers } = await json("base", "peers");
  assert.equal(isRunning, true);
  const told = peers.map(({ by, isHere, toSend }: Record<string, unknown>) => [by, isHere, toSend]);
  // Ana has not heard of Ben either, who has joined.
  assert.deepEqual(told, [["ben", false, 1], ["ana", false, 2]]);
  await stop(running);
});

Deno.test("mesh peers and status say what was said and heard on the air, and that the port is gone", async () => {
  const { run, json, start, stop, mesh, clock } = createTeams();
  const join = createNetwork({ seed: "1", clock }).medium({ maxBytes: 200, conditions: { bitsPerSecond: 9600 } });
  const ports: Link[] = [];
  const dial = (address: string) => {
    if (ports.length === 2) return Promise.reject(new TinmanError("UNAVAILABLE", "Cannot open it", { what: address }));
    ports.push(join(address));
    return Promise.resolve(ports.at(-1)!);
  };
  Object.assign(mesh, { dial });
  await run("base", "init", "survey", "--as", "Base");
  const id = (await run("base", "invite")).printed.trim();
  await run("ben", "join", id, "--as", "Ben");
  await run("base", "create", "R-1", "site", "status=OPEN");
  assert.equal((await json("base", "status")).air, null);
  const air = (name: string) => ({ address: `serial:/dev/${name}`, bytesPerSecond: 1000, isOpen: true });
  const base = await start("base", { listen: undefined, air: air("base") });
  const ben = await start("ben", { listen: undefined, air: air("ben") });
  for (let i = 0; i < 600; i++) {
    await clock.runTo(clock.now() + 100_000_000n);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await json("ben", "status")).records, 1);
  const { peers, air: now } = await json("ben", "peers");
  assert.deepEqual(peers, []);
  assert.deepEqual([now.address, now.isHeld, now.newEvents, now.toGet], ["serial:/dev/ben", true, 4, 0]);
  assert.equal(now.heardBytes, (await json("base", "peers")).air.sentBytes);
  assert.ok(now.same > now.other && now.heard >= now.same);
  assert.ok(now.authors.some(({ by }: { by: string }) => by === "Base"), JSON.stringify(now.authors));
  const { printed } = await run("ben", "peers");
  assert.match(printed, /^air: serial:\/dev\/ben, held since .*\n {2}sent +\d.*at most 1000 bytes a second$/m);
  assert.match((await run("ben", "status")).printed, /^ {2}air +serial:\/dev\/ben: \d.* B sent, \d.* B heard$/m);
  assert.match((await run("ben", "status", "-m")).printed, /^air\.isHeld\ttrue$/m);

  await ports[1]!.close();
  for (let i = 0; i < 10; i++) await clock.runTo(clock.now() + 100_000_000n);
  assert.deepEqual((await json("ben", "peers")).air.isHeld, false);
  assert.match((await run("ben", "status")).printed, /^ {2}air +serial:\/dev\/ben is lost: /m);
  for (const each of [base, ben]) await stop(each);
});
