import assert from "node:assert/strict";
import csv from "../../plugins/csv/mod.ts";
import jsonl from "../../plugins/jsonl/mod.ts";
import type { Plugin } from "tinman/plugin";
import { startNode } from "./_node.ts";

const values = [
  { timeNs: 1_800_000_000_123_456_789n, name: 'a,"b"\n', position: { x: 1.5, y: -2 }, ok: true },
  { timeNs: 2n, name: "=1+1", position: { x: 0, y: 1e-7 }, ok: false },
];

Deno.test("jsonl: the source reads what the sink wrote", async () => {
  await using folder = await temporary();
  const path = `${folder.path}/a.jsonl`;
  await write(jsonl, { path }, values);
  assert.equal((await Deno.readTextFile(path)).split("\n").length, 3);
  assert.deepEqual(await read(jsonl, { path }), [values[0], { ...values[1]!, timeNs: 2 }]);
});

Deno.test("csv: the source reads what the sink wrote, fields inside as columns of their own", async () => {
  await using folder = await temporary();
  const path = `${folder.path}/a.csv`;
  await write(csv, { path, bom: true }, values);
  const text = await Deno.readTextFile(path);
  assert.match(text, /^\ufefftimeNs,name,position.x,position.y,ok\r\n/);
  assert.deepEqual(await read(csv, { path }), [
    { timeNs: values[0]!.timeNs, name: values[0]!.name, "position.x": 1.5, "position.y": -2, ok: true },
    { timeNs: 2, name: "'=1+1", "position.x": 0, "position.y": 1e-7, ok: false },
  ]);
});

