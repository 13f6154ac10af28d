// The tests of stages in threads, in a process of their own: there nobody checks the types of the whole program anew for each
// thread, and a thread that never returns ends with it.
import assert from "node:assert/strict";

Deno.test('"placement": "worker" holds what it promises, see _placement.ts', async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", new URL("./_placement.ts", import.meta.url).pathname],
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, said);
  assert.match(said, /\b8 passed \| 0 failed\b/);
});
