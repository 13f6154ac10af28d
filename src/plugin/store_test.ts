import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { put, samplePlugin, withLinks } from "./_sample.ts";
import { packPlugin, sealPackage } from "./archive.ts";
import { readPackage } from "./package.ts";
import { createSigningKey, signPackage } from "./signature.ts";
import { openPluginStore } from "./store.ts";

const ID = "org.example.nmea";

Deno.test("a plugin that was added is loaded from the store, however its source changes", async () => {
  const { files, store } = open();
  const { asks, previous, package: { sha256 } } = await store.add("nmea");
  assert.deepEqual([asks.map(({ name }) => name), previous], [["serial", "net"], undefined]);
  put(files, "nmea", { "mod.ts": "import 'node:fs'" });
  const loaded = store.load(ID);
  assert.deepEqual(loaded.modules.map(({ name }) => name), ["src/parse.ts", "mod.ts"]);
  assert.equal(loaded.locked?.sha256, sha256);
  assert.equal(loaded.locked?.addedAt, "2026-01-01T00:00:00.000Z");
  assert.deepEqual(store.list().map(({ id, version, builtin, problem }) => [id, version, builtin, problem]), [
    [ID, "1.2.0", false, undefined],
  ]);
});

Deno.test("a plugin that was not added is NOT_FOUND, with the command that adds it", async () => {
  const { store } = open();
  assert.throws(() => store.load(ID), { code: "NOT_FOUND", hint: /^tinman plugin add FOLDER/ });
  await store.add("nmea");
  assert.throws(() => store.load("org.example.nmae"), { code: "NOT_FOUND", hint: `did you mean "${ID}"?` });
  for (const id of ["..", "__proto__", "constructor", "toString", "../../nmea", ""]) {
    assert.throws(() => store.load(id), { code: "NOT_FOUND" });
    assert.throws(() => store.remove(id), { code: "NOT_FOUND" });
    assert.deepEqual(store.grantsOf(id), {});
  }
});

Deno.test("any byte of the store changed, or any file gone, is INTEGRITY and names the file", async () => {
  const { files, store } = open();
  const { package: pkg } = await store.add("nmea");
  const folder = `/project/.tinman/plugins/${ID}/${pkg.sha256.slice(0, 16)}`;
  for (const [path, bytes] of pkg.files) {
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      put(files, folder, { [path]: changed });
      assert.throws(() => store.load(ID), {
        code: "INTEGRITY",
        message: `Cannot load plugin ${ID}: ${path} is not what was added`,
      });
      put(files, folder, { [path]: bytes.slice(0, at) });
      assert.throws(() => store.load(ID), { code: "INTEGRITY" });
    }
    files.remove(`${folder}/${path}`);
    assert.throws(() => store.load(ID), { code: "INTEGRITY", message: `Cannot load plugin ${ID}: ${path} is missing` });
    assert.equal((store.list()[0]!.problem as { code: string }).code, "INTEGRITY");
    put(files, folder, { [path]: bytes });
  }
  put(files, folder, { "more.ts": "import 'node:fs'" });
  assert.equal(store.load(ID).package.files.has("more.ts"), false);
});

Deno.test("load() runs the very bytes that it hashed, though the file is swapped after it was read, and read only once", async () => {
  const disk = createMemoryFiles();
  put(disk, "nmea", samplePlugin());
  const reads = new Map<string, number>();
  const swapping: Files = withLinks(disk, {});
  const store = openPluginStore({ files: { ...swapping, open }, project: "/project", clock: new VirtualClock() });
  await store.add("nmea");
  reads.clear();
  const { modules } = store.load(ID);
  assert.match(modules[0]!.code, /^export const parse/);
  assert.deepEqual([...reads].filter(([path, count]) => path.includes("plugins/") && count > 1), []);
  assert.equal([...reads.keys()].filter((path) => path.endsWith(".ts")).length, 2);
  // What is there now is something else.
  assert.throws(() => store.load(ID), { code: "INTEGRITY" });

  function open(...[path, mode]: Parameters<Files["open"]>) {
    const file = swapping.open(path, mode);
    reads.set(path, (reads.get(path) ?? 0) + 1);
    if (!path.includes(".tinman/plugins")) return file;
    const close = () => {
      file.close();
      disk.replace(path, new TextEncoder().encode("throw new Error('swapped')"));
    };
    return {
      path,
      size: () => file.size(),
      read: (into: Uint8Array, at: number) => file.read(into, at),
      write: (bytes: Uint8Array) => file.write(bytes),
      sync: () => file.sync(),
      truncate: (size: number) => file.truncate(size),
      close,
      [Symbol.dispose]: close,
    };
  }
});