for (const [name, plugin] of [["csv", csv], ["jsonl", jsonl]] as const) {
  Deno.test(`${name} sink: refuses a file that is there, and goes on at its end when told to`, async () => {
    await using folder = await temporary();
    const path = `${folder.path}/a`;
    await write(plugin, { path }, [{ a: 1 }]);
    await assert.rejects(write(plugin, { path }, [{ a: 2 }]), { code: "EXISTS", message: /append: true/ });
    await write(plugin, { path, append: true }, [{ a: 3 }]);
    await write(plugin, { path: `${folder.path}/new`, append: true }, [{ a: 4 }]);
    assert.deepEqual(await read(plugin, { path }), [{ a: 1 }, { a: 3 }]);
    assert.deepEqual(await read(plugin, { path: `${folder.path}/new` }), [{ a: 4 }]);
  });

  Deno.test(`${name} sink: begins a new line behind one that was cut off`, async () => {
    await using folder = await temporary();
    const path = `${folder.path}/a`;
    await write(plugin, { path }, [{ a: 1 }]);
    await Deno.writeTextFile(path, name === "csv" ? "2" : "{", { append: true });
    await write(plugin, { path, append: true }, [{ a: 3 }]);
    assert.match(await Deno.readTextFile(path), name === "csv" ? /\n2\n3\r\n$/ : /\n\{\n\{"a":3\}\n$/);
  });

  Deno.test(`${name}: what cannot be opened is named, with a code`, async () => {
    await using folder = await temporary();
    await assert.rejects(read(plugin, { path: `${folder.path}/none` }), {
      code: "NOT_FOUND",
      message: /Cannot read .*none/,
    });
    await assert.rejects(write(plugin, { path: `${folder.path}/no/a` }, []), {
      code: "NOT_FOUND",
      message: /Cannot write/,
    });
    await assert.rejects(read(plugin, {}), { code: "CONFIG", message: /path is undefined/ });
  });

  Deno.test(`${name}: ten thousand messages come back in order`, async () => {
    await using folder = await temporary();
    const path = `${folder.path}/a`;
    const many = Array.from({ length: 10_000 }, (_, i) => ({ i, text: "x".repeat(i % 50 + 1) }));
    await write(plugin, { path }, many);
    assert.deepEqual(await read(plugin, { path }), many);
  });
}

Deno.test("jsonl source: says which line is no JSON, or passes over it", async () => {
  await using folder = await temporary();
  const path = `${folder.path}/a.jsonl`;
  await Deno.writeTextFile(path, '{"a":1}\n\n{"a":\n{"a":2}');
  await assert.rejects(read(jsonl, { path }), { code: "CODEC", message: /a\.jsonl, line 3: / });
  assert.deepEqual(await read(jsonl, { path, skipBad: true }), [{ a: 1 }, { a: 2 }]);
  await assert.rejects(read(jsonl, { path, maxLineBytes: 6 }), {
    code: "TOO_LARGE",
    message: /line 1 is longer than 6/,
  });
});

Deno.test("csv source: says which row does not fit, and takes names from the configuration", async () => {
  await using folder = await temporary();
  const path = `${folder.path}/a.csv`;
  await Deno.writeTextFile(path, "1;x\n2;y\n");
  const columns = ["n", "name"];
  assert.deepEqual(await read(csv, { path, columns, delimiter: ";" }), [{ n: 1, name: "x" }, { n: 2, name: "y" }]);
  assert.deepEqual((await read(csv, { path, columns, delimiter: ";", types: "text" }))[0], { n: "1", name: "x" });
  await assert.rejects(read(csv, { path, columns }), {
    code: "CODEC",
    message: /a\.csv, line 1: 1 cells, there are 2 columns/,
  });
  await Deno.writeTextFile(path, "a,a\n");
  await assert.rejects(read(csv, { path }), { code: "CODEC", message: /two columns are named "a"/ });
  await Deno.writeFile(path, Uint8Array.of(97, 0xff, 10));
  await assert.rejects(read(csv, { path }), { code: "CODEC", message: /not UTF-8/ });
});

Deno.test("csv sink: keeps its columns, and refuses a file that has others", async () => {
  await using folder = await temporary();
  const path = `${folder.path}/a.csv`;
  await using sink = startNode(csv, "sink", { config: { path }, inputs: ["values"] });
  sink.send("values", { a: 1, b: { c: 2 } }, { a: 3, d: 4 }, 5);
  sink.end("values");
  await sink.done;
  assert.match(await sink.said(/The field "d"/), /has no column/);
  assert.equal(await Deno.readTextFile(path), "a,b.c\r\n1,2\r\n3,\r\n,\r\n");
  await assert.rejects(write(csv, { path, append: true }, [{ x: 1 }]), {
    code: "CONFIG",
    message: /are a, b\.c, not x/,
  });
  await assert.rejects(write(csv, { path, append: true, columns: ["y"] }, []), { code: "CONFIG" });
  await write(csv, { path: `${folder.path}/empty.csv`, columns: ["=a"] }, []);
  assert.equal(await Deno.readTextFile(`${folder.path}/empty.csv`), "'=a\r\n");
});

Deno.test("jsonl sink: says what a full disk did", { ignore: Deno.build.os !== "linux" }, async () => {
  await assert.rejects(write(jsonl, { path: "/dev/full", append: true }, values), {
    code: "WRITE_FAILED",
    message: /\/dev\/full/,
  });
});

for (const [file, ...names] of [["file", "csv", "jsonl"], ["bridge", "serial", "tcp"]]) {
  Deno.test(`${names.join(" and ")} have the same ${file}.ts, though plugins share no code`, async () => {
    const [a, b] = await Promise.all(
      names.map((name) => Deno.readTextFile(new URL(`../../plugins/${name}/${file}.ts`, import.meta.url))),
    );
    assert.equal(a, b);
  });
}

async function write(plugin: Plugin, config: Record<string, unknown>, values: readonly unknown[]): Promise<void> {
  await using node = startNode(plugin, "sink", { config, inputs: ["values"] });
  node.send("values", ...values);
  node.end("values");
  await node.done;
}

async function read(plugin: Plugin, config: Record<string, unknown>): Promise<readonly unknown[]> {
  await using node = startNode(plugin, "source", { config, outputs: ["values"] });
  await node.done;
  return node.published("values");
}

async function temporary(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "tinman-plugins-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
