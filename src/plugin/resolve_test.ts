import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles } from "../files/mod.ts";
import { put, sampleManifest, withLinks } from "./_sample.ts";
import type { CapabilityName } from "./capability.ts";
import { parseManifest, type PluginManifest } from "./manifest.ts";
import { grantCommand, missingError } from "./missing.ts";
import { allows, type Grants, resolveGrants } from "./resolve.ts";
import { denoFlags, needsFlags, workerPermissions } from "./tier.ts";

const nothing = { cwd: "/project", realPath: () => undefined };

Deno.test("a plugin may do nothing that was not asked for and granted", () => {
  const manifest = asking([{ name: "net", allow: ["a.example:80"] }]);
  const open = (grants: Grants) => resolveGrants(manifest, grants, nothing).effective;
  assert.deepEqual(open({}), {});
  assert.deepEqual(open({ read: { allow: true } }), {});
  assert.deepEqual(open({ net: { allow: true } }), { net: { allow: ["a.example:80"], deny: [] } });
  assert.deepEqual(open({ net: { allow: ["b.example"] } }), {});
});

Deno.test("the smaller of what is asked and what is granted holds, of each kind of value", () => {
  for (
    const [name, asked, granted, effective] of [
      ["net", "a.example", "a.example:443", "a.example:443"],
      ["net", "a.example:443", "a.example", "a.example:443"],
      ["net", "A.Example.", "a.example", "a.example"],
      ["net", "[::1]:80", "[0:0:0:0:0:0:0:1]", "[::1]:80"],
      ["net", "0x7f.1:80", "127.0.0.1", "127.0.0.1:80"],
      ["read", "data", "/project", "/project/data"],
      ["read", "/project", "./data/../data/x", "/project/data/x"],
      ["env", "AWS_*", "AWS_REGION", "AWS_REGION"],
      ["env", "AWS_REGION", "AWS*", "AWS_REGION"],
      ["serial", "/dev/ttyUSB0", "/dev", "/dev/ttyUSB0"],
      ["sys", "hostname", "hostname", "hostname"],
    ] as const
  ) {
    const found = resolveGrants(asking([{ name, allow: [asked] }]), { [name]: { allow: [granted] } }, nothing);
    assert.deepEqual(
      found,
      { effective: { [name]: { allow: [effective], deny: [] } }, missing: [] },
      `${name} ${asked}`,
    );
  }
});

Deno.test("what only looks alike is not covered", () => {
  for (
    const [name, asked, granted] of [
      ["read", "/database", "/data"],
      ["read", "/data/../etc", "/data"],
      ["read", "/data", "/data\\"],
      ["net", "a.example:8080", "a.example:80"],
      ["net", "a.example.evil.example", "a.example"],
      ["net", "[::1]:80", "[::1:80]"],
      ["env", "HOME", "HOM"],
      ["run", "stty2", "stty"],
    ] as const
  ) {
    const found = resolveGrants(asking([{ name, allow: [asked] }]), { [name]: { allow: [granted] } }, nothing);
    assert.deepEqual(found.effective, {}, `${name} ${asked} ${granted}`);
    assert.equal(found.missing.length, 1);
  }
});

Deno.test("deny beats allow, whoever says it and however it is nested", () => {
  const name: CapabilityName = "net";
  const value = fc.constantFrom("a", "b", "a:1", "a:2", "b:1").map((text) => text.replace(/^./, "$&.example"));
  const values = fc.array(value, { maxLength: 4 });
  const allow = fc.oneof(values, fc.constant(true as const));
  fc.assert(
    fc.property(allow, values, allow, values, value, (asked, notAsked, granted, denied, tried) => {
      const manifest = asking([{ name, ...(asked !== true && { allow: asked }), deny: notAsked }]);
      const { effective } = resolveGrants(manifest, { [name]: { allow: granted, deny: denied } }, nothing);
      const isIn = (list: readonly string[] | true) =>
        list === true || list.some((each) => each === tried || tried.startsWith(`${each}:`));
      const may = isIn(asked) && isIn(granted) && !isIn(notAsked) && !isIn(denied);
      assert.equal(allows(effective, name, tried, nothing), may);
    }),
    { numRuns: 300 },
  );
});

