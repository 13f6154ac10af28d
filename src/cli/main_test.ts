import assert from "node:assert/strict";
import { PipeClosed } from "./io.ts";
import { main } from "./main.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { createMemoryIo, type MemoryIoOptions } from "./memory_io.ts";

async function tinman(line: string, options: Partial<MemoryIoOptions> = {}) {
  const io = createMemoryIo({ environment: createTestEnvironment(), ...options });
  const exit = await main(line.split(" ").filter((word) => word !== ""), io);
  return { exit, stdout: io.printed(), stderr: io.noted(), files: io.files };
}

Deno.test("tinman alone prints a short help on stdout", async () => {
  const { exit, stdout, stderr } = await tinman("");
  assert.equal(exit, 0);
  assert.match(stdout, /tinman init/);
  assert.equal(stderr, "");
  assert.ok(stdout.split("\n").length < 40);
});

Deno.test("tinman <typo> exits 2, keeps stdout empty and suggests", async () => {
  const { exit, stdout, stderr } = await tinman("exlpain");
  assert.deepEqual([exit, stdout], [2, ""]);
  assert.match(stderr, /^error\[E1001\]: .*\n {2}fix: did you mean "explain"\?\n/);
});

Deno.test("tinman --json puts errors on stderr as JSON, also when the command line cannot be read", async () => {
  for (const line of ["nonsense --json", "explain E9999 --json", "--json explain --frob"]) {
    const { stdout, stderr } = await tinman(line);
    assert.equal(stdout, "");
    assert.equal(typeof JSON.parse(stderr).error.message, "string", line);
  }
});

Deno.test("tinman help, -h and --help say the same", async () => {
  const [help, short, long] = await Promise.all(
    ["help explain", "explain -h", "--help explain"].map((each) => tinman(each)),
  );
  assert.equal(help!.stdout, short!.stdout);
  assert.equal(help!.stdout, long!.stdout);
});

Deno.test("tinman log alone lists its commands on stderr and exits 2, with --help on stdout and 0", async () => {
  const alone = await tinman("log");
  assert.deepEqual([alone.exit, alone.stdout], [2, ""]);
  assert.match(alone.stderr, /log cat/);
  const asked = await tinman("log --help");
  assert.deepEqual([asked.exit, asked.stderr], [0, ""]);
});

Deno.test("tinman -V and version print the same first line", async () => {
  const [short, long] = [await tinman("-V"), await tinman("version")];
  assert.match(short.stdout, /^tinman \d+\.\d+\.\d+\n/);
  assert.equal(short.stdout, long.stdout);
});

Deno.test("tinman --color=always paints, and nothing is painted where no terminal is", async () => {
  assert.ok((await tinman("--color=always")).stdout.includes("\x1b[1m"));
  assert.ok(!(await tinman("")).stdout.includes("\x1b"));
  assert.ok((await tinman("", { terminal: true })).stdout.includes("\x1b[1m"));
  assert.ok(!(await tinman("", { terminal: true, variables: { NO_COLOR: "1" } })).stdout.includes("\x1b"));
});

Deno.test("tinman ends quietly with 0 when nobody reads its output any more", async () => {
  const stdout = {
    isTerminal: false,
    columns: 80,
    write: () => {
      throw new PipeClosed();
    },
  };
  const { exit, stderr } = await tinman("explain", { stdout });
  assert.deepEqual([exit, stderr], [0, ""]);
});

Deno.test("tinman -C names the folder that is not there", async () => {
  const { exit, stderr } = await tinman("-C nowhere version");
  assert.equal(exit, 3);
  assert.match(stderr, /\/somewhere\/nowhere: no such folder/);
});

Deno.test("tinman explain knows a code by number and by name, and exits 3 for others", async () => {
  const [number, name] = [await tinman("explain e3201"), await tinman("explain CORRUPT_LOG")];
  assert.equal(number.stdout, name.stdout);
  assert.match(number.stdout, /Exit code 5/);
  const wrong = await tinman("explain E3021");
  assert.equal(wrong.exit, 3);
  assert.match(wrong.stderr, /did you mean/);
});

Deno.test("tinman init writes a project, and refuses a folder with files unless forced", async () => {
  const { exit, stdout, files } = await tinman("init demo");
  assert.equal(exit, 0);
  assert.deepEqual(stdout.trim().split("\n"), ["demo/nodes.ts", "demo/deno.json", "demo/README.md", "demo/.gitignore"]);
  const again = await tinman("init demo", { files });
  assert.equal(again.exit, 2);
  assert.match(again.stderr, /--force/);
  assert.equal((await tinman("init demo --force", { files })).exit, 0);
});

Deno.test("tinman doctor exits 6 when something is missing, and says how to get it", async () => {
  const well = await tinman("doctor");
  assert.equal(well.exit, 0);
  const ill = await tinman("doctor", { permission: (name) => name === "write" ? "denied" : "granted" });
  assert.equal(ill.exit, 6);
  assert.match(ill.stdout, /fail {2}write .*\n.*fix: start with --allow-write/);
});
