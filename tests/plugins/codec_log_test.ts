// Goal: a recording whose codec comes from a plugin is read through the allowlist, and its frames stay readable as bytes
// whatever becomes of the plugin.
// Method: the command line as a process, in a project with a plugin whose codec can be made to hang and to throw.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "../cli/processes.ts";

const ID = "org.example.levels";

const manifest = (version: string) =>
  JSON.stringify({
    ...{ id: ID, version, api: "1" },
    provides: { codecs: [{ name: "level", version: 1 }] },
    limits: { stallMs: 100 },
    capabilities: [],
  });

const module = `import { definePlugin } from "tinman/plugin";
const decode = (bytes: Uint8Array) => {
  if (bytes[0] === 77) for (;;);
  if (bytes[0] === 88) throw new RangeError("no level is 88");
  return { level: bytes[0]! };
};
export default definePlugin({ codecs: { level: { version: 1, encode: ({ level }) => Uint8Array.of(level), decode } } });
`;

/** Publishes levels; what is made of them is recorded, too. */
const nodes = (levels: string) =>
  `import { channel, node, pluginCodec } from "tinman";
const levels = channel<{ level: number }>("levels", { codec: await pluginCodec<{ level: number }>("${ID}", "level") });
const doubled = channel<number>("doubled");
export const sensor = node({ name: "sensor", out: { levels } }, async ({ levels }) => {
  for (const level of [${levels}]) await levels.publish({ level });
});
export const doubler = node({ name: "doubler", in: { levels }, out: { doubled } }, {
  levels: ({ level }, { doubled }) => doubled.publish(level * 2),
});
`;

function project(levels = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10") {
  const folder = temporaryFolder();
  const cwd = folder.path;
  const write = (path: string, text: string) => {
    Deno.mkdirSync(`${cwd}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${cwd}/${path}`, text);
  };
  const writePlugin = (version = "1.0.0") => {
    write("levels/plugin.jsonc", manifest(version));
    write("levels/mod.ts", module);
  };
  writePlugin();
  write("nodes.ts", nodes(levels));
  const run = (line: string) => tinman(line.split(" "), { cwd });
  const succeed = async (line: string) => {
    const ended = await run(line);
    assert.equal(ended.code, 0, `${line}: ${ended.stderr}`);
    return ended;
  };
  return {
    ...{ cwd, write, writePlugin, run, succeed },
    /** Adds the plugin and records. */
    async record() {
      await succeed("plugin add levels");
      await succeed("run nodes.ts --record=run");
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const linesOf = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));

Deno.test("a codec of a plugin records, and log cat and replay --verify read through it", async () => {
  using here = project();
  await here.record();
  const { stdout } = await here.succeed("log cat run -c levels --json");
  assert.deepEqual(linesOf(stdout).map(({ value }) => value.level), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const info = JSON.parse((await here.succeed("log info run --json")).stdout);
  const [{ codec }] = info.channels.filter(({ name }: { name: string }) => name === "levels");
  const lock = JSON.parse(Deno.readTextFileSync(`${here.cwd}/tinman.lock`));
  assert.deepEqual(codec.plugin, { id: ID, sha256: lock.plugins[ID].sha256 });
  await here.succeed("replay run nodes.ts --verify");
  await here.succeed("log doctor run");
  const printed = await here.succeed("replay run --json --speed max");
  assert.match(printed.stdout, /"level":10/);
});

Deno.test("without the plugin the error names its id and hash, and the frames are bytes", async () => {
  using here = project();
  await here.record();
  const { sha256 } = JSON.parse(Deno.readTextFileSync(`${here.cwd}/tinman.lock`)).plugins[ID];
  await here.succeed(`plugin remove ${ID}`);
  const named = new RegExp(`of plugin ${ID} \\(sha256 ${sha256}\\)`);
  const cat = await here.run("log cat run -c levels");
  assert.equal(cat.code, 5);
  assert.match(cat.stdout, named);
  assert.match(cat.stdout, /tinman plugin add/);
  assert.match(cat.stderr, /10 frames did not decode/);
  const raw = await here.succeed("log cat run -c levels --raw --json");
  assert.equal(linesOf(raw.stdout).length, 10);
  await here.succeed("log cat run -c doubled");
  const replay = await here.run("replay run");
  assert.equal(replay.code, 3);
  assert.match(replay.stderr, named);
  // Graph code asks for it before there is a recording.
  const graph = await here.run("replay run nodes.ts --verify");
  assert.equal(graph.code, 3, graph.stderr);
  assert.match(graph.stderr, /Cannot load plugin org\.example\.levels: it was not added/);
});

Deno.test("a changed byte in the plugin is exit 5, and the frames are bytes", async () => {
  using here = project();
  await here.record();
  const { sha256 } = JSON.parse(Deno.readTextFileSync(`${here.cwd}/tinman.lock`)).plugins[ID];
  here.write(`.tinman/plugins/${ID}/${sha256.slice(0, 16)}/mod.ts`, module.replace("88", "89"));
  const cat = await here.run("log cat run -c levels");
  assert.equal(cat.code, 5);
  assert.match(cat.stdout, /mod\.ts is not what was added/);
  for (const line of ["replay run", "replay run nodes.ts --verify"]) {
    const { code, stderr } = await here.run(line);
    assert.equal(code, 5, stderr);
    assert.match(stderr, /error\[E3204\].*mod\.ts is not what was added/);
  }
  const raw = await here.succeed("log cat run -c levels --raw --json");
  assert.equal(linesOf(raw.stdout).length, 10);
});

Deno.test("another version of the plugin reads what it can, with a note on stderr", async () => {
  using here = project();
  await here.record();
  here.writePlugin("1.1.0");
  await here.succeed("plugin add levels");
  const { stdout, stderr } = await here.succeed("log cat run -c levels --json");
  assert.equal(linesOf(stdout).length, 10);
  assert.match(
    stderr,
    /note: plugin org\.example\.levels is another one than when this was recorded: sha256 [0-9a-f]{64} then/,
  );
  assert.match((await here.succeed("replay run nodes.ts --verify")).stderr, /is another one than when/);
});

Deno.test("a codec that hangs or throws on some frames: those are reported, all others are shown", async () => {
  using here = project("1, 77, 3, 88, 77, 6");
  await here.succeed("plugin add levels");
  await here.succeed("run nodes.ts:sensor --record=run");
  const { code, stdout, stderr } = await here.run("log cat run -c levels --json");
  assert.equal(code, 5);
  const lines = linesOf(stdout);
  assert.deepEqual(lines.map(({ value, bytes }) => value?.level ?? bytes), [1, "4d", 3, "58", "4d", 6]);
  for (
    const [at, reason] of [[1, /did not come to rest within 100 ms/], [3, /no level is 88/], [
      4,
      /within 100 ms/,
    ]] as const
  ) {
    const { error, channel, time } = lines[at];
    assert.match(error, new RegExp(`^Cannot read frame ${at} of channel "levels": `));
    assert.match(error, reason);
    assert.deepEqual([channel, typeof time], ["levels", "string"]);
  }
  assert.match(stderr, /3 frames did not decode/);
  const replayed = await here.run("replay run nodes.ts:doubler");
  assert.equal(replayed.code, 5);
  assert.match(replayed.stderr, /Cannot replay frame 1 of "levels": .*within 100 ms/);
});