Deno.test("what a plugin may do in two entries of one capability is held to what either denies", () => {
  const manifest = asking([{ name: "net", allow: ["a.example"] }, {
    name: "net",
    allow: ["b.example"],
    deny: ["a.example"],
  }]);
  const { effective } = resolveGrants(manifest, { net: { allow: true } }, nothing);
  assert.deepEqual(effective, { net: { allow: ["b.example"], deny: [] } });
});

Deno.test("${config.x} is bound to the configuration; what that does not say is not asked for", () => {
  const manifest = asking([{ name: "serial", allow: ["${config.port}"] }]);
  const resolve = (config: Record<string, unknown>) =>
    resolveGrants(manifest, { serial: { allow: ["/dev/ttyUSB0"] } }, { ...nothing, config });
  assert.deepEqual(resolve({ port: "/dev/ttyUSB0" }).effective.serial?.allow, ["/dev/ttyUSB0"]);
  assert.deepEqual(resolve({ port: "/dev/../dev/ttyUSB0" }).effective.serial?.allow, ["/dev/ttyUSB0"]);
  assert.deepEqual(resolve({ port: "/dev/ttyUSB0/../sda" }).missing[0]?.values, ["/dev/sda"]);
  assert.deepEqual(resolve({}), { effective: {}, missing: [] });
  for (const port of ["${config.port}", {}, "a\n"]) assert.throws(() => resolve({ port }), { code: "CONFIG" });
  const inherited = Object.create({ port: "/dev/ttyUSB0" });
  assert.deepEqual(resolve(inherited).effective, {});
});

Deno.test("what is missing comes with the command that grants it", () => {
  const manifest = asking([
    { name: "serial", allow: ["${config.port}"] },
    { name: "read", allow: ["/a b", "/c"], optional: true },
    { name: "run", allow: ["stty"] },
  ]);
  const { missing } = resolveGrants(manifest, { read: { allow: ["/c"] } }, { ...nothing, config: { port: "/dev/x" } });
  assert.deepEqual(missing.map(({ name, values }) => [name, values]), [
    ["serial", ["/dev/x"]],
    ["read", ["/a b"]],
    ["run", ["stty"]],
  ]);
  const command = "tinman plugin grant org.example.nmea serial=/dev/x 'read=/a b' run=stty --dangerous";
  assert.equal(grantCommand(manifest.id, missing), command);
  assert.deepEqual(missingError(manifest.id, missing.filter(({ optional }) => optional)), undefined);
  assert.equal(missingError(manifest.id, missing)?.code, "DENIED");
});

Deno.test("a capability that this version does not serve is never effective, and is not missing", () => {
  const manifest = asking([{ name: "kv", optional: true }, { name: "records:write" }]);
  assert.deepEqual(resolveGrants(manifest, { kv: { allow: true }, "records:write": { allow: true } }, nothing), {
    effective: {},
    missing: [],
  });
});

Deno.test("paths are compared by where they lead, and the plugin may use the name that was granted", () => {
  const options = pathsOf({ "dev/ttyUSB0": "" }, { "/dev/by-id/gps": "/dev/ttyUSB0" });
  const manifest = asking([{ name: "read", allow: ["/dev/by-id/gps"] }]);
  const granted = resolveGrants(manifest, { read: { allow: ["/dev/ttyUSB0"] } }, options).effective;
  assert.deepEqual(granted.read?.allow, ["/dev/ttyUSB0"]);
  assert.deepEqual(denoFlags(granted), ["--allow-read=/dev/ttyUSB0,/dev/by-id/gps"]);
  assert.deepEqual(workerPermissions(granted).read, ["/dev/ttyUSB0", "/dev/by-id/gps"]);
  // Who was granted a link is not granted where it does not lead.
  const other = pathsOf({ "dev/ttyUSB0": "", "etc/shadow": "" }, { "/dev/by-id/gps": "/etc/shadow" });
  assert.deepEqual(resolveGrants(manifest, { read: { allow: ["/dev"] } }, other).effective, {});
});

