import assert from "node:assert/strict";
import { readFile } from "../files/mod.ts";
import { createMeshLine } from "./_mesh_line_test.ts";
import type { Context } from "./command.ts";
import { askBundles } from "./mesh_ask_bundles.ts";
import { createMemoryIo } from "./memory_io.ts";
import { runMesh } from "./mesh_run.ts";

Deno.test("a dataset that runs drops what others have erased from its disk within half a minute", async () => {
  const { environment, mesh, ...all } = createMeshLine();
  const run = async (...line: string[]) => {
    const { code, printed, noted } = await all.run(...line);
    assert.equal(code, 0, noted);
    return printed.trim();
  };
  await run("init", "survey", "-D", "ana");
  await run("create", "R-1", "site", "phone=0170-1234567", "-D", "ana");
  await run("join", await run("invite", "-D", "ana"), "-D", "ben", "--as", "Ben");
  const context = { io: createMemoryIo({ environment, mesh }), out: { note() {}, problem() {}, flush() {} } };
  const alone = { listen: undefined, seek: [], multicast: false, original: [] };
  await using running = await runMesh("/somewhere/ben", context as unknown as Context, alone);
  const { replica } = running.host;
  const hear = async (file: string) => {
    await run("pack", file, "-D", "ana");
    askBundles.unpack(running.host, { file: `/somewhere/${file}` });
  };
  await hear("all.tmesh");
  assert.equal(replica.view.record("R-1")?.fields.get("phone")?.value, "0170-1234567");
  await run("erase", "R-1", "phone", "--yes", "-D", "ana");
  await hear("erased.tmesh");
  assert.equal(replica.view.record("R-1")?.fields.get("phone"), undefined);

  const bytes = () => readFile(environment.files, "/somewhere/ben/feeds.log", 1e6)!;
  const later = async (seconds: number) => {
    await environment.clock.runTo(environment.clock.now() + BigInt(seconds) * 1_000_000_000n);
    return bytes();
  };
  const before = bytes();
  assert.deepEqual(await later(20), before);
  const after = await later(15);
  assert.ok(after.length < before.length, `${after.length} of ${before.length} bytes`);
  assert.deepEqual(await later(60), after);
});
