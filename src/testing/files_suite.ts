import assert from "node:assert/strict";
import { type ErrorCode, isTinmanError } from "../errors/mod.ts";
import type { Files, OpenFile } from "../files/mod.ts";
import type { TestFunction } from "./clock_suite.ts";

/** Files and an empty folder in them, for one test. */
export interface FilesFixture extends Partial<Disposable> {
  /** What is under test. */
  readonly files: Files;
  /** Path of a folder that is there and empty. */
  readonly folder: string;
}

/** Options of {@linkcode testFiles}. */
export interface FilesSuiteOptions {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** Called for each test; disposed after it. */
  create(): FilesFixture;
}

/** What every {@linkcode Files} promises, as tests. */
export function testFiles(options: FilesSuiteOptions): void {
  const test = (promise: string, run: (files: Files, folder: string) => void) => {
    options.test(`${options.name}: ${promise}`, () => {
      const fixture = options.create();
      try {
        run(fixture.files, fixture.folder);
      } finally {
        fixture[Symbol.dispose]?.();
      }
    });
  };

  test("what is not there is undefined, has no names in it, and can be removed", (files, folder) => {
    const path = `${folder}/none`;
    assert.equal(files.stat(path), undefined);
    assert.equal(files.realPath(path), undefined);
    assert.deepEqual(files.list(path), []);
    files.remove(path);
    assert.equal(files.map(path), undefined);
    fails("NOT_FOUND", () => files.open(path, "read"));
    assert.equal(files.stat(path), undefined);
  });

  test("open() makes a file for append, and goes on at its end the next time", (files, folder) => {
    for (const part of ["one ", "two ", "three"]) write(files, `${folder}/a`, part);
    assert.equal(text(files, `${folder}/a`), "one two three");
    assert.deepEqual(files.stat(`${folder}/a`), { kind: "file", size: 13 });
  });

  test("open() refuses to create what is already there, and leaves it as it is", (files, folder) => {
    files.open(`${folder}/a`, "create").close();
    write(files, `${folder}/a`, "kept");
    fails("EXISTS", () => files.open(`${folder}/a`, "create"));
    assert.equal(text(files, `${folder}/a`), "kept");
  });

  test("open() refuses a folder", (files, folder) => {
    files.makeFolder(`${folder}/sub`);
    fails("NOT_FOUND", () => files.open(`${folder}/sub`, "read"));
    assert.throws(() => files.open(`${folder}/sub`, "append"));
    assert.throws(() => files.open(`${folder}/sub`, "create"));
  });

  test("read() starts anywhere, gives what is there, and nothing at the end", (files, folder) => {
    write(files, `${folder}/a`, "0123456789");
    using file = files.open(`${folder}/a`, "read");
    const into = new Uint8Array(4);
    assert.equal(file.read(into, 3), 4);
    assert.equal(decode(into), "3456");
    assert.equal(file.read(into, 8), 2);
    assert.equal(decode(into), "8956");
    assert.equal(file.read(into, 10), 0);
    assert.equal(file.read(into, 1000), 0);
    assert.equal(file.read(new Uint8Array(0), 0), 0);
    assert.equal(file.path, `${folder}/a`);
  });

  test("read() fills a part of a larger buffer, and leaves the rest", (files, folder) => {
    write(files, `${folder}/a`, "abcdef");
    using file = files.open(`${folder}/a`, "read");
    const buffer = new TextEncoder().encode("........");
    assert.equal(file.read(buffer.subarray(2, 5), 1), 3);
    assert.equal(decode(buffer), "..bcd...");
  });

  test("a reader sees the file grow while it is written", (files, folder) => {
    using writer = files.open(`${folder}/a`, "create");
    using reader = files.open(`${folder}/a`, "read");
    assert.equal(reader.size(), 0);
    writeAll(writer, "abc");
    assert.equal(reader.size(), 3);
    assert.equal(contents(reader), "abc");
    writeAll(writer, "de");
    assert.equal(contents(reader), "abcde");
    assert.equal(contents(writer), "abcde");
    writer.sync();
  });

  test("write() takes a copy: the caller may use its bytes again", (files, folder) => {
    using file = files.open(`${folder}/a`, "append");
    const bytes = new TextEncoder().encode("abc");
    assert.equal(file.write(bytes), 3);
    assert.equal(file.write(bytes.fill(120).subarray(1)), 2);
    assert.equal(file.write(new Uint8Array(0)), 0);
    assert.equal(contents(file), "abcxx");
  });

  test("truncate() cuts the end off, never adds to it, and writing goes on there", (files, folder) => {
    using file = files.open(`${folder}/a`, "append");
    writeAll(file, "0123456789");
    file.truncate(20);
    assert.equal(file.size(), 10);
    file.truncate(4);
    assert.equal(file.size(), 4);
    writeAll(file, "ab");
    assert.equal(contents(file), "0123ab");
    file.truncate(0);
    assert.equal(contents(file), "");
  });

  test("a file that was opened for reading is not written", (files, folder) => {
    write(files, `${folder}/a`, "abc");
    using file = files.open(`${folder}/a`, "read");
    fails("WRITE_FAILED", () => file.write(new Uint8Array(1)));
    fails("WRITE_FAILED", () => file.truncate(1));
    assert.equal(contents(file), "abc");
  });

  test("a closed file is used no more; closing it twice is fine", (files, folder) => {
    const file = files.open(`${folder}/a`, "append");
    file.close();
    file.close();
    file[Symbol.dispose]();
    // The system may have given its number to this one.
    using other = files.open(`${folder}/b`, "append");
    for (const use of [() => file.size(), () => file.sync(), () => file.truncate(0)]) fails("CLOSED", use);
    fails("CLOSED", () => file.write(new Uint8Array(1)));
    fails("CLOSED", () => file.read(new Uint8Array(1), 0));
    assert.equal(other.size(), 0);
  });

  test("list() gives names, not paths, sorted, each once", (files, folder) => {
    for (const name of ["b", "a.txt", "B", "sub/x", "sub/y", "sub/deep/z"]) {
      files.makeFolder(`${folder}/${name}`.replace(/\/[^/]*$/, ""));
      write(files, `${folder}/${name}`, "");
    }
    files.makeFolder(`${folder}/empty`);
    assert.deepEqual(files.list(folder), ["B", "a.txt", "b", "empty", "sub"]);
    assert.deepEqual(files.list(`${folder}/sub`), ["deep", "x", "y"]);
    assert.deepEqual(files.list(`${folder}/empty`), []);
  });

  test("realPath() follows what is there to one place, which leads to itself", (files, folder) => {
    files.makeFolder(`${folder}/sub`);
    write(files, `${folder}/sub/a`, "");
    const real = files.realPath(folder);
    assert.ok(real);
    assert.equal(files.realPath(real), real);
    for (const path of ["sub", "sub/a"]) {
      assert.equal(files.realPath(`${folder}/${path}`)?.replaceAll("\\", "/"), `${real.replaceAll("\\", "/")}/${path}`);
    }
  });

  test("makeFolder() makes the parents too, and may be called twice", (files, folder) => {
    files.makeFolder(`${folder}/a/b/c`);
    files.makeFolder(`${folder}/a/b/c`);
    assert.deepEqual(files.stat(`${folder}/a/b`), { kind: "folder", size: 0 });
    assert.deepEqual(files.list(`${folder}/a`), ["b"]);
    write(files, `${folder}/file`, "");
    fails("EXISTS", () => files.makeFolder(`${folder}/file`));
  });

  test("replace() puts bytes at a path whole, and leaves nothing beside", (files, folder) => {
    const path = `${folder}/a.json`;
    files.replace(path, new TextEncoder().encode("first and long"));
    using before = files.open(path, "read");
    files.replace(path, new TextEncoder().encode("second"));
    assert.equal(text(files, path), "second");
    assert.equal(contents(before), "first and long");
    assert.deepEqual(files.list(folder), ["a.json"]);
    files.replace(path, new Uint8Array(0));
    assert.equal(files.stat(path)?.size, 0);
  });

  test("replace() takes a copy of the bytes", (files, folder) => {
    const bytes = new TextEncoder().encode("abc");
    files.replace(`${folder}/a`, bytes);
    bytes.fill(0);
    assert.equal(text(files, `${folder}/a`), "abc");
  });

  test("remove() takes a file, or a folder with all that is in it, and nothing beside it", (files, folder) => {
    files.makeFolder(`${folder}/run/sub`);
    for (const name of ["run/sub/x", "run/y", "run2", "ru"]) write(files, `${folder}/${name}`, "");
    files.remove(`${folder}/run`);
    assert.deepEqual(files.list(folder), ["ru", "run2"]);
    assert.equal(files.stat(`${folder}/run/sub`), undefined);
    files.remove(`${folder}/run2`);
    assert.deepEqual(files.list(folder), ["ru"]);
  });

  test("freeBytes() is a number of bytes or unknown, also for what is yet to be made", (files, folder) => {
    for (const path of [folder, `${folder}/not/yet`]) {
      const free = files.freeBytes(path);
      assert.ok(free === undefined || (Number.isSafeInteger(free) && free >= 0), `${free}`);
    }
  });

  test("map() gives the bytes or nothing, and writing to them does not reach the file", (files, folder) => {
    write(files, `${folder}/a`, "abcdef");
    write(files, `${folder}/empty`, "");
    assert.equal(files.map(`${folder}/empty`), undefined);
    assert.equal(files.map(folder), undefined);
    const bytes = files.map(`${folder}/a`);
    if (bytes === undefined) return;
    assert.equal(decode(bytes), "abcdef");
    bytes[0] = 0x58;
    assert.equal(decode(bytes), "Xbcdef");
    assert.equal(text(files, `${folder}/a`), "abcdef");
    files.remove(`${folder}/a`);
    assert.equal(decode(bytes), "Xbcdef");
  });
}

function fails(code: ErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => isTinmanError(error, code) || assert.fail(`${error} is not ${code}`));
}

function write(files: Files, path: string, content: string): void {
  using file = files.open(path, "append");
  writeAll(file, content);
}

function writeAll(file: OpenFile, content: string): void {
  const bytes = new TextEncoder().encode(content);
  assert.equal(file.write(bytes), bytes.length);
}

function text(files: Files, path: string): string {
  using file = files.open(path, "read");
  return contents(file);
}

function contents(file: OpenFile): string {
  const bytes = new Uint8Array(file.size());
  assert.equal(file.read(bytes, 0), bytes.length);
  return decode(bytes);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
