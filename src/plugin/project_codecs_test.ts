// Goal: recordings are read through the plugins that they name and the lock allows, and all else in them is read whatever
// becomes of a plugin. Method: a project, its plugins and its recordings in memory.
import assert from "node:assert/strict";
import { builtinRegistry, list, msgpack } from "../../codecs/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import type { Codec, CodecHeader } from "../codec/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createRecording, openRecordingWith } from "../log/mod.ts";
import { put } from "./_sample.ts";
import { CodecShelf } from "./codec_shelf.ts";
import type { GuestRequest } from "./host.ts";
import { namedPlugins } from "./named_plugins.ts";
import { openProjectCodec, openProjectRegistry } from "./project_codecs.ts";
import { openQuickJs } from "./quickjs.ts";
import { openPluginStore } from "./store.ts";
import { storedFolder } from "./stored.ts";

const ID = "org.example.pairs";

/** A plugin whose codec turns a number into two bytes, from version 2 on with a mark behind. */
const pairs = (version = 1) => ({
  "plugin.jsonc": JSON.stringify({
    ...{ id: ID, version: `${version}.0.0`, api: "1", main: "mod.ts" },
    provides: { codecs: [{ name: "pair", version }] },
    // Not served, and of no concern to a codec.
    capabilities: [{ name: "kv", why: "another part of it keeps things" }],
  }),
  "mod.ts": `export default { codecs: { pair: {
    version: ${version},
    encode: (n: number) => Uint8Array.of(n >> 8, n & 255${version > 1 ? ", 1" : ""}),
    decode: (bytes: Uint8Array): number => bytes[0]! * 256 + bytes[1]!,
  } } };`,
});

async function createProject() {
  const files = createMemoryFiles();
  const store = openPluginStore({ files, project: "/project", clock: new VirtualClock() });
  const opened: GuestRequest[] = [];
  const shelf = new CodecShelf((request) => {
    opened.push(request);
    return openQuickJs({ plugin: request.plugin, now: () => 0 });
  }, () => 0);
  const add = async (texts: Record<string, string>) => {
    put(files, "source", texts);
    return (await store.add("source")).package.sha256;
  };
  const record = (channels: Record<string, Codec<unknown>>) => {
    using recording = createRecording(files, "run", { clock: new VirtualClock(1_000_000_000n) });
    for (const [name, codec] of Object.entries(channels)) {
      recording.channel(name, codec).write(name === "lists" ? [7] : 7);
    }
  };
  const notes: string[] = [];
  const read = () =>
    openRecordingWith(files, "run", {
      registryFor: (headers) =>
        openProjectRegistry(headers, { registry: builtinRegistry(), store, shelf, note: (text) => notes.push(text) }),
    });
  const sha256 = await add(pairs());
  return { files, store, shelf, opened, add, record, read, notes, sha256 };
}

Deno.test("a recording is read through the plugin that it names, also inside of other codecs, by one guest", async () => {
  const { store, shelf, opened, record, read, notes, sha256 } = await createProject();
  const codec = await openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf });
  record({ numbers: codec, lists: list(codec) as Codec<unknown>, others: msgpack() });
  using recording = await read();
  assert.deepEqual(recording.channels.find(({ name }) => name === "numbers")?.codec?.plugin, { id: ID, sha256 });
  assert.deepEqual([...recording.values("numbers")].map(({ value }) => value), [7]);
  assert.deepEqual([...recording.values("lists")].map(({ value }) => value), [[7]]);
  assert.deepEqual([opened.length, opened[0]?.effective, notes], [1, {}, []]);
});

Deno.test("a recording without codecs of plugins loads none, and has the registry that was there", async () => {
  const { store, shelf, opened, record, read } = await createProject();
  record({ others: msgpack() });
  using recording = await read();
  assert.deepEqual([...recording.values("others")].map(({ value }) => value), [7]);
  assert.equal(opened.length, 0);
  const registry = builtinRegistry();
  assert.equal(
    await openProjectRegistry([{ codec: "list", version: 1, params: { item: 1 } }], { registry, store, shelf }),
    registry,
  );
});

Deno.test("without the plugin the error names it and its hash, and all else is read", async () => {
  const { store, shelf, record, read, sha256 } = await createProject();
  record({ numbers: await openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf }), others: msgpack() });
  store.remove(ID);
  using recording = await read();
  assert.throws(() => recording.codec("numbers"), {
    code: "CODEC_UNKNOWN",
    message: new RegExp(`of plugin ${ID} \\(sha256 ${sha256}\\): no codec of this name is here`),
    hint: /add the plugin org\.example\.pairs: tinman plugin add/,
  });
  assert.deepEqual([...recording.frames({ channels: ["numbers"] })].map(({ data }) => [...data]), [[0, 7]]);
  assert.deepEqual([...recording.values("others")].map(({ value }) => value), [7]);
});

