// Goal: item 9 of issue 7: a dataset gossips with the Python original behind a flag, with exact ids. Method: python3 makes and
// checks ids with its own json and hashlib, over the Transport that a user of the original needs. The original itself comes
// with Reticulum alone, so its own transport is not here; what it wrote is in tests/vectors/mesh_original.json.
import assert from "node:assert/strict";
import { readUntil, spawn } from "../cli/processes.ts";
import { createMachines, until } from "../mesh/processes.ts";

Deno.test({
  name: "mesh start --original and a peer in Python take each other's events, and each finds the other's ids right",
  ignore: !hasPython(),
  async fn() {
    using machines = createMachines();
    const { ok, path } = machines;
    await ok("init", "survey", "-D", "base", "--as", "Base");
    await ok("create", "R-1", "site", "status=Größe ✓", "code=007", "-D", "base");
    await ok("set", "R-1", "depth", "12.5", "--type", "decimal", "-D", "base");
    const start = ["mesh", "start", "-D", "base", "--listen", "none", "--original", "listen:127.0.0.1:0"];
    const base = spawn(start, { cwd: path });
    const said = await readUntil(base.stderr, "\n");
    assert.equal(await readUntil(base.stdout, "\n"), "running, listening nowhere\n");
    const port = /waits for nodes of the original at tcp:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    assert.ok(port, said);
    const values =
      '{"whole": 1.0, "tiny": 1e-07, "huge": 123456789012345678901234567890, "text": "\\u00e9\\ud83d\\ude00", ' +
      '"flag": true, "none": null}';
    const peer = new Deno.Command("python3", {
      args: [new URL("meshlog_peer.py", import.meta.url).pathname, port, values],
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let hasEnded = false;
    const ended = peer.status.finally(() => hasEnded = true);
    try {
      const record = async () => JSON.parse(await ok("record", "R-7", "--json", "-D", "base"));
      await until(() => ok("records", "--json", "-D", "base"), (text) => text.includes("R-7"));
      const { fields, notes } = await record();
      const shown = ["whole", "tiny", "huge", "text", "flag", "none"].map((name) => fields[name].value);
      assert.deepEqual(shown, [1, 1e-7, "123456789012345678901234567890", "é😀", true, null]);
      assert.match(notes[0].text, /^Brunnen läuft ✓/);
      // What is written here comes with the next round.
      await ok("note", "R-1", "seen", "-D", "base");
      const writer = peer.stdin.getWriter();
      await writer.write(new TextEncoder().encode("\n"));
      const came = await readUntil(peer.stdout, '"seen"');
      const kinds = came.trim().split("\n").map((line) => JSON.parse(line)).map((
        { k, p },
      ) => [k, p.value ?? p.text ?? p.form]);
      const wanted = [["record.create", "site"], ["field.set", "Größe ✓"], ["field.set", "007"], ["field.set", 12.5]];
      assert.deepEqual(kinds.filter(([, value]) => value !== "seen").toSorted(), wanted.toSorted());
      await writer.close();
      assert.equal((await ended).code, 0);
    } finally {
      if (!hasEnded) peer.kill("SIGKILL");
      base.kill("SIGTERM");
      await base.status;
    }
  },
});

function hasPython(): boolean {
  try {
    return new Deno.Command("python3", { args: ["-c", "import json, hashlib"] }).outputSync().success;
  } catch {
    return false;
  }
}
