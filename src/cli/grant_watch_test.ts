// Goal: a run hears what another process does to the grants, and nothing is looked at where no plugin is. Method: a file in
// memory that changes at given times, plugins that write down how they end, virtual time.
import assert from "node:assert/strict";
import { createMemoryFiles } from "../files/mod.ts";
import { GRANTS_FILE, type LivePlugin, openPluginStore } from "../plugin/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { GrantWatch } from "./grant_watch.ts";
import { LivePlugins } from "./live_plugins.ts";

const gps = "org.example.gps";
const path = `/field/${GRANTS_FILE}`;
const granted = `{ "grants": { "${gps}": { "net": { "allow": ["127.0.0.1:9"] } } } }`;

/** A watched project whose grants say `text`. */
function watched(text = granted) {
  const files = createMemoryFiles();
  let looks = 0;
  const stat = files.stat.bind(files);
  files.stat = (name) => {
    if (name === path) looks++;
    return stat(name);
  };
  const environment = createTestEnvironment({ files });
  const { clock } = environment;
  const said: string[] = [];
  const out = {
    note: (line: string) => void said.push(line),
    problem: (line: string) => void said.push(line),
    paintError: (_: string, text: string) => text,
  };
  const context = { io: { environment, files }, out, path: (name: string) => `/field/${name}` };
  const write = (text: string) => files.replace(path, new TextEncoder().encode(text));
  write(text);
  const store = openPluginStore({ files, project: "/field", clock });
  const watch = new GrantWatch(context as never);
  const live = LivePlugins.of(context.io);
  const open = (name: string) => {
    const over = new AbortController();
    const holds = store.grantsOf(gps).net !== undefined;
    live.add(
      {
        ...{ plugin: gps, as: { kind: "node", name }, tier: "process", effective: {}, isReplaying: false },
        ...{ over: over.signal, usage: () => undefined, end: () => over.abort() },
        takenBack: () => holds && store.grantsOf(gps).net === undefined ? ["net"] : [],
        leave: () => (over.abort(), open(name)),
      } satisfies LivePlugin,
    );
    return Promise.resolve();
  };
  const wait = (ms: number) => environment.drive(clock.sleep(ms));
  return {
    files,
    write,
    said,
    open,
    live,
    wait,
    watch,
    looks: () => looks,
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

const ended = [`${GRANTS_FILE}: net was taken back from ${gps}`, `${GRANTS_FILE}: node n was ended for that`];

Deno.test("what is taken back in another process counts within a second, once", async () => {
  using project = watched();
  await project.open("n");
  await project.wait(5000);
  assert.deepEqual(project.said, []);
  project.write("{}");
  await project.wait(1100);
  assert.deepEqual(project.said, ended);
  assert.equal(project.live.restartsOf(project.live.all[0]!), 1);
  await project.wait(5000);
  assert.deepEqual(project.said, ended);
});

Deno.test("what is taken back while a plugin is being opened counts, too", async () => {
  using project = watched();
  await project.open("n");
  project.write("{}");
  await project.wait(1100);
  assert.deepEqual(project.said, ended);
});

Deno.test("a file that an editor puts in the place of the other ends nobody meanwhile; one that is removed takes all", async () => {
  using project = watched();
  await project.open("n");
  await project.wait(2400);
  project.files.remove(path);
  await project.wait(200);
  project.write(granted);
  await project.wait(2000);
  assert.deepEqual(project.said, []);
  project.files.remove(path);
  await project.wait(1100);
  assert.deepEqual(project.said, ended);
});

Deno.test("a file that cannot be read ends nobody, and that is said once", async () => {
  using project = watched();
  await project.open("n");
  project.write("{ nothing");
  await project.wait(5000);
  assert.equal(project.said.length, 1);
  assert.match(project.said[0]!, /^warning: Cannot .*tinman\.grants\.jsonc.*; plugins that are at work go on/);
  project.write("{}");
  await project.wait(1100);
  assert.deepEqual(project.said.slice(1), ended);
});

Deno.test("the grants are looked at while a plugin is at work, and neither before nor after", async () => {
  using project = watched();
  await project.wait(10_000);
  assert.equal(project.looks(), 0);
  await project.open("n");
  await project.wait(10_000);
  assert.ok(project.looks() > 10);
  for (const each of project.live.all) each.end(undefined as never);
  await project.wait(1000);
  const before = project.looks();
  await project.wait(10_000);
  assert.equal(project.looks(), before);
  await project.open("m");
  await project.wait(1000);
  assert.ok(project.looks() > before);
  project.watch[Symbol.dispose]();
  await project.open("m");
  const last = project.looks();
  await project.wait(10_000);
  assert.equal(project.looks(), last);
});
