// Goal: `plugin test` finds what is wrong with a plugin, says which file and line, and ends whatever the plugin does.
import assert from "node:assert/strict";
import { createTestEnvironment } from "../testing/environment.ts";
import { createTestProject, type TestProject, writePlugin } from "./_plugin_project.ts";

const node = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  in: { a: "in" },
  out: { b: "out" },
  ...more,
});

async function tested(project: TestProject, folder: string, flags = "") {
  const { exit, stdout } = await project.run(`plugin test ${folder}${flags} --json`);
  const { findings } = JSON.parse(stdout) as {
    findings: { level: string; name: string; message: string; fix?: string }[];
  };
  return { exit, findings, text: findings.map(({ level, message }) => `${level}: ${message}`).join("\n") };
}

function withNode(body: string, more: Record<string, unknown> = {}): TestProject {
  const project = createTestProject(createTestEnvironment);
  const module = `export default definePlugin({ nodes: { n: { a: async (value, context) => { ${body} } } } });`;
  writePlugin(project, "p", { module, provides: { nodes: [node("n")] }, ...more });
  project.write("p/fixtures/n.in.jsonl", "1\n2\n");
  project.write("p/fixtures/n.out.jsonl", "2\n4\n");
  return project;
}

Deno.test("plugin test names the line that differs, and --update writes what comes out", async () => {
  const project = withNode("await context.out.b.publish(value * 3)");
  const { exit, findings } = await tested(project, "p");
  assert.equal(exit, 6);
  const failed = findings.find(({ level }) => level === "fail")!;
  assert.match(failed.message, /fixtures\/n\.out\.jsonl:1: expected 2, found 3/);
  assert.match(failed.fix!, /tinman plugin test p --update/);
  assert.equal((await tested(project, "p", " --update")).exit, 0);
  assert.equal(project.read("p/fixtures/n.out.jsonl"), "3\n6\n");
  assert.equal((await tested(project, "p")).exit, 0);
});

Deno.test("plugin test says when too little or too much comes out", async () => {
  assert.match(
    (await tested(withNode(""), "p")).text,
    /fail: fixtures\/n\.out\.jsonl:1: expected 2, found nothing more/,
  );
  const twice = withNode("for (let i = 0; i < 3; i++) await context.out.b.publish(2 * value)");
  assert.match((await tested(twice, "p")).text, /n\.out\.jsonl:2: expected 4, found 2/);
});

