// Goal: P1, a dataset is a folder that one process has at a time. Method: processes of the command line on one folder.
import assert from "node:assert/strict";
import { createMachines } from "./processes.ts";

Deno.test("P1 a folder has its files, one process at a time, and a key and a socket for its owner alone", async () => {
  using machines = createMachines();
  const { ok, run, start, path } = machines;
  await ok("init", "survey", "-D", "base");
  const base = await start("base");
  const second = await run("start", "-D", "base", "--listen", "127.0.0.1:0");
  assert.deepEqual([second.code, /another process/.test(second.stderr)], [7, true], second.stderr);
  await Promise.all([1, 2, 3].map((i) => ok("create", `R-${i}`, "site", "-D", "base")));
  assert.equal(Deno.statSync(`${path}/base/device.key`).size, 32);
  if (Deno.build.os !== "windows") {
    const modes = ["device.key", "mesh.sock"].map((name) => Deno.statSync(`${path}/base/${name}`).mode! & 0o777);
    assert.deepEqual(modes, [0o600, 0o600]);
  }
  assert.equal(await base.kill(), 143);
  // Who asks at once without it waits for the other one.
  await Promise.all([4, 5].map((i) => ok("create", `R-${i}`, "site", "-D", "base")));
  await ok("query", "SELECT 1", "-D", "base");
  const names = [...Deno.readDirSync(`${path}/base`)].map(({ name }) => name);
  for (const name of ["dataset.json", "device.key", "feeds.log", "tables.sqlite"]) {
    assert.ok(names.includes(name), name);
  }
  assert.equal((await ok("records", "-D", "base")).match(/R-\d/g)?.length, 5);
});

Deno.test("P1 a dataset in a folder with a path too long for a socket answers other commands as well", async () => {
  using machines = createMachines();
  const { ok, start, path } = machines;
  const deep = `${"survey of the north side ".repeat(5)}/base`;
  Deno.mkdirSync(`${path}/${deep}`, { recursive: true });
  await ok("init", "survey", "-D", deep);
  const base = await start(deep);
  await ok("create", "R-1", "site", "-D", deep);
  assert.match(await ok("records", "-D", deep), /R-1/);
  assert.equal(await base.kill(), 143);
});