Deno.test("a lock that was changed is refused, and names no file outside of the store", async () => {
  const { files, store } = open();
  await store.add("nmea");
  const path = "/project/tinman.lock";
  const text = new TextDecoder().decode(readAll(files, path));
  const change = (from: string | RegExp, to: string) => {
    put(files, "/project", { "tinman.lock": text.replace(from, to) });
    return () => store.load(ID);
  };
  assert.throws(change(/"mod\.ts": "[0-9a-f]{8}/, '"mod.ts": "deadbeef'), { code: "INTEGRITY" });
  assert.throws(change("mod.ts", "../../../../../etc/x"), { code: "CONFIG" });
  assert.throws(change(/"v": 1/, '"v": 2'), { code: "CONFIG" });
  assert.throws(change(ID, "../evil"), { code: "CONFIG" });
  assert.throws(change(ID, "org.example.other"), { code: "NOT_FOUND" });
  assert.throws(change(ID, "__proto__"), { code: "CONFIG" });
  assert.throws(change(/^{/, ""), { code: "CONFIG" });
  assert.equal(change("", "")().manifest.id, ID);
});

Deno.test("an upgrade asks for the difference only, and leaves nothing of the version before", async () => {
  const { files, store } = open();
  const { package: first } = await store.add("nmea");
  store.grant(ID, { serial: { allow: ["/dev/ttyUSB0"] } });
  const capabilities = [
    { name: "serial", allow: ["${config.port}"], why: "read GPS sentences" },
    { name: "net", allow: ["127.0.0.1:10110", "gps.example:80"], why: "a feed of gpsd", optional: true },
    { name: "sys", allow: ["hostname"], why: "name the feed", optional: true },
  ];
  put(files, "nmea", samplePlugin({ version: "2.0.0", capabilities }));
  const { asks, previous } = await store.add("nmea");
  assert.deepEqual(asks.map(({ name, allow }) => [name, allow]), [["net", ["gps.example:80"]], ["sys", ["hostname"]]]);
  assert.equal(previous?.version, "1.2.0");
  assert.deepEqual(store.grantsOf(ID), { serial: { allow: ["/dev/ttyUSB0"] } });
  assert.equal(store.load(ID).manifest.version, "2.0.0");
  assert.equal(files.list(`/project/.tinman/plugins/${ID}`).includes(first.sha256.slice(0, 16)), false);
});

Deno.test("remove() takes the grants too, so that the next plugin of this name has none", async () => {
  const { files, store } = open();
  await store.add("nmea");
  store.grant(ID, { serial: { allow: true } });
  store.remove(ID);
  assert.equal(files.stat(`/project/.tinman/plugins/${ID}`), undefined);
  await store.add("nmea");
  assert.deepEqual(store.grantsOf(ID), {});
});

Deno.test("grant() takes what is asked for; what gives too much away only when it is said twice", async () => {
  const { files, store } = open();
  put(
    files,
    "nmea",
    samplePlugin({
      capabilities: ["read", "write", "run", "env", "serial", "clock"].map((name) => ({ name, why: "x" })),
    }),
  );
  await store.add("nmea");
  assert.throws(() => store.grant(ID, { net: { allow: true } }), {
    code: "CONFIG",
    message: /it asks for read, write/,
  });
  for (
    const grants of [
      { run: { allow: ["stty"] } },
      { env: { allow: true } },
      { read: { allow: true } },
      { read: { allow: ["/"] } },
      { write: { allow: ["data/../../.."] } },
    ] as const
  ) {
    assert.throws(() => store.grant(ID, grants), { code: "DENIED", hint: /--dangerous/ });
    assert.deepEqual(store.grantsOf(ID), {});
  }
  store.grant(ID, { env: { allow: ["HOME"] }, clock: { allow: true } });
  assert.deepEqual(store.grant(ID, { run: { allow: ["stty"] } }, { dangerous: true }), {
    clock: { allow: true },
    env: { allow: ["HOME"] },
    run: { allow: ["stty"] },
  });
});

Deno.test("revoke() takes back a value, a capability or all; what a broader grant holds is denied", async () => {
  const { store } = open();
  await store.add("nmea");
  store.grant(ID, { serial: { allow: ["/dev/a", "/dev/b"] }, net: { allow: ["a.example"] } });
  assert.deepEqual(store.revoke(ID, { serial: { allow: ["/dev/../dev/a"] } }).serial, { allow: ["/dev/b"] });
  assert.deepEqual(store.revoke(ID, { net: { allow: ["a.example:80"] } }).net, {
    allow: ["a.example"],
    deny: ["a.example:80"],
  });
  assert.deepEqual(store.grant(ID, { net: { allow: ["a.example:80"] } }).net, { allow: ["a.example", "a.example:80"] });
  assert.deepEqual(Object.keys(store.revoke(ID, { net: { allow: true } })), ["serial"]);
  assert.deepEqual(store.revoke(ID), {});
});

Deno.test("add() refuses a plugin whose code is refused, and leaves all as it was", async () => {
  const { files, store } = open();
  put(files, "nmea", { "mod.ts": "import 'node:fs'" });
  await assert.rejects(store.add("nmea"), { code: "MODULE" });
  await assert.rejects(store.add("none"), { code: "NOT_FOUND" });
  assert.deepEqual([files.list("/project"), store.list()], [[], []]);
  put(files, "own", samplePlugin({ id: "tinman.serial" }));
  await assert.rejects(store.add("own"), {
    code: "CONFIG",
    message: /ids that begin with tinman\. are those of tinman/,
  });
});

Deno.test("a packed plugin is added like its folder", async () => {
  const { files, store } = open();
  const sealed = sealPackage(readPackage(files, "nmea"));
  put(files, "packed", { "nmea.tar": packPlugin(sealed) });
  assert.equal((await store.add("packed/nmea.tar")).package.sha256, sealed.sha256);
  assert.equal(store.load(ID).modules.length, 2);
});

Deno.test("once a key is trusted, only what it signed is added, and a plugin keeps its signer", async () => {
  const { files, store } = open();
  const [ours, theirs] = await Promise.all([createSigningKey(), createSigningKey()]);
  const sign = async (privateKey: string) =>
    put(files, "nmea", { "plugin.sig": await signPackage(readPackage(files, "nmea"), privateKey) });
  store.trust(ours.publicKey);
  await assert.rejects(store.add("nmea"), { code: "DENIED", message: /nobody has signed it/ });
  await sign(theirs.privateKey);
  await assert.rejects(store.add("nmea"), {
    code: "DENIED",
    hint: `tinman plugin trust ${theirs.publicKey}, or take it all the same with --untrusted`,
  });
  await sign(ours.privateKey);
  assert.equal((await store.add("nmea")).signer, ours.publicKey);
  assert.equal(store.info(ID).locked?.signer, ours.publicKey);
  store.trust(ours.publicKey, { remove: true });
  await sign(theirs.privateKey);
  await assert.rejects(store.add("nmea"), { code: "DENIED", message: /the version before/ });
  assert.equal((await store.add("nmea", { untrusted: true })).signer, theirs.publicKey);
  put(files, "nmea", { "src/parse.ts": "export const parse = 1;" });
  await assert.rejects(store.add("nmea", { untrusted: true }), {
    code: "INTEGRITY",
    message: /its signature is not one of these bytes/,
  });
  assert.throws(() => store.trust("ed25519:short"), { code: "USAGE" });
});

Deno.test("plugins that come with tinman are there without being added, and need grants all the same", () => {
  const files = createMemoryFiles();
  const texts: Record<string, string> = Object.fromEntries(
    Object.entries(samplePlugin({ id: "tinman.nmea" })).map(([path, text]) => [`nmea/${path}`, text]),
  );
  const builtin = { list: () => Object.keys(texts), read: (path: string) => texts[path]! };
  const store = openPluginStore({ files, project: "/project", clock: new VirtualClock(), builtin });
  const loaded = store.load("tinman.nmea");
  assert.deepEqual([loaded.modules.length, loaded.locked, store.list()[0]?.builtin], [2, undefined, true]);
  assert.deepEqual(store.grantsOf("tinman.nmea"), {});
  store.grant("tinman.nmea", { serial: { allow: true } });
  assert.deepEqual(store.grantsOf("tinman.nmea"), { serial: { allow: true } });
  assert.throws(() => store.remove("tinman.nmea"), { code: "NOT_FOUND", message: /it comes with tinman/ });
  for (const id of ["tinman.none", "tinman.", "tinman.nmea/.."]) {
    assert.throws(() => store.load(id), { code: "NOT_FOUND" });
  }
  texts["nmea/plugin.jsonc"] = samplePlugin({ id: "tinman.other" })["plugin.jsonc"]!;
  assert.throws(() => store.load("tinman.nmea"), { code: "CONFIG" });
});

Deno.test("a plugin that needs what this version does not serve is UNAVAILABLE, though it may be added", async () => {
  const { files, store } = open();
  put(
    files,
    "nmea",
    samplePlugin({ capabilities: [{ name: "kv", why: "x" }, { name: "log:read", why: "x", optional: true }] }),
  );
  await store.add("nmea");
  assert.throws(() => store.load(ID), {
    code: "UNAVAILABLE",
    message: `Cannot load plugin ${ID}: kv is not served by this version`,
  });
});

function open() {
  const files = createMemoryFiles();
  put(files, "nmea", samplePlugin());
  const clock = new VirtualClock(BigInt(Date.UTC(2026, 0)) * 1_000_000n);
  return { files, store: openPluginStore({ files, project: "/project", clock }) };
}

function readAll(files: Files, path: string): Uint8Array {
  using file = files.open(path, "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  return bytes;
}
