// Goal: what `tinman plugin …` prints, writes and exits with. Method: a project in memory, the command line in process.
import assert from "node:assert/strict";
import { createTestEnvironment } from "../testing/environment.ts";
import { createTestProject, type TestProject, writePlugin } from "./_plugin_project.ts";

const echo = {
  provides: { nodes: [{ name: "echo", in: { a: "anything" }, out: { b: "the same" } }] },
  module: `export default definePlugin({ nodes: { echo: async ({ in: { a }, out }) => {
    for await (const value of a) await out.b.publish(value);
  } } });`,
};
const asks = (...capabilities: readonly Record<string, unknown>[]) => ({ ...echo, capabilities });
const clock = { name: "clock", why: "stamp what comes" };
const net = { name: "net", allow: ["10.0.0.1:80"], why: "talk to the station" };

async function added(plugin: Record<string, unknown> = echo): Promise<TestProject> {
  const project = createTestProject(createTestEnvironment);
  writePlugin(project, "echo", plugin);
  const { exit, stderr } = await project.run("plugin add echo");
  assert.equal(exit, 0, stderr);
  return project;
}

for (const kind of ["node", "stage", "codec", "transport"]) {
  Deno.test(`plugin new --kind ${kind} makes a plugin that passes plugin test and verify, and can be added`, async () => {
    const project = createTestProject(createTestEnvironment);
    const made = await project.run(`plugin new my-plugin --kind ${kind}`);
    assert.equal(made.exit, 0, made.stderr);
    assert.match(made.stderr, /Next:\n {2}tinman plugin test my-plugin /);
    const tested = await project.run("plugin test my-plugin --json");
    assert.equal(tested.exit, 0, tested.stdout);
    const levels = JSON.parse(tested.stdout).findings.map((each: { level: string }) => each.level);
    assert.deepEqual([...new Set(levels)], ["ok"], tested.stdout);
    assert.equal((await project.run("plugin verify my-plugin")).exit, 0);
    const added = await project.run("plugin add my-plugin");
    assert.equal(added.exit, 0, added.stderr);
    assert.match(added.stdout, /It asks for nothing/);
    // The schema is for the editor alone.
    assert.ok(!project.read("tinman.lock").includes("schema"));
  });
}

Deno.test("plugin new refuses what is there, names that are none, and ids of tinman itself", async () => {
  const project = createTestProject(createTestEnvironment);
  await project.run("plugin new gps");
  for (const line of ["plugin new gps", "plugin new 7", "plugin new x --id gps", "plugin new x --id tinman.x"]) {
    assert.equal((await project.run(line)).exit, 2, line);
  }
  assert.ok(project.read("gps/plugin.jsonc").includes('"org.example.gps"'));
});

Deno.test("plugin add shows what is asked for and why, grants nothing, and prints the commands that would", async () => {
  const project = createTestProject(createTestEnvironment);
  const port = { name: "serial", allow: ["${config.port}"], why: "read the receiver" };
  writePlugin(project, "echo", {
    ...asks(clock, { ...net, optional: true }, port),
    provides: { nodes: [{ ...echo.provides.nodes[0], config: { port: { type: "string" } } }] },
  });
  const { stdout, stderr } = await project.run("plugin add echo");
  assert.match(stdout, /^clock +– +stamp what comes$/m);
  assert.match(stdout, /^net +10\.0\.0\.1:80 +talk to the station \(works without\)$/m);
  assert.match(stderr, /If you agree:\n {2}tinman plugin grant org\.example\.echo clock serial=PORT\n/);
  assert.match(stderr, /works without.*\n {2}tinman plugin grant org\.example\.echo net=10\.0\.0\.1:80\n/);
  assert.match(stderr, /PORT is what the graph gives it as config\.port/);
  assert.equal(project.files.stat("/field/tinman.grants.jsonc"), undefined);
});

Deno.test("plugin add of a new version shows what is new and what is gone, and asks for that alone", async () => {
  const project = await added(asks(clock, net));
  await project.run("plugin grant org.example.echo clock net=10.0.0.1:80");
  writePlugin(project, "echo", { ...asks({ ...net, allow: [...net.allow, "10.0.0.2"] }), version: "1.1.0" });
  const { stdout, stderr } = await project.run("plugin add echo");
  assert.match(stdout, /1\.1\.0, before 1\.0\.0/);
  assert.match(stdout, /^new +net +10\.0\.0\.2 /m);
  assert.match(stdout, /^gone +clock /m);
  assert.match(stderr, /tinman plugin grant org\.example\.echo net=10\.0\.0\.2\n/);
});