Deno.test("a link in a granted folder that leads out of it is denied, by every name of the folder", () => {
  const texts = { "data/a": "", "data/sub/b": "", "etc/shadow": "" };
  const options = pathsOf(texts, {
    "/data/sub/out": "/etc",
    "/data/none": "/missing",
    "/data/inside": "/data/sub",
    "/link": "/data",
  });
  const { effective } = resolveGrants(
    asking([{ name: "read", allow: ["/link"] }]),
    { read: { allow: ["/link"] } },
    options,
  );
  assert.deepEqual(effective.read?.deny, ["/data/none", "/data/sub/out"]);
  assert.ok(!allows(effective, "read", "/data/sub/out/shadow", options));
  assert.ok(allows(effective, "read", "/data/inside/b", options));
  assert.deepEqual(denoFlags(effective), [
    "--allow-read=/data,/link",
    "--deny-read=/data/none,/data/sub/out,/link/none,/link/sub/out",
  ]);
  assert.ok(needsFlags(effective));
});

Deno.test("a folder that may be written is refused when something in it could be moved out of a denial", () => {
  const asked = asking([{ name: "read", allow: ["/data"] }, { name: "write", allow: ["/data", "/other"] }]);
  const resolve = (links: Record<string, string>, grants: Grants) =>
    resolveGrants(asked, grants, pathsOf({ "data/sub/b": "", "other/c": "", "etc/shadow": "" }, links)).effective;
  const both = { read: { allow: ["/data"] }, write: { allow: ["/data"] } };
  assert.throws(() => resolve({ "/data/sub/out": "/etc" }, both), {
    code: "DENIED",
    message:
      "Cannot grant write /data: /data/sub/out must not be reached, and a plugin could move the folders above it",
  });
  // It leads nowhere else now; one folder higher it may.
  assert.throws(() => resolve({ "/data/sub/in": "/data" }, both), { code: "DENIED" });
  assert.throws(() => resolve({}, { ...both, read: { allow: true, deny: ["/data/sub/b"] } }), { code: "DENIED" });
  // The granted folder itself cannot be moved, unless there is another to move it to.
  assert.deepEqual(resolve({ "/data/out": "/etc" }, both).write?.deny, ["/data/out"]);
  assert.throws(() => resolve({ "/data/out": "/etc" }, { ...both, write: { allow: true } }), { code: "DENIED" });
});

Deno.test("the files that say what a plugin may do are never written by one", () => {
  const options = { ...pathsOf({ "project/a": "" }, {}), protect: ["/project/.tinman", "/project/tinman.lock"] };
  const asked = asking([{ name: "write", allow: ["/project", "/project/tinman.lock", "/"] }]);
  const resolve = (allow: string[]) => resolveGrants(asked, { write: { allow } }, options).effective;
  assert.deepEqual(resolve(["."]).write, { allow: ["/project"], deny: ["/project/.tinman", "/project/tinman.lock"] });
  assert.deepEqual(resolve(["tinman.lock", ".tinman/plugins"]), {});
});

Deno.test("a folder with more files than can be looked at is refused", () => {
  const options = { cwd: "/", realPath: (path: string) => path, list: () => ["a", "b"] };
  const asked = asking([{ name: "read", allow: ["/endless"] }]);
  assert.throws(() => resolveGrants(asked, { read: { allow: ["/endless"] } }, options), { code: "DENIED" });
});

function asking(
  capabilities: readonly { name: CapabilityName; allow?: string[]; deny?: string[]; optional?: boolean }[],
): PluginManifest {
  const asked = capabilities.map((each) => ({ ...each, why: "to test" }));
  return parseManifest(JSON.stringify(sampleManifest({ capabilities: asked })), { path: "plugin.jsonc" });
}

function pathsOf(texts: Record<string, string>, links: Record<string, string>) {
  const files = createMemoryFiles();
  put(files, "", texts);
  const linked = withLinks(files, links);
  return {
    cwd: "/project",
    realPath: (path: string) => linked.realPath(path),
    list: (path: string) => linked.list(path),
  };
}
