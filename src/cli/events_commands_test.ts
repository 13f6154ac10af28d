// Goal: a file that exports a pipeline of events is run, checked, drawn, recorded and replayed as one with nodes is.
// Method: modules, files, caches and time in memory.
import assert from "node:assert/strict";
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import {
  builder,
  Built,
  caching,
  createEventPipeline,
  defineEvent,
  on,
  Poison,
  Resolve,
  where,
} from "../reactive/mod.ts";
import { createMemoryStore } from "../store/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

const Start = defineEvent<{ who: string }>("start");
const Greet = defineEvent<{ who: string }>("greet");

function greeting(change = (who: string) => who) {
  const greeter = {
    name: "greeter",
    handlers: [on(Start, ({ who }, context) => context.submit(Greet({ who: change(who) }))), on(Greet, () => {})],
  };
  const pipeline = createEventPipeline([greeter]);
  pipeline.submit(Start({ who: "world" }));
  return pipeline;
}

/** Counts the words of files. `extra` stands for code that changed. */
function counting(texts: readonly string[], extra = 0) {
  const files = builder({ provides: "file", build: () => texts });
  const words = builder({
    provides: "words",
    requires: ["file"],
    persist: true,
    build: (_, text: string) => [text.split(" ")],
  });
  const counts = builder({
    provides: "count",
    requires: ["words"],
    persist: true,
    version: `${extra}`,
    build: (_, words: string[]) => [words.length + extra],
  });
  const last = caching({ name: "last", handlers: [on(where(Built, { target: "count" }), () => {})] });
  const pipeline = createEventPipeline([files, words, counts, last]);
  pipeline.submit(Resolve({ target: "count" }));
  return pipeline;
}

/** A folder with modules, and a command line in it. */
function world(modules: Record<string, unknown>) {
  const files = createMemoryFiles();
  const store = createMemoryStore();
  // Each command opens and closes what is the same file.
  store.close = () => {};
  const exported: Record<string, () => unknown> = {};
  const put = (name: string, make: () => unknown) => {
    files.replace(`/data/${name}`, new Uint8Array(0));
    exported[`/data/${name}`] = make;
  };
  for (const [name, make] of Object.entries(modules)) put(name, make as () => unknown);
  const environment = createTestEnvironment({ files, registry: builtinRegistry(), defaultCodec: msgpack() });
  const tinman = async (line: string) => {
    const io = createMemoryIo({
      environment,
      folder: "/data",
      load: (path) => Promise.resolve({ default: exported[path]!() }),
      openStore: () => store,
    });
    const exit = await environment.drive(main(line.split(" "), io));
    return { exit, stdout: io.printed(), stderr: io.noted() };
  };
  return { tinman, put, environment };
}

Deno.test("run, check and graph take a file that exports a pipeline of events", async () => {
  const { tinman } = world({ "greet.ts": greeting });
  const ran = await tinman("run greet.ts");
  assert.equal(ran.exit, 0, ran.stderr);
  assert.match(ran.stderr, /5 messages/);
  assert.match((await tinman("check greet.ts")).stdout, /^greet\.events +greet +nobody +default$/m);
  assert.equal((await tinman("graph greet.ts")).stdout, "[greet] → greet.events\n  start, greet → (greeter)\n");
});

Deno.test("check and run warn of handlers that are never called", async () => {
  const { tinman } = world({
    "shadow.ts": () => createEventPipeline([{ name: "p", handlers: [on(Start, () => {}), on(Start, () => {})] }]),
  });
  for (const line of ["check shadow.ts", "run shadow.ts"]) {
    const { exit, stderr } = await tinman(line);
    assert.equal(exit, 0, stderr);
    assert.match(stderr, /warn.*Handler 2 .*never called/, line);
  }
});

Deno.test("graph shows what builders require and provide", async () => {
  const { tinman } = world({ "build.ts": () => counting(["a"]) });
  const { stdout } = await tinman("graph build.ts");
  assert.deepEqual(stdout.trim().split("\n").slice(1), [
    "  (file) → file",
    "  file → (words) → words",
    "  words → (count) → count",
    "  count → (last)",
  ]);
  assert.match((await tinman("graph build.ts --format mermaid")).stdout, /n0p1 -->\|"words"\| n0p2/);
  assert.match((await tinman("graph build.ts --format dot")).stdout, /n0p1 -> n0p2 \[label="words"\]/);
  const { nodes } = JSON.parse((await tinman("graph build.ts --json")).stdout);
  assert.deepEqual(nodes[0].parts[1], { name: "words", takes: [], requires: ["file"], provides: ["words"] });
});