Deno.test("plugin run refuses what is not granted with exit code 4 and the command that grants it, which then works", async () => {
  const project = await added(asks(clock));
  const refused = await project.run("plugin run org.example.echo", { stdin: "1\n" });
  assert.deepEqual([refused.exit, refused.stdout], [4, ""]);
  const command = /fix: tinman (plugin grant .*)$/m.exec(refused.stderr)![1]!;
  assert.equal((await project.run(command)).exit, 0);
  const ran = await project.run("plugin run org.example.echo", { stdin: '1\n{"a":[true]}\n\n{"$bytes":"00ff"}' });
  assert.deepEqual(ran, { exit: 0, stdout: '1\n{"a":[true]}\n{"$bytes":"00ff"}\n', stderr: "" });
  assert.equal((await project.run("plugin revoke org.example.echo")).exit, 0);
  assert.equal((await project.run("plugin run org.example.echo")).exit, 4);
});

Deno.test("plugin run of a folder has none of the grants of the id that it claims", async () => {
  const project = await added(asks(clock));
  await project.run("plugin grant org.example.echo clock");
  writePlugin(project, "other", { ...asks(clock), id: "org.example.echo" });
  assert.equal((await project.run("plugin run other", { stdin: "1" })).exit, 4);
  assert.equal((await project.run("plugin run other --grant clock", { stdin: "1" })).stdout, "1\n");
  assert.equal((await project.run("plugin run other --grant run", { stdin: "1" })).exit, 4);
  const tested = await project.run("plugin test other --json");
  assert.equal(tested.exit, 0, tested.stdout);
});

Deno.test("plugin run says which nodes, which keys and which line when it is told something else", async () => {
  const project = await added();
  const said = async (line: string, stdin = "") => (await project.run(line, { stdin })).stderr;
  assert.match(await said("plugin run org.example.ehco"), /E4001.*\n.*did you mean "org\.example\.echo"/);
  assert.match(await said("plugin run org.example.echo/ehco"), /it has echo\n.*\n? *fix: did you mean "echo"/);
  assert.match(await said("plugin run org.example.echo --config x=1"), /node echo takes nothing/);
  assert.match(await said("plugin run org.example.echo", "1\n{\n"), /standard input:2/);
});

Deno.test("plugin run writes to a new file, and reads from one", async () => {
  const project = await added();
  project.write("in.jsonl", "1\n2");
  const words = "plugin run org.example.echo --in in.jsonl --out out.jsonl";
  assert.deepEqual((await project.run(words)).exit, 0);
  assert.equal(project.read("out.jsonl"), "1\n2\n");
  assert.equal((await project.run(words)).exit, 2);
});

Deno.test("plugin grant needs --dangerous for what no border can hold, and denies what is inside of a grant", async () => {
  const project = await added(asks({ name: "run", allow: ["stty"], why: "set up the port" }, {
    name: "read",
    why: "read the tables",
  }));
  const refused = await project.run("plugin grant org.example.echo run=stty");
  assert.equal(refused.exit, 4);
  assert.match(refused.stderr, /--dangerous/);
  assert.equal((await project.run("plugin grant org.example.echo run=stty --dangerous")).exit, 0);
  const denied = await project.run("plugin grant org.example.echo read=data --deny read=data/a,b --deny read=data/c");
  assert.match(denied.stdout, /read data, not b, not data\/a, not data\/c/);
  assert.equal((await project.run("plugin grant org.example.echo")).exit, 2);
  assert.equal((await project.run("plugin grant org.example.echo net")).exit, 2);
});

Deno.test("plugin verify names every file that was changed, and exits 5; then nothing is run from it", async () => {
  const project = await added();
  assert.equal((await project.run("plugin verify")).exit, 0);
  const [stored] = project.files.list("/field/.tinman/plugins/org.example.echo");
  for (const name of ["mod.ts", "plugin.jsonc"]) {
    project.write(`.tinman/plugins/org.example.echo/${stored}/${name}`, "export {}");
  }
  const { exit, stdout } = await project.run("plugin verify");
  assert.equal(exit, 5);
  assert.match(stdout, /mod\.ts is not what was added/);
  assert.match(stdout, /plugin\.jsonc is not what was added/);
  assert.equal((await project.run("plugin list")).exit, 5);
  assert.equal((await project.run("plugin run org.example.echo")).exit, 5);
  assert.equal((await project.run("plugin test org.example.echo")).exit, 5);
});

