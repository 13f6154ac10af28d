/** Runs every numbered example as a stranger would, in a folder of its own, and compares what it prints with its last lines. */
import assert from "node:assert/strict";
import { listFiles, rootPath } from "./source_files.ts";

const examples = listFiles(["examples"], ".ts").filter((path) => /^examples\/\d\d_\w+\.ts$/.test(path));

Deno.test("the examples are numbered from 01 on without a gap", () => {
  assert.ok(examples.length > 0);
  assert.deepEqual(examples.map((path) => Number(path.slice(9, 11))), examples.map((_, i) => i + 1));
});

for (const path of examples) {
  Deno.test(`${path} prints what it says`, async () => {
    const source = await Deno.readTextFile(rootPath + path);
    const expected = source.split("\n// prints:\n")[1];
    assert.ok(expected !== undefined, `${path} does not end with // prints: and what it prints`);
    const cwd = await Deno.makeTempDir({ prefix: "tinman-example-" });
    try {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--config", rootPath + "deno.json", rootPath + path],
        cwd,
        signal: AbortSignal.timeout(30_000),
        stdout: "piped",
        stderr: "piped",
        env: { NO_COLOR: "1" },
      }).output();
      const text = new TextDecoder();
      assert.equal(code, 0, text.decode(stderr));
      const wanted = expected.trimEnd().split("\n").map((line) => line.replace(/^\/\/ ?/, ""));
      assert.deepEqual(text.decode(stdout).trimEnd().split("\n"), wanted);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  });
}

Deno.test("the demo tells what it recorded, replayed and verified", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "tinman-demo-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", rootPath + "deno.json", rootPath + "examples/demo/main.ts", "1"],
      cwd,
      signal: AbortSignal.timeout(60_000),
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.match(said, /Recorded to recordings\//);
    assert.match(said, /the same bytes/);
    assert.match(said, /all \d+ outputs are what they were live/);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
