import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { bytesOf, put, samplePlugin, withLinks } from "./_sample.ts";
import { createPackage, packageLimits, readPackage } from "./package.ts";

const create = (texts: Record<string, string>) => createPackage(bytesOf({ ...samplePlugin(), ...texts }), "p");

Deno.test("readPackage() reads all files but hidden ones, and hashes them as sha256sum does", () => {
  const files = filesWith({ ...samplePlugin(), ".git/config": "x", "node_modules/a/b.js": "x", "src/.hidden": "x" });
  const pkg = readPackage(files, "p");
  assert.deepEqual([...pkg.files.keys()], ["mod.ts", "plugin.jsonc", "src/parse.ts"]);
  const sum = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
  const lines = [...pkg.files].map(([path, bytes]) => `${sum(bytes)}  ${path}\n`);
  assert.equal(pkg.sha256, sum(lines.join("")));
  assert.equal(pkg.manifestSha256, sum(pkg.files.get("plugin.jsonc")!));
});

Deno.test("every changed, moved, added or removed byte changes the tree hash", () => {
  const hashes = [
    create({}),
    create({ "mod.ts": samplePlugin()["mod.ts"] + " " }),
    create({ "src/parse2.ts": samplePlugin()["src/parse.ts"]! }),
    create({ "src/empty.ts": "" }),
    create({ "plugin.jsonc": `${samplePlugin()["plugin.jsonc"]} ` }),
  ].map(({ sha256 }) => sha256);
  assert.equal(new Set(hashes).size, hashes.length);
});

Deno.test("readPackage() says NOT_FOUND for a folder without a manifest", () => {
  assert.throws(() => readPackage(filesWith({ "mod.ts": "" }), "p"), { code: "NOT_FOUND" });
  assert.throws(() => readPackage(createMemoryFiles(), "p"), { code: "NOT_FOUND" });
});

Deno.test("readPackage() refuses links, wherever they lead", () => {
  const files = filesWith(samplePlugin());
  put(files, "etc", { passwd: "root", "sub/x": "" });
  for (
    const [from, to] of [["p/data", "etc/passwd"], ["p/folder", "etc"], ["p/src/up", "p"], ["p/same.ts", "p/mod.ts"], [
      "p/none",
      "q",
    ]]
  ) {
    const message = new RegExp(`^Cannot use plugin p: "${from!.slice(2)}": it is a link$`);
    assert.throws(() => readPackage(withLinks(files, { [from!]: to! }), "p"), { code: "CONFIG", message }, from);
  }
  assert.equal(readPackage(withLinks(files, { q: "p" }), "q").manifest.id, "org.example.nmea");
});

for (
  const [path, problem] of [
    ["../x", "it leads out of the package"],
    ["a/../../x", "it leads out of the package"],
    ["/etc/x", "it is absolute"],
    ["C:/x", "it is absolute"],
    ["a//b", "a part of it is empty or a dot"],
    ["./a", "a part of it is empty or a dot"],
    ["a\\b", "it has other characters than"],
    ["a\0b", "it has other characters than"],
    ["a\u202eb", "it has other characters than"],
    ["é", "it has other characters than"],
    [".env", "a part of it is hidden"],
    ["a.", "a part of it ends with a dot"],
    ["src/NUL.ts", "NUL.ts is a device on Windows"],
    ["a".repeat(101), "it is longer than 100 characters"],
    ["MOD.ts", "it differs from MOD.ts only in case"],
    ["mod.ts/x", "a part of it is a file"],
    ["SRC/parse.TS", "it differs from SRC/parse.TS only in case"],
  ] as const
) {
  Deno.test(`createPackage() refuses the path ${JSON.stringify(path.slice(0, 20))}: ${problem}`, () => {
    assert.throws(
      () => create({ [path]: "" }),
      (error: Error) => error.message.includes(problem) || assert.fail(error),
    );
  });
}

Deno.test("createPackage() refuses too many, too large and too much", () => {
  const many = Object.fromEntries(Array.from({ length: packageLimits.files }, (_, i) => [`f${i}`, ""]));
  assert.throws(() => create(many), { code: "TOO_LARGE" });
  const withBytes = (...sizes: number[]) =>
    createPackage(
      new Map([...bytesOf(samplePlugin()), ...sizes.map((size, i) => [`f${i}`, new Uint8Array(size)] as const)]),
      "p",
    );
  assert.throws(() => withBytes(packageLimits.fileBytes + 1), { code: "TOO_LARGE" });
  assert.throws(() => withBytes(...Array(4).fill(packageLimits.fileBytes)), { code: "TOO_LARGE" });
  assert.throws(() => {
    const files = filesWith(samplePlugin());
    for (let i = 0; i < 5; i++) files.replace(`p/${i}`, new Uint8Array(packageLimits.fileBytes));
    readPackage(files, "p");
  }, { code: "TOO_LARGE" });
});

Deno.test("a manifest that lies about its files is refused", () => {
  const { hashes } = create({});
  const listed = Object.fromEntries(
    [...hashes].filter(([path]) => path !== "plugin.jsonc").map(([path, hash]) => [path, `sha256-${hash}`]),
  );
  const withFiles = (files: Record<string, string>, others: Record<string, string> = {}) =>
    create({ ...samplePlugin({ files }), ...others });
  assert.deepEqual(withFiles(listed).manifest.files, listed);
  const wrong = `sha256-${"0".repeat(64)}`;
  for (
    const [files, others, problem] of [
      [{ ...listed, "src/parse.ts": wrong }, {}, "src/parse.ts is not what its manifest says"],
      [{ ...listed, "none.ts": wrong }, {}, "none.ts is missing"],
      [listed, { "more.ts": "" }, "more.ts is not among the files of its manifest"],
      [{ "mod.ts": listed["mod.ts"]! }, {}, "src/parse.ts is not among the files of its manifest"],
    ] as const
  ) {
    const message = `Cannot use plugin org.example.nmea: ${problem}`;
    assert.throws(() => withFiles(files, others), { code: "INTEGRITY", message });
  }
  assert.throws(() => withFiles({ "../x": wrong }), { code: "CONFIG" });
  assert.throws(() => withFiles({ ...listed, "plugin.jsonc": wrong }), { code: "CONFIG" });
});

Deno.test("a package without its main module, or with a manifest that is not text, is refused", () => {
  assert.throws(() => create(samplePlugin({ main: "none.ts" })), { code: "CONFIG" });
  const files = new Map([...bytesOf(samplePlugin()), ["plugin.jsonc", Uint8Array.of(0xff)]]);
  assert.throws(() => createPackage(files, "p"), { code: "CONFIG" });
});

function filesWith(texts: Record<string, string>): Files {
  const files = createMemoryFiles();
  put(files, "p", texts);
  return files;
}