Deno.test("plugin verify of a folder says all that is wrong with its imports and its requests", async () => {
  const project = createTestProject(createTestEnvironment);
  const module = 'import "node:fs";\nimport "./nothing.ts";';
  writePlugin(project, "bad", {
    module,
    capabilities: [{ name: "net", why: "net" }, { name: "kv", why: "remember things" }],
  });
  const { exit, stdout } = await project.run("plugin verify bad");
  assert.equal(exit, 6);
  for (
    const what of [
      /mod\.ts:2: "node:fs"/,
      /mod\.ts:3: "\.\/nothing\.ts"/,
      /net: it asks for all/,
      /says little/,
      /kv: .*not serve/,
    ]
  ) {
    assert.match(stdout, what);
  }
});

Deno.test("plugin pack gives the same bytes each time; signed, it is added where its key is trusted, and no other", async () => {
  const project = createTestProject(createTestEnvironment);
  writePlugin(project, "echo", echo);
  const [first, second] = [await project.run("plugin pack echo -o a"), await project.run("plugin pack echo -o b")];
  assert.equal(first.stdout.split("  ")[0], second.stdout.split("  ")[0]);
  assert.equal((await project.run("plugin pack echo -o a")).exit, 2);
  const key = (await project.run("plugin key me.key")).stdout.trim();
  assert.match(key, /^ed25519:/);
  assert.equal((await project.run("plugin key me.key")).exit, 2);
  assert.equal((await project.run(`plugin trust ${key}`)).stdout, `${key}\n`);
  assert.equal((await project.run("plugin add a")).exit, 4);
  const signed = await project.run("plugin pack echo -o c --sign me.key");
  assert.match(signed.stderr, new RegExp(`signed by ${key.replaceAll(/[+/]/g, "\\$&")}`));
  const added = await project.run("plugin add c");
  assert.equal(added.exit, 0, added.stderr);
  assert.match((await project.run("plugin info org.example.echo")).stdout, /^signed +ed25519:/m);
  assert.match((await project.run(`plugin trust ${key} --remove`)).stderr, /no key is trusted/);
});

Deno.test("plugin audit finds what was granted and never in force, and says how to take it back", async () => {
  const project = await added({
    ...asks({ name: "serial", allow: ["${config.port}"], why: "read the receiver", optional: true }, clock),
    provides: { nodes: [{ ...echo.provides.nodes[0], config: { port: { type: "string" } } }] },
  });
  await project.run("plugin grant org.example.echo serial=/dev/a,/dev/b clock");
  assert.match((await project.run("plugin audit")).stdout, /it was not run yet/);
  assert.equal((await project.run("plugin run org.example.echo --config port=/dev/a")).exit, 0);
  const { exit, stdout } = await project.run("plugin audit");
  assert.equal(exit, 6);
  assert.match(stdout, /ok +org\.example\.echo +clock: in force in 1 run/);
  assert.match(
    stdout,
    /warn +.*serial \/dev\/b: granted, never in force.*\n +fix: (tinman plugin revoke org\.example\.echo serial=\/dev\/b)/,
  );
  await project.run("plugin revoke org.example.echo serial=/dev/b");
  assert.equal((await project.run("plugin audit")).exit, 0);
});

Deno.test("plugin list and info have all of the table in --json, and remove takes plugin and grants away", async () => {
  const project = await added(asks(clock));
  const [listed] = JSON.parse((await project.run("plugin list --added --json")).stdout).plugins;
  assert.deepEqual([listed.id, listed.state, listed.tier], ["org.example.echo", "not granted", "process"]);
  const info = JSON.parse((await project.run("plugin info org.example.echo --json")).stdout);
  assert.equal(info.needs.required, "tinman plugin grant org.example.echo clock");
  await project.run("plugin grant org.example.echo clock");
  assert.match((await project.run("plugin list --added")).stdout, /clock +process +ready/);
  assert.equal((await project.run("plugin remove org.example.echo")).exit, 0);
  assert.ok(!project.read("tinman.grants.jsonc").includes("org.example"));
  assert.equal((await project.run("plugin info org.example.echo")).exit, 3);
  assert.equal((await project.run("plugin remove tinman.nmea")).exit, 3);
});
