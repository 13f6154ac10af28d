import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { bytesOf, samplePlugin } from "./_sample.ts";
import { packPlugin, sealPackage, unpackPlugin } from "./archive.ts";
import { createPackage, packageLimits } from "./package.ts";

const pkg = createPackage(bytesOf(samplePlugin()), "p");
const archive = packPlugin(pkg);

Deno.test("packPlugin() gives the same bytes for the same files, and unpackPlugin() the same package", () => {
  const reversed = new Map([...bytesOf(samplePlugin())].reverse());
  assert.deepEqual(packPlugin(createPackage(reversed, "elsewhere")), archive);
  const path = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,3}\.txt$/);
  const files = fc.dictionary(path, fc.uint8Array({ maxLength: 1200 }), { maxKeys: 5 });
  fc.assert(fc.property(files, (more) => {
    const before = createPackage(new Map([...bytesOf(samplePlugin()), ...Object.entries(more)]), "p");
    const after = unpackPlugin(packPlugin(before));
    assert.deepEqual([...after.files], [...before.files]);
    assert.equal(after.sha256, before.sha256);
  }));
});

Deno.test("what unpackPlugin() gives does not change when the archive does", () => {
  const bytes = archive.slice();
  const unpacked = unpackPlugin(bytes);
  bytes.fill(0);
  assert.deepEqual(unpacked.files.get("mod.ts"), pkg.files.get("mod.ts"));
});

Deno.test("an archive with any byte flipped is refused, or gives other files and another hash", () => {
  fc.assert(
    fc.property(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const bytes = archive.slice();
      bytes[at]! ^= bits;
      const found = tryUnpack(bytes);
      assert.notEqual(found?.sha256, pkg.sha256);
    }),
    { numRuns: 400 },
  );
});

Deno.test("a sealed archive with any byte flipped is refused", () => {
  const sealed = packPlugin(sealPackage(pkg));
  const manifest = new TextDecoder("latin1").decode(sealed).indexOf("plugin.jsonc") + 512;
  const end = manifest + sealPackage(pkg).files.get("plugin.jsonc")!.length;
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      // The manifest holds the hashes of all others; only a signature holds its own.
      if (at >= manifest && at < end) return;
      const bytes = sealed.slice();
      bytes[at]! ^= bits;
      assert.equal(tryUnpack(bytes), undefined);
    }),
    { numRuns: 400 },
  );
});

Deno.test("unpackPlugin() refuses what is cut short or goes on, and any bytes at all, with an error of ours", () => {
  for (let length = 0; length < archive.length; length += 100) {
    assert.equal(tryUnpack(archive.slice(0, length)), undefined);
  }
  assert.equal(tryUnpack(joined(archive, new Uint8Array(512))), undefined);
  assert.equal(tryUnpack(joined(archive, archive)), undefined);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => assert.equal(tryUnpack(bytes), undefined)));
});

