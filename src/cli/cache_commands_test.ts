// Goal: what `tinman cache …` prints and removes. Method: a run with a cache in memory, the command line in process.
import assert from "node:assert/strict";
import { createMemoryFiles } from "../files/mod.ts";
import { caching, createEventPipeline, createStoreArchives, defineEvent, on } from "../reactive/mod.ts";
import { createMemoryStore } from "../store/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

const Greet = defineEvent<{ who: string }>("greet");
const Greeted = defineEvent<{ text: string }>("greeted");

async function createWorld() {
  const store = createMemoryStore();
  const files = createMemoryFiles();
  files.makeFolder("/data");
  files.replace("/data/cache.db", new Uint8Array(100));
  const greeter = caching({
    name: "greeter",
    handlers: [on(Greet, ({ who }, context) => {
      for (const text of ["Hello", "Bye"]) context.submit(Greeted({ text: `${text}, ${who}` }));
    })],
  });
  const quiet = caching({ name: "quiet", handlers: [on(Greet, () => {})] });
  const archives = createStoreArchives(store);
  const pipeline = createEventPipeline([greeter, quiet], { archives });
  for (const who of ["Ada", "Bob", "Ada"]) pipeline.submit(Greet({ who }));
  await pipeline.run();
  const tinman = async (line: string) => {
    const openStore = () => Object.assign(Object.create(null), methodsOf(store), { close: () => {} });
    const io = createMemoryIo({ environment: createTestEnvironment({ files }), folder: "/data", openStore });
    const exit = await main(line.split(" "), io);
    return { exit, stdout: io.printed(), stderr: io.noted() };
  };
  return { store, tinman };
}

function methodsOf(store: ReturnType<typeof createMemoryStore>) {
  const { get, set, delete: remove, clear, keys, entries, transaction } = store;
  const bound = { get, set, delete: remove, clear, keys, entries, transaction };
  return Object.fromEntries(Object.entries(bound).map(([name, method]) => [name, method.bind(store)]));
}

Deno.test("cache info says how much there is and how often it was of use", async () => {
  const { tinman } = await createWorld();
  const { exit, stdout } = await tinman("cache info cache.db");
  assert.equal(exit, 0);
  assert.match(stdout, /^archive +entries +size +hits +misses +evicted\n/);
  assert.match(stdout, /^greeter +2 +1\.3 KiB +1 +2 +0$/m);
  assert.match(stdout, /^quiet +2 +1\.1 KiB +1 +2 +0$/m);
  assert.match(stdout, /^all in \/data\/cache\.db +4 +2\.4 KiB +2 +4 +0$/m);
  const json = JSON.parse((await tinman("cache info cache.db greeter --json")).stdout);
  assert.deepEqual({ ...json, bytes: 0, archives: [] }, {
    v: 1,
    file: "/data/cache.db",
    fileBytes: 100,
    entries: 2,
    bytes: 0,
    hits: 1,
    misses: 2,
    evictions: 0,
    archives: [],
  });
  assert.deepEqual(json.archives.map(({ name }: { name: string }) => name), ["greeter"]);
});

Deno.test("cache list says what each entry holds, what goes next first", async () => {
  const { tinman } = await createWorld();
  const { stdout } = await tinman("cache list cache.db");
  const rows = stdout.trimEnd().split("\n").slice(1);
  assert.equal(rows.length, 4);
  // Ada was asked for last.
  assert.match(rows[0]!, /^greeter +[0-9a-f]{12} +\S+ B +greet → 2 × greeted$/);
  assert.match(rows[1]!, /^quiet +[0-9a-f]{12} +\S+ B +greet → nothing$/);
  const lines = (await tinman("cache list cache.db quiet --json")).stdout.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.deepEqual(lines.map(({ archive, holds }) => [archive, holds]), [
    ["quiet", "greet → nothing"],
    ["quiet", "greet → nothing"],
  ]);
  assert.match(lines[0].key, /^[0-9a-f]{64}$/);
});

Deno.test("cache clear removes one archive or all, and says how much that was", async () => {
  const { store, tinman } = await createWorld();
  assert.deepEqual(await tinman("cache clear cache.db quiet"), {
    exit: 0,
    stdout: "",
    stderr: "Removed 2 values from /data/cache.db\n",
  });
  assert.equal((await tinman("cache list cache.db --json")).stdout.split("\n").length, 3);
  assert.deepEqual(JSON.parse((await tinman("cache clear cache.db --json")).stdout), {
    v: 1,
    file: "/data/cache.db",
    removed: 2,
  });
  assert.deepEqual([...store.keys()], []);
  assert.equal((await tinman("cache list cache.db")).stderr, "Nothing is in /data/cache.db\n");
});

Deno.test("cache says what is not there, and makes no file by looking", async () => {
  const { tinman } = await createWorld();
  const missing = await tinman("cache info cahce.db");
  assert.equal(missing.exit, 3);
  assert.match(missing.stderr, /no such file[^]*did you mean "cache\.db"/);
  assert.match((await tinman("cache info .")).stderr, /it is a folder\n {2}fix: name the file that/);
  const archive = await tinman("cache clear cache.db greter");
  assert.equal(archive.exit, 3);
  assert.match(archive.stderr, /did you mean "greeter"/);
});
