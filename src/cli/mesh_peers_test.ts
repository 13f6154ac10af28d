import assert from "node:assert/strict";
import { createMeshLine } from "./_mesh_line_test.ts";
import { createMeshNet } from "./_mesh_net_test.ts";
import type { Context } from "./command.ts";
import { createMemoryIo } from "./memory_io.ts";
import { runMesh } from "./mesh_run.ts";

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
  const start = (data: string) => {
    const context = { io: createMemoryIo({ environment, mesh }), out: { note() {}, problem() {}, flush() {} } };
    const alone = { listen: AT, seek: [], multicast: false, original: [] };
    return runMesh(`/somewhere/${data}`, context as unknown as Context, alone);
  };
  return { run, json, start, stop };
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