/** Each one entry of tar, beside the files of a good plugin. */
const tricks: readonly [name: string, entry: Partial<Entry>, problem: RegExp][] = [
  ["a path that leads out", { path: "../x" }, /"\.\.\/x": it leads out of the package/],
  ["a path that leads out in the middle", { path: "src/../../x" }, /it leads out of the package/],
  ["an absolute path", { path: "/etc/cron.d/x" }, /it is absolute/],
  ["a path of Windows", { path: "C:/x" }, /it is absolute/],
  ["a path with backslashes", { path: "..\\x" }, /it has other characters/],
  ["a hidden file", { path: ".bashrc" }, /a part of it is hidden/],
  ["a path without a name", { path: "" }, /expected 1024 bytes of end/],
  ["a link", { type: "2", link: "/etc/passwd" }, /"extra\.ts" is a link/],
  ["a hard link", { type: "1", link: "mod.ts" }, /"extra\.ts" is a hard link/],
  ["a device", { type: "3" }, /is a device/],
  ["a folder", { type: "5" }, /is a folder/],
  ["an extended header", { type: "x" }, /is an extended header/],
  ["a long name", { type: "L" }, /is an extended header/],
  ["a kind that nobody knows", { type: "Z" }, /is not one that tinman writes/],
  ["a file that is there already", { path: "mod.ts" }, /mod\.ts is there twice/],
  ["a file that differs in case only", { path: "MOD.ts" }, /differs from/],
  ["a size with a sign", { size: "-0000000001\0" }, /has no size|is not one that tinman writes/],
  ["a size in base 256", { size: "\x80\0\0\0\0\0\0\0\0\0\0\x05" }, /has no size/],
  ["a size in more than one form", { size: "5          \0" }, /is not one that tinman writes/],
  ["more bytes than there are", { size: "00001000000\0" }, /the archive ends inside of/],
  ["a prefix", { prefix: "../.." }, /is not one that tinman writes/],
  ["a mode", { mode: "0004755\0" }, /is not one that tinman writes/],
  ["something behind a file", { padding: "x" }, /there is something behind extra\.ts/],
];

for (const [name, entry, problem] of tricks) {
  Deno.test(`unpackPlugin() refuses ${name}`, () => {
    const extra = tarEntry({ path: "extra.ts", content: "hello", ...entry });
    const bytes = joined(archive.slice(0, -1024), extra, new Uint8Array(1024));
    assert.throws(() => unpackPlugin(bytes), { code: "CONFIG", message: problem });
  });
}

Deno.test("unpackPlugin() refuses a bomb before it is read", () => {
  const large = tarEntry({ path: "large", content: "", size: "77777777777\0" });
  assert.throws(() => unpackPlugin(joined(large, new Uint8Array(1024))), { code: "TOO_LARGE" });
  const many = Array.from({ length: packageLimits.files + 5 }, (_, i) => tarEntry({ path: `f${i}`, content: "" }));
  assert.throws(() => unpackPlugin(joined(...many, new Uint8Array(1024))), { code: "TOO_LARGE" });
});

Deno.test("a good entry made by the test is taken, so that the refusals above are of what they say", () => {
  const bytes = joined(archive.slice(0, -1024), tarEntry({ path: "extra.ts", content: "hello" }), new Uint8Array(1024));
  assert.equal(unpackPlugin(bytes).files.size, pkg.files.size + 1);
});

interface Entry {
  path: string;
  content: string;
  type: string;
  link: string;
  size: string;
  prefix: string;
  mode: string;
  padding: string;
}

function tarEntry(
  { path, content, type = "0", link = "", size, prefix = "", mode, padding = "" }: Partial<Entry>,
): Uint8Array {
  const body = content ?? "";
  const bytes = new Uint8Array(512 + Math.ceil(body.length / 512) * 512);
  const put = (text: string, at: number) => [...text].forEach((char, i) => bytes[at + i] = char.charCodeAt(0));
  put(path ?? "", 0);
  put(mode ?? "0000644\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(size ?? `${body.length.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put(type, 156);
  put(link, 157);
  put("ustar\x0000", 257);
  put(prefix, 345);
  const sum = bytes.subarray(0, 512).reduce((sum, byte) => sum + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  put(body + padding, 512);
  return bytes;
}

function tryUnpack(bytes: Uint8Array) {
  try {
    return unpackPlugin(bytes);
  } catch (error) {
    assert.ok(isTinmanError(error), `${error}`);
    return undefined;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

Deno.test("unpackPlugin() says of a file that is no archive that it is none, and repeats nothing of it", () => {
  const noise = Uint8Array.from({ length: 2000 }, (_, i) => 1 + (i * 7919) % 250);
  assert.throws(() => unpackPlugin(noise, { path: "photo.jpg" }), {
    code: "CONFIG",
    message: "Cannot unpack photo.jpg at byte 0: it is no archive",
    hint: "only files that `tinman plugin pack` made can be added",
  });
});