Deno.test("a plugin with a changed byte is an INTEGRITY error of its channels, and all else is read", async () => {
  const { files, store, shelf, record, read, sha256 } = await createProject();
  record({ numbers: await openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf }), others: msgpack() });
  put(files, storedFolder("/project", ID, sha256), { "mod.ts": `${pairs()["mod.ts"]} ` });
  using recording = await read();
  assert.throws(() => recording.codec("numbers"), { code: "INTEGRITY", message: /mod\.ts is not what was added/ });
  assert.deepEqual([...recording.values("others")].map(({ value }) => value), [7]);
  await assert.rejects(openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf }), { code: "INTEGRITY" });
});

Deno.test("another plugin of the same id is used for the versions that it can read, and that is noted", async () => {
  const { store, shelf, add, record, read, notes, sha256 } = await createProject();
  record({ numbers: await openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf }) });
  const newer = await add(pairs(2));
  using newerReads = await read();
  assert.deepEqual([...newerReads.values("numbers")].map(({ value }) => value), [7]);
  assert.deepEqual(notes.splice(0), [
    `plugin ${ID} is another one than when this was recorded: sha256 ${sha256} then, ${newer} now`,
  ]);
});

Deno.test("an older plugin does not read what a newer one wrote, and is not used for it", async () => {
  const { store, shelf, add, record, read, notes } = await createProject();
  await add(pairs(2));
  record({ numbers: await openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf }) });
  await add(pairs(1));
  using recording = await read();
  assert.throws(() => recording.codec("numbers"), {
    code: "CODEC_UNKNOWN",
    message: /only up to version 1 can be read/,
    hint: /add a newer version of the plugin/,
  });
  assert.deepEqual(notes, []);
});

Deno.test("a plugin that does not load is the error of its channels", async () => {
  const { store, shelf, add, record, read } = await createProject();
  record({ numbers: await openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf }), others: msgpack() });
  await add({ ...pairs(), "mod.ts": "throw new Error('not today');\nexport default {};" });
  using recording = await read();
  assert.throws(() => recording.codec("numbers"), { code: "PLUGIN", message: /Cannot load plugin .*: not today/ });
  assert.deepEqual([...recording.values("others")].map(({ value }) => value), [7]);
});

Deno.test("openProjectCodec() says which plugin or codec is not there", async () => {
  const { store, shelf } = await createProject();
  const open = (plugin: string, name: string) => openProjectCodec({ plugin, name }, { store, shelf });
  await assert.rejects(open("org.example.pears", "pair"), { code: "NOT_FOUND", hint: /org\.example\.pairs/ });
  await assert.rejects(open(ID, "pear"), { code: "CODEC", hint: "it has pair" });
});

Deno.test("a shelf that is closed lets go of its codecs, and opens them anew when they are asked for", async () => {
  const { store, shelf, opened } = await createProject();
  const open = () => openProjectCodec({ plugin: ID, name: "pair" }, { store, shelf });
  const codec = await open();
  await shelf.close();
  assert.throws(() => codec.decode(Uint8Array.of(0, 7)), { code: "CODEC" });
  assert.equal((await open()).decode(Uint8Array.of(0, 7)), 7);
  assert.equal(opened.length, 2);
});

Deno.test("namedPlugins() takes nothing in a header for granted", () => {
  const plugin = { id: ID, sha256: "ab" };
  const named = (...headers: unknown[]) => [...namedPlugins(headers as CodecHeader[]).keys()];
  const deep = (n: number) => {
    let header: unknown = { codec: `${ID}/pair`, version: 1, plugin };
    for (let i = 0; i < n; i++) header = { codec: "list", version: 1, params: { item: header } };
    return header;
  };
  assert.deepEqual(named(deep(0), deep(20_000)), [ID]);
  for (
    const header of [
      null,
      { codec: `${ID}/pair`, version: 1, plugin: true },
      { codec: `${ID}/pair`, version: 1, plugin: { id: "../../etc", sha256: "ab" } },
      { codec: `${ID}/pair`, version: 1, plugin: { id: ID } },
      { codec: "org.example.other/pair", version: 1, plugin },
      { codec: "text", version: 1, params: [new Uint8Array(1000), "x", 7n] },
    ]
  ) assert.deepEqual(named(header), []);
  const many = Array.from({ length: 100 }, (_, i) => ({ id: `org.example.p${i}`, sha256: "ab" }));
  assert.equal(named(...many.map((plugin) => ({ codec: `${plugin.id}/a`, version: 1, plugin }))).length, 64);
});
