// Goal: V10, the tables of a dataset are kept in a file, and whatever happens to that the answers are right. Method: real
// files, a host in this process where one is enough, and processes of the command line where several want the same.
import assert from "node:assert/strict";
import { answer } from "../../src/cli/mesh_asks.ts";
import { createHost } from "../../src/cli/mesh_host.ts";
import { meshHere } from "../../src/cli/mesh_open.ts";
import { createProcessIo } from "../../src/cli/process_io.ts";
import { initFolder } from "../../src/mesh/mod.ts";
import { meshMachine } from "../../src/platform/mod.ts";
import { spawn, temporaryFolder } from "../cli/processes.ts";
import { createMachines, until } from "./processes.ts";

const SECRET = "the well is poisoned";
const { mesh: machine } = createProcessIo();

/** A dataset with one record, asked by a new host each time. */
function createDataset(options: { privacy?: "open" | "sealed" } = {}) {
  const folder = temporaryFolder();
  const path = `${folder.path}/base`;
  const replica = initFolder(path, meshMachine(), { name: "survey", as: "Base", ...options });
  replica.write({ kind: "record.create", record: "R-1", form: "site" });
  replica.write({ kind: "field.set", record: "R-1", field: "remark", value: SECRET });
  replica.close();
  return {
    path,
    file: `${path}/tables.sqlite`,
    async ask(sql: string, before: (host: ReturnType<typeof createHost>) => void = () => {}) {
      const host = createHost(path, machine);
      await using _ = meshHere(host);
      before(host);
      const { rows } = await answer(host, "query", { sql }) as { rows: Record<string, unknown>[] };
      return rows.map((row) => Object.values(row));
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const VALUES = "SELECT field, value FROM fields ORDER BY field";

Deno.test("V10 tables in a file are used again, follow what is written, and are built again when they are not as they were left", async () => {
  using dataset = createDataset();
  const { ask, file } = dataset;
  const right = [["remark", SECRET]];
  assert.deepEqual(await ask(VALUES), right);
  const whole = Deno.readFileSync(file);
  const at = new TextDecoder("latin1").decode(whole).indexOf(SECRET);
  const damages: Record<string, () => void> = {
    "as it was": () => {},
    "it is lost": () => Deno.removeSync(file),
    "its sum is lost": () => Deno.removeSync(`${file}.sum`),
    "a bit of a value": () => Deno.writeFileSync(file, whole.with(at, whole[at]! ^ 1)),
    "cut off": () => Deno.truncateSync(file, 5000),
    "no database": () => Deno.writeTextFileSync(file, "what is this"),
    "a folder": () => {
      Deno.removeSync(file);
      Deno.mkdirSync(`${file}/within`, { recursive: true });
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    damage();
    assert.deepEqual(await ask(VALUES), right, name);
  }
  Deno.removeSync(file, { recursive: true });
  await ask(VALUES);
  assert.deepEqual(
    await ask(VALUES, ({ replica }) => {
      replica.write({ kind: "field.set", record: "R-1", field: "status", value: "OPEN" });
    }),
    [...right, ["status", "OPEN"]],
  );
});

Deno.test("V7 what is erased is not left in the tables, whether they are in use or not", async () => {
  for (const isInUse of [true, false]) {
    using dataset = createDataset();
    const { ask, path } = dataset;
    await ask(VALUES);
    assert.deepEqual(inClear(path), ["tables.sqlite"]);
    const host = createHost(path, machine);
    {
      await using _ = meshHere(host);
      if (isInUse) await answer(host, "query", { sql: VALUES });
      const { replica } = host;
      const device = replica.key.device;
      const feed = replica.feeds.get(device)!;
      const seq = [1, 2, 3].find((each) => feed.at(each)!.kind === "field.set")!;
      replica.write({ kind: "event.erase", event: { device, seq, check: feed.checkAt(seq)! } });
      if (isInUse) assert.deepEqual((await answer(host, "query", { sql: VALUES }) as { rows: unknown[] }).rows, []);
    }
    assert.equal(inClear(path).includes("tables.sqlite"), false, `${isInUse}`);
    assert.deepEqual(await ask(VALUES), []);
  }
});

Deno.test("V10 a sealed dataset leaves no tables on the disk", async () => {
  using dataset = createDataset({ privacy: "sealed" });
  const { ask, path } = dataset;
  assert.deepEqual(await ask(VALUES), [["remark", SECRET]]);
  assert.deepEqual(inClear(path), []);
});

Deno.test("V10 commands that write and ask at once, one that runs and one that was killed: each answer is right", async () => {
  using machines = createMachines();
  const { ok, start } = machines;
  await ok("init", "survey", "-D", "base");
  await ok("create", "R-1", "site", "-D", "base");
  const count = () =>
    ok("query", "SELECT count(*) AS n FROM fields", "--json", "-D", "base").then((text) => JSON.parse(text).n);
  assert.equal(await count(), 0);
  const done = await Promise.all([1, 2, 3].map(async (i) => {
    await ok("set", "R-1", `f${i}`, "x", "-D", "base");
    return await count();
  }));
  assert.deepEqual([Math.max(...done), await count()], [3, 3]);
  const base = await start("base");
  assert.equal(await count(), 3);
  await ok("set", "R-1", "f4", "x", "-D", "base");
  assert.equal(await count(), 4);
  await base.kill("SIGKILL");
  await until(count, (n) => n === 4);
});

Deno.test("V10 a query without an end holds up nobody who asks the process that has the dataset", async () => {
  using machines = createMachines();
  const { ok, start, path } = machines;
  await ok("init", "survey", "-D", "base");
  const base = await start("base");
  const endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
  const asking = spawn(["mesh", "query", endless, "-D", "base"], { cwd: path });
  const ended = asking.output();
  // Long enough for a query that would run there to be there: each of these is a process of its own.
  for (const id of ["R-1", "R-2", "R-3"]) await ok("create", id, "site", "-D", "base");
  assert.equal(JSON.parse(await ok("query", "SELECT count(*) AS n FROM records", "--json", "-D", "base")).n, 3);
  asking.kill("SIGINT");
  assert.equal((await ended).signal, "SIGINT");
  assert.equal(await base.kill(), 143);
});

/** Files of a folder in which the secret is as it was typed. */
function inClear(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter(({ name, isFile }) =>
    isFile && new TextDecoder("latin1").decode(Deno.readFileSync(`${folder}/${name}`)).includes(SECRET)
  ).map(({ name }) => name).sort();
}