Deno.test("time and chance are made up, so that a node that uses them gives the same twice", async () => {
  const project = withNode(
    "await context.clock.sleep(30); await context.out.b.publish([context.clock.now(), context.random.int(1000)])",
    { capabilities: [{ name: "clock", why: "know the time" }, { name: "random", why: "throw dice" }] },
  );
  const { exit, text } = await tested(project, "p", " --update");
  assert.equal(exit, 0, text);
  assert.match(project.read("p/fixtures/n.out.jsonl"), /"17672256000300000{2}/);
});

Deno.test("a node without inputs is given ten seconds, one without outputs may only not fail", async () => {
  const project = createTestProject(createTestEnvironment);
  writePlugin(project, "p", {
    module: `export default definePlugin({ nodes: {
      source: async ({ out, clock, signal }) => {
        for (let i = 0; !signal.aborted; i++) {
          await out.b.publish(i);
          await clock.sleep(3000);
        }
      },
      sink: { a: (value) => { if (value === 2) throw new Error("two"); } },
    } });`,
    provides: { nodes: [{ name: "source", out: { b: "out" } }, { name: "sink", in: { a: "in" } }] },
  });
  project.write("p/fixtures/sink.in.jsonl", "1\n");
  const { exit, text } = await tested(project, "p", " --update");
  assert.equal(exit, 0, text);
  assert.equal(project.read("p/fixtures/source.out.jsonl"), "0\n1\n2\n3\n");
  project.write("p/fixtures/sink.in.jsonl", "1\n2\n");
  assert.match((await tested(project, "p")).text, /fail: two/);
  assert.equal((await project.run("plugin run p --node sink", { stdin: "1" })).exit, 0);
  assert.equal((await project.run("plugin run p", { stdin: "1" })).exit, 2);
});

Deno.test("a node that hangs is a finding, in the time that its plugin.jsonc gives it", async () => {
  const { exit, text } = await tested(withNode("for (;;);", { limits: { stallMs: 50 } }), "p");
  assert.equal(exit, 6);
  assert.match(text, /fail: .*50 ms/);
});

Deno.test("a plugin that brings something else than it says is not tested further", async () => {
  const project = createTestProject(createTestEnvironment);
  const codec = "{ version: 2, encode: () => new Uint8Array(), decode: () => 1 }";
  writePlugin(project, "p", {
    module: `export default definePlugin({ nodes: { other: async () => {} }, codecs: { c: ${codec} } });`,
    provides: { nodes: [node("n")], codecs: [{ name: "c", version: 1 }] },
  });
  const { exit, findings } = await tested(project, "p");
  assert.deepEqual([exit, findings.length], [6, 1]);
  assert.match(
    findings[0]!.message,
    /has node n, the module does not; the module has node other.*; codec c is version 2/,
  );
});

Deno.test("a codec is held to its bytes, and to give back what it was given", async () => {
  const codec = (encode: string, decode: string) => {
    const project = createTestProject(createTestEnvironment);
    writePlugin(project, "p", {
      module:
        `export default definePlugin({ codecs: { c: { version: 1, encode: (value) => ${encode}, decode: (bytes) => ${decode} } } });`,
      provides: { codecs: [{ name: "c", version: 1 }] },
      limits: { stallMs: 50 },
    });
    project.write("p/fixtures/c.codec.jsonl", '{"value":7,"bytes":"07"}\n');
    return tested(project, "p");
  };
  const [encode, decode] = ["Uint8Array.of(value)", "bytes[0] ?? -1"];
  assert.equal((await codec(encode, decode)).exit, 0);
  assert.match((await codec("Uint8Array.of(value + 1)", decode)).text, /:1: expected 07, found 08/);
  assert.match((await codec(encode, "bytes[0] + 1")).text, /encodes to other bytes/);
  assert.match(
    (await codec(encode, '{ throw new Error("no") }'.replace("{ throw", "(() => { throw").replace(" }", " })()"))).text,
    /its own bytes do not decode: no/,
  );
  assert.match(
    (await codec(encode, "{ while (bytes[0] !== 7); return 7; }".replace("{", "(() => {") + ")()")).text,
    /fail: .*50 ms/,
  );
});

Deno.test("a plugin that asks for something is run without it, and has to say so", async () => {
  const capabilities = [{ name: "net", allow: ["10.0.0.1"], why: "ask the station" }];
  const polite = withNode('throw new Error("net is not allowed")', { capabilities });
  const { exit, text } = await tested(polite, "p");
  assert.equal(exit, 0, text);
  assert.match(text, /warn: not tested: it needs net 10\.0\.0\.1/);
  assert.match(text, /ok: with nothing granted it says: net is not allowed/);
  const hanging = withNode("for (;;);", { capabilities, limits: { stallMs: 50 } });
  assert.match((await tested(hanging, "p")).text, /fail: with nothing granted it does not fail politely/);
});

Deno.test("what a plugin says cannot reach the terminal as a command", async () => {
  const project = withNode('throw new Error("\\x1b]0;owned\\x07")');
  const { stdout } = await project.run("plugin test p");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /[\x1b\x07]/);
  assert.match(stdout, /\\x1b\]0;owned\\x07/);
});

Deno.test("a stage is held to its fixtures, to give the same twice, and to say what it was not granted", async () => {
  const stage = (process: string, rest: object = {}) => {
    const project = createTestProject(createTestEnvironment);
    writePlugin(project, "p", {
      module:
        `let calls = 0; export default definePlugin({ stages: { s: () => ({ process(frame) { ${process} } }) } });`,
      provides: { stages: [{ name: "s" }] },
      ...rest,
    });
    const frame = '{"timestamp_us":0,"sequence_id":4,"payload":{"a":[1,"NaN"]}}\n';
    project.write("p/fixtures/s.in.jsonl", frame);
    project.write("p/fixtures/s.out.jsonl", frame);
    return tested(project, "p");
  };
  assert.match((await stage("return frame")).text, /ok: 1 message as in fixtures\/s\.out\.jsonl/);
  assert.match(
    (await stage("return { ...frame, sequenceId: 5 }")).text,
    /s\.out\.jsonl:1: expected .*"sequence_id":4.*, found .*5/,
  );
  assert.match((await stage("return undefined")).text, /found nothing more/);
  assert.match((await stage("return 7")).text, /fail: it gave no frame/);
  assert.match(
    (await stage("return { ...frame, timestampUs: NaN }")).text,
    /fail: it gave no frame: timestampUs is NaN/,
  );
  const capabilities = [{ name: "net", allow: ["10.0.0.1"], why: "ask the station" }];
  assert.match(
    (await stage('throw new Error("net is not allowed")', { capabilities })).text,
    /nothing granted it says: net is not/,
  );
});
