// Goal: the first minutes of somebody who writes a plugin, and what a plugin in a process of its own does to the command
// line. Method: each step by a real process, in a folder of its own, without a network.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { spawn, temporaryFolder, tinman } from "./processes.ts";

const id = "org.example.smooth";

async function project(files: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  await tinman(["init", "demo"], { cwd: folder.path });
  const cwd = `${folder.path}/demo`;
  for (const [path, text] of Object.entries(files)) {
    Deno.mkdirSync(dirname(`${cwd}/${path}`), { recursive: true });
    Deno.writeTextFileSync(`${cwd}/${path}`, text);
  }
  const run = (line: string) => tinman(line.split(" "), { cwd });
  const edit = (path: string, change: (text: string) => string) =>
    Deno.writeTextFileSync(`${cwd}/${path}`, change(Deno.readTextFileSync(`${cwd}/${path}`)));
  return { cwd, run, edit, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

async function pipe(cwd: string, args: readonly string[], input: string) {
  const child = spawn(args, { cwd, stdin: "piped" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("plugin new, edit, test, add, grant, run: what the README shows", async () => {
  using demo = await project();
  const { cwd, run, edit } = demo;
  assert.equal((await run("plugin new smooth")).code, 0);
  assert.equal((await run("plugin test smooth")).code, 0);
  edit("smooth/mod.ts", (text) => text.replace("/ last.length)", "/ last.length + Number(clock.now() % 2n))"));
  edit("smooth/mod.ts", (text) => text.replace("config, log }", "clock, config, log }"));
  edit("smooth/plugin.jsonc", (text) => text.replace("[]\n}", '[{ "name": "clock", "why": "stamp each number" }]\n}'));
  edit("smooth/fixtures/smooth.out.jsonl", (text) => text.replace("1.5", "7"));
  const failed = await run("plugin test smooth");
  assert.equal(failed.code, 6, failed.stderr);
  assert.match(failed.stdout, /smooth\.out\.jsonl:2: expected 7, found 1\.5/);
  assert.equal((await run("plugin test smooth --update")).code, 0);
  const added = await run("plugin add smooth");
  assert.equal(added.code, 0, added.stderr);
  const grant = /tinman (plugin grant .*)/.exec(added.stderr)![1]!;
  assert.equal((await pipe(cwd, ["plugin", "run", id], "1\n")).code, 4);
  assert.equal((await run(grant)).code, 0);

  const piped = await pipe(cwd, ["plugin", "run", id, "--config", "window=1"], "1\n2\n");
  assert.equal(piped.code, 0, piped.stderr);
  assert.equal(piped.stdout.trim().split("\n").length, 2);

  edit("nodes.ts", () => `
    import { channel, node, pluginNode } from "tinman";
    const [numbers, smooth] = [channel<number>("numbers"), channel<number>("smooth")];
    export default [
      node({ name: "source", out: { numbers } }, async ({ numbers }) => {
        for (let i = 0; i < 1000; i++) await numbers.publish(i);
      }),
      pluginNode("${id}", "smooth", { in: { numbers }, out: { smooth } }),
      node({ name: "sink", in: { smooth } }, { smooth: () => {} }),
    ];`);
  const ran = await run("run nodes.ts --json --record");
  assert.equal(ran.code, 0, ran.stderr);
  const counts = JSON.parse(ran.stdout).channels.map((each: { count: number }) => each.count);
  assert.deepEqual(counts.slice(0, 2), [1000, 1000]);
  assert.equal((await run("replay latest nodes.ts --verify")).code, 0);
  assert.equal((await run("plugin audit")).code, 0);

  const [stored] = Array.from(Deno.readDirSync(`${cwd}/.tinman/plugins/${id}`), ({ name }) => name);
  edit(`.tinman/plugins/${id}/${stored}/mod.ts`, (text) => `${text} `);
  const changed = await run("run nodes.ts");
  assert.equal(changed.code, 5, changed.stderr);
  assert.match(changed.stderr, /mod\.ts is not what was added/);
});

Deno.test("the types of a new plugin are right for deno and its editors, inside of a project", async () => {
  using demo = await project();
  const { cwd, run, edit } = demo;
  const check = async (...paths: string[]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", ...paths],
      cwd,
      env: { NO_COLOR: "1" },
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  const kinds = ["node", "stage", "codec", "transport"];
  await Promise.all(kinds.map((kind) => run(`plugin new ${kind} --kind ${kind}`)));
  const { code, stderr } = await check(...kinds.map((kind) => `${kind}/mod.ts`));
  assert.equal(code, 0, stderr);
  edit("node/mod.ts", (text) => text.replace("log.warn(", "log.wran("));
  assert.match((await check("node/mod.ts")).stderr, /wran.*does not exist on type/s);
  const schema = JSON.parse(Deno.readTextFileSync(`${cwd}/node/.tinman/plugin.schema.json`));
  assert.ok(schema.properties.capabilities);
});

const reader = {
  "reader/plugin.jsonc": JSON.stringify({
    id: "org.example.reader",
    version: "1.0.0",
    api: "1",
    provides: {
      nodes: [{ name: "lines", out: { lines: "lines of a file" }, config: { path: { type: "string" } } }],
    },
    capabilities: [{ name: "read", allow: ["${config.path}"], why: "read the file that you name" }],
    limits: { stallMs: 1000 },
  }),
  "reader/mod.ts": `import { definePlugin, type PluginContext } from "tinman/plugin";
import { linesOf } from "./src/lines.ts";
export default definePlugin({ nodes: { lines } });
async function lines({ out, config }: PluginContext): Promise<void> {
  if (config.path === "for ever") for (;;);
  console.log("this is not data");
  for (const line of linesOf(Deno.readTextFileSync(String(config.path)))) await out.lines?.publish(line);
}
`,
  "reader/src/lines.ts": 'export const linesOf = (text: string): string[] => text.trim().split("\\n");\n',
  "reader/fixtures/lines.config.json": '{ "path": "reader/fixtures/text.txt" }',
  "reader/fixtures/text.txt": "one\ntwo\n",
  "reader/fixtures/lines.out.jsonl": '"one"\n"two"\n',
  "secret.txt": "three\n",
};

Deno.test("a plugin that asks for files is tested without them and with them, and reads no others", async () => {
  using demo = await project(reader);
  const { run } = demo;
  const alone = await run("plugin test reader");
  assert.equal(alone.code, 0, alone.stdout + alone.stderr);
  assert.match(alone.stdout, /not tested: it needs read .*text\.txt\n +fix: tinman plugin test reader --grant read=/);
  assert.match(alone.stdout, /with nothing granted it says: .*read/);
  const granted = await run("plugin test reader --grant read=reader/fixtures");
  assert.match(granted.stdout, /2 messages as in fixtures\/lines\.out\.jsonl/);
  assert.equal(granted.code, 0, granted.stdout);

  await run("plugin add reader");
  await run("plugin grant org.example.reader read=reader");
  const words = "plugin run org.example.reader --config";
  assert.equal((await run(`${words} path=reader/fixtures/text.txt`)).stdout, '"one"\n"two"\n');
  const other = await run(`${words} path=secret.txt`);
  assert.deepEqual([other.code, other.stdout], [4, ""]);
  assert.match(other.stderr, /tinman plugin grant org\.example\.reader read=.*secret\.txt/);
});

Deno.test("a plugin that hangs in a process of its own is ended, and the command with it", async () => {
  using demo = await project(reader);
  const words = ["plugin", "run", "reader", "--grant", "read", "--dangerous", "--config", "path=for ever"];
  const { code, stdout, stderr } = await tinman(words, { cwd: demo.cwd });
  assert.equal(code, 124, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /org\.example\.reader has not answered for 1000 ms/);
});
