import assert from "node:assert/strict";
import { createTestEnvironment } from "../testing/mod.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

/** Runs `line` on a disk that keeps no owners of files. */
async function onFat(...line: string[]): Promise<{ readonly code: number; readonly noted: string }> {
  const environment = createTestEnvironment();
  environment.files.makeFolder("/somewhere");
  const io = createMemoryIo({ environment, variables: { USER: "Ana" } });
  const machine = { ...io.mesh.machine, protect: () => false, passphrase: () => "wet feet" };
  const code = await main(line, { ...io, protect: () => false, mesh: { ...io.mesh, machine } });
  return { code, noted: io.noted() };
}

Deno.test("a key on a disk that keeps no owners of files is written, and who can read it is said", async () => {
  const said = /warning: whoever has this disk can read \/somewhere\/\S+, since it keeps no owners of files; /;
  for (const line of [["mesh", "init", "survey"], ["plugin", "key", "me.key"]]) {
    const { code, noted } = await onFat(...line);
    assert.equal(code, 0, noted);
    assert.match(noted, said);
  }
  const encrypted = await onFat("mesh", "init", "survey", "--encrypt");
  assert.equal(encrypted.code, 0, encrypted.noted);
  assert.doesNotMatch(encrypted.noted, said);
});
