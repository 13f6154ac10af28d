import assert from "node:assert/strict";
import { isTinmanError } from "../../src/errors/mod.ts";
import { createDenoFiles, lockFolder } from "../../src/platform/mod.ts";
import { testFiles } from "../../src/testing/mod.ts";
import { denoRun, source } from "./deno_run.ts";

testFiles({
  name: "Deno files",
  test: Deno.test,
  create() {
    const folder = Deno.makeTempDirSync();
    return {
      files: createDenoFiles(),
      folder,
      [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
    };
  },
});

Deno.test("Deno files: write() takes nothing when the disk is full", { ignore: Deno.build.os !== "linux" }, () => {
  using full = createDenoFiles().open("/dev/full", "append");
  assert.equal(full.write(new Uint8Array(100)), 0);
});

Deno.test("Deno files: replace() that fails leaves what was there, and no torn copy", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const files = createDenoFiles();
    files.makeFolder(`${folder}/taken/by`);
    assert.throws(
      () => files.replace(`${folder}/taken`, new Uint8Array(3)),
      (error) => isTinmanError(error, "WRITE_FAILED") && /^Cannot write .*taken: it is a folder$/.test(error.message),
    );
    assert.throws(
      () => files.replace(`${folder}/none/a`, new Uint8Array(3)),
      (error) => isTinmanError(error, "NOT_FOUND"),
    );
    assert.deepEqual(files.list(folder), ["taken"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("lockFolder() says what is in the way of its file", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/lock`);
    assert.throws(
      () => lockFolder(folder),
      (error) => isTinmanError(error, "WRITE_FAILED") && /lock: it is a folder$/.test(error.message),
    );
    assert.throws(() => lockFolder(`${folder}/none`), (error) => isTinmanError(error, "NOT_FOUND"));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("Deno files: a pipe or a device is not waited for, and not replaced by a file", {
  ignore: Deno.build.os === "windows",
}, () => {
  const folder = Deno.makeTempDirSync();
  try {
    const [files, pipe] = [createDenoFiles(), `${folder}/pipe`];
    assert.ok(new Deno.Command("mkfifo", { args: [pipe] }).outputSync().success);
    const isRefused = (error: unknown) =>
      isTinmanError(error, "NOT_FOUND") && /: it is a pipe or a device$/.test(error.message);
    assert.throws(() => files.open(pipe, "read"), isRefused);
    assert.throws(() => files.open("/dev/zero", "read"), isRefused);
    assert.throws(() => files.replace(pipe, new Uint8Array(3)), isRefused);
    assert.deepEqual(files.list(folder), ["pipe"]);
    assert.ok(Deno.lstatSync(pipe).isFifo);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("Deno files: two writers at one file never overwrite each other", () => {
  const path = Deno.makeTempFileSync();
  try {
    const files = createDenoFiles();
    using one = files.open(path, "append");
    using two = files.open(path, "append");
    for (let i = 0; i < 3; i++) {
      one.write(Uint8Array.of(1));
      two.write(Uint8Array.of(2));
    }
    assert.deepEqual([...Deno.readFileSync(path)], [1, 2, 1, 2, 1, 2]);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("Deno files: syncLater() lets others write and close meanwhile, and has nothing to do for what is missing", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const files = createDenoFiles();
    const path = `${folder}/a`;
    const syncs: Promise<void>[] = [];
    {
      using file = files.open(path, "append");
      for (let i = 0; i < 20; i++) {
        file.write(new Uint8Array(100_000).fill(i));
        syncs.push(files.syncLater!(path));
      }
    }
    files.remove(path);
    syncs.push(files.syncLater!(path));
    await Promise.all(syncs);
    await assert.rejects(files.syncLater!(folder), { code: "WRITE_FAILED" });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("Deno files without permission are refused with the flag that is missing, and never ask", async () => {
  const { code, stdout, stderr } = await denoRun([], WITHOUT_PERMISSION);
  assert.equal(code, 0, stderr);
  const [read, append, free, mapped] = JSON.parse(stdout);
  assert.deepEqual(read, ["DENIED", "run with --allow-read=a.blog"]);
  assert.equal(append[0], "DENIED");
  assert.match(append[1], /^run with --allow-(read|write)=a\.blog$/);
  assert.deepEqual([free, mapped], ["unknown", "unknown"]);
});

const WITHOUT_PERMISSION = `
  import { createDenoFiles, lockFolder } from "${source}/platform/mod.ts";
  const files = createDenoFiles();
  const why = (action) => { try { action(); } catch (error) { return [error.code, error.hint]; } };
  console.log(JSON.stringify([
    why(() => files.open("a.blog", "read")),
    why(() => files.open("a.blog", "append")),
    files.freeBytes(".") ?? "unknown",
    files.map("a.blog") ?? "unknown",
  ]));
`;
