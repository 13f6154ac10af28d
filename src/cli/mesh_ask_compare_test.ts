import assert from "node:assert/strict";
import { TinmanError } from "../errors/mod.ts";
import { createMeshLine } from "./_mesh_line_test.ts";

/** Two machines that have met by a bundle, and a command line for both. */
async function createTeams() {
  const { environment: { files }, run } = createMeshLine();
  const diff = async (peer: string, data: string) => {
    const { code, printed } = await run("frontier", "--diff", peer, "-D", data, "--json");
    const { feeds, unknownEvents } = JSON.parse(printed);
    return { code, unknownEvents, feeds: feeds.map((each: Said) => [each.by, each.toSend, each.toGet, each.parted]) };
  };
  await run("init", "survey", "-D", "base", "--as", "Base");
  const invitation = (await run("invite", "-D", "base")).printed.trim();
  await run("join", invitation, "-D", "ana", "--as", "Ana");
  files.makeFolder("/somewhere/stick");
  for (const data of ["base", "ana", "base", "ana"]) await run("sync", "--via", "dir:stick", "-D", data);
  const write = (name: string, text: string) => files.replace(`/somewhere/${name}`, new TextEncoder().encode(text));
  return { run, diff, write, files };
}

interface Said {
  readonly by: string;
  readonly toSend: number;
  readonly toGet: number;
  readonly parted: boolean;
}

Deno.test("mesh frontier --diff says by author what a stick, a bundle and a list have and lack, and changes nothing", async () => {
  const { run, diff, write } = await createTeams();
  assert.deepEqual(await diff("dir:stick", "ana"), { code: 0, unknownEvents: 0, feeds: [] });
  assert.match((await run("frontier", "--diff", "dir:stick", "-D", "ana")).noted, /the same in both/);
  await run("create", "W-1", "well", "depth=12", "-D", "base");
  await run("pack", "base.tmesh", "-D", "base");
  write("base.frontier", (await run("frontier", "-m", "-D", "base")).printed);
  await run("create", "W-2", "well", "-D", "ana");
  const differs = { code: 6, unknownEvents: 0 };
  const both = [["Ana", 1, 0, false], ["Base", 0, 2, false]];
  for (const peer of ["base.tmesh", "base.frontier"]) {
    const { feeds, ...rest } = await diff(peer, "ana");
    assert.deepEqual([rest, feeds.toSorted()], [differs, both], peer);
  }
  assert.deepEqual(await diff("dir:stick", "ana"), { ...differs, feeds: [["Ana", 1, 0, false]] });
  assert.match((await run("frontier", "--diff", "base.tmesh", "-D", "ana")).printed, /Base +\S+ +\d+ +\d+ +2 to get/);
  assert.equal((await run("record", "W-1", "-D", "ana")).code, 3);
});

Deno.test("P6 mesh frontier --diff passes over what is no bundle, or cannot be read, on a stick", async () => {
  const { diff, write, files } = await createTeams();
  write("stick/half.tmesh", "tmesh");
  write("stick/pipe.tmesh", "");
  const open = files.open.bind(files);
  files.open = (path, mode) => {
    if (!path.endsWith("/pipe.tmesh")) return open(path, mode);
    throw new TinmanError("NOT_FOUND", `Cannot open ${path}: it is a pipe`, { kind: "file", id: path });
  };
  assert.deepEqual(await diff("dir:stick", "ana"), { code: 0, unknownEvents: 0, feeds: [] });
});

Deno.test("mesh frontier --diff sees that a device has another history there", async () => {
  const { run, diff, write } = await createTeams();
  await run("create", "W-1", "well", "-D", "ana");
  const { printed } = await run("frontier", "-m", "-D", "ana");
  const own = JSON.parse((await run("id", "--json", "-D", "ana")).printed).device;
  // As of a copy of her machine that has written something else.
  const other = (line: string) =>
    line.startsWith(own) ? line.replace(/.$/, (digit) => digit === "0" ? "1" : "0") : line;
  write("copy.frontier", printed.split("\n").map(other).join("\n"));
  const { code, feeds } = await diff("copy.frontier", "ana");
  assert.deepEqual([code, feeds.map(([by, , , parted]: unknown[]) => [by, parted])], [6, [["Ana", true]]]);
  assert.match((await run("frontier", "--diff", "copy.frontier", "-D", "ana")).printed, /Ana .* two histories/);
});

Deno.test("mesh frontier --diff names what is no peer: nobody there, another dataset, no such file or address", async () => {
  const { run, write } = await createTeams();
  await run("init", "other", "-D", "other");
  await run("pack", "other.tmesh", "-D", "other");
  write("not.frontier", "what is this\n");
  const said = async (peer: string) => {
    const { code, noted } = await run("frontier", "--diff", peer, "-D", "ana");
    return [code, noted.split("\n")[0]!.replace(/^error\[\w+\]: /, "")];
  };
  assert.deepEqual(await said("other.tmesh"), [
    2,
    'Cannot compare with /somewhere/other.tmesh: it is of another dataset, "other"',
  ]);
  assert.deepEqual(await said("not.frontier"), [
    2,
    "Cannot read frontier not.frontier, line 1: expected feed, event and check",
  ]);
  assert.deepEqual(await said("none.tmesh"), [3, "Cannot read /somewhere/none.tmesh: there is no such file"]);
  assert.deepEqual(await said("dir:none"), [3, "Cannot compare with /somewhere/none: there is no such folder"]);
});
