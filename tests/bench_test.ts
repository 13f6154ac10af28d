import assert from "node:assert/strict";
import { rootPath } from "./source_files.ts";

Deno.test("deno task bench runs every group, and each case gets all of its messages", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/bench/main.ts", "--quick"],
    cwd: rootPath,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.match(new TextDecoder().decode(stdout), /\| work .*\| ratio .*\| met /);
});