Deno.test("a recording of a pipeline is its transcript, and --verify names the first event that differs", async () => {
  const { tinman, put } = world({ "greet.ts": greeting });
  await tinman("run greet.ts --record");
  const { stdout } = await tinman("log cat latest --json");
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line).value ?? JSON.parse(line).data);
  assert.deepEqual(events.map(({ event, by }) => [event, by]), [
    ["__INIT__", null],
    ["start", null],
    ["greet", "greeter"],
    ["__PHASE__", null],
    ["__POISON__", null],
  ]);
  const same = await tinman("replay latest greet.ts --verify");
  assert.equal(same.exit, 0, same.stderr);
  assert.match(same.stdout, /^greet\.events +5 +5 +same/m);
  put("greet.ts", () => greeting((who) => who.toUpperCase()));
  const other = await tinman("replay latest greet.ts --verify");
  assert.equal(other.exit, 6);
  assert.match(other.stdout, /frame 2[^]*recorded .*world[^]*replayed .*WORLD/);
});

Deno.test("run --cache builds only what has changed, and --explain says why", async () => {
  const { tinman, put } = world({ "build.ts": () => counting(["a b", "c"]) });
  const explain = async () => {
    const { exit, stdout, stderr } = await tinman("run build.ts --cache cache.db --explain");
    assert.equal(exit, 0, stderr);
    return stdout.split("\n").filter((line) => /^(words|count|last)/.test(line)).map((line) =>
      line.replace(/ +\d+$/, "").split(/ {2,}/).map((cell) => cell.replace(/^input and code.*/, "")).join(" ").trim()
    );
  };
  assert.deepEqual(await explain(), [
    "words #1 built it is new",
    "words #2 built it is new",
    "count #1 built it is new",
    "count #2 built it is new",
    "last built called it is new",
    "last built called it is new",
  ]);
  const kept = ["words #1", "words #2", "count #1", "count #2", "last built", "last built"];
  assert.deepEqual(await explain(), kept.map((what) => `${what} from the cache`));
  put("build.ts", () => counting(["a b", "c d e"]));
  assert.deepEqual(await explain(), [
    "words #1 from the cache",
    "words #2 built its input changed",
    "count #1 from the cache",
    "count #2 built its input changed",
    "last built from the cache",
    "last built called it is new",
  ]);
  put("build.ts", () => counting(["a b", "c d e"], 1));
  assert.deepEqual((await explain()).slice(0, 4), [
    "words #1 from the cache",
    "words #2 from the cache",
    "count #1 built its code changed",
    "count #2 built its code changed",
  ]);
});

Deno.test("run --explain --json has all that builders did, and says so where there are none", async () => {
  const { tinman } = world({ "build.ts": () => counting(["a"]), "greet.ts": greeting });
  const { events } = JSON.parse((await tinman("run build.ts --explain --json")).stdout);
  assert.equal(events[0].node, "build");
  assert.deepEqual(events[0].builders[1].reasons, { "no entry": 1 });
  assert.match((await tinman("run greet.ts --explain")).stderr, /nothing to explain/);
});

Deno.test("Ctrl-C ends a pipeline that feeds itself: what is under way ends, the last phase runs, exit 130", async () => {
  const { tinman, environment } = world({
    "endless.ts": () => {
      const pipeline = createEventPipeline([{
        name: "endless",
        handlers: [
          on(Start, ({ who }, context) => {
            if (who === "ten") environment.signal();
            context.submit(Start({ who: who === "one" ? "ten" : "more" }));
          }),
          on(Poison, (_, context) => context.submit(Greet({ who: "last" }))),
        ],
      }]);
      pipeline.submit(Start({ who: "one" }));
      return pipeline;
    },
  });
  const { exit, stderr } = await tinman("run endless.ts --record");
  assert.equal(exit, 130, stderr);
  const { stdout } = await tinman("log cat latest --json");
  assert.match(stdout.trim().split("\n").at(-1)!, /last/);
});
