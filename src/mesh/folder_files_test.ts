import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { initFolder } from "./folder.ts";
import {
  beginFolder,
  type FolderMachine,
  readFolder,
  readOwn,
  readPeers,
  writeInfo,
  writeOwn,
  writePeers,
} from "./folder_files.ts";

/** A machine in memory, with what it was asked to protect and the locks that are held. */
function createMachine(): FolderMachine & { readonly protected: string[]; locks: number } {
  let secrets = 0;
  return {
    files: createMemoryFiles(),
    clock: new VirtualClock(),
    protected: [],
    locks: 0,
    lock() {
      this.locks++;
      return { [Symbol.dispose]: () => void this.locks-- };
    },
    secret: (length) => new Uint8Array(length).fill(++secrets),
    protect(path) {
      this.protected.push(path);
      return true;
    },
  };
}

const info = {
  name: "survey",
  founder: "ab".repeat(32),
  nonce: "01".repeat(16),
  writers: "anybody",
  privacy: "open",
} as const;

Deno.test("P1 beginFolder() puts a key into a folder for its owner alone, and readFolder() finds it with the dataset", () => {
  const machine = createMachine();
  const { key, lock, vault } = beginFolder("survey", machine, { encrypt: false });
  writeInfo("survey", machine.files, info);
  assert.deepEqual([machine.protected, machine.locks, vault], [["survey/device.key"], 1, undefined]);
  lock[Symbol.dispose]();
  const found = readFolder("survey", machine);
  assert.deepEqual([found.info, found.key.device, found.vault], [info, key.device, undefined]);
});

Deno.test("P1 beginFolder() leaves a folder alone in which there is something of a dataset", () => {
  const machine = createMachine();
  beginFolder("survey", machine, { encrypt: false });
  assert.throws(
    () => beginFolder("survey", machine, { encrypt: false }),
    (error) => isTinmanError(error, "EXISTS") && error.message.endsWith("device.key is there"),
  );
  assert.equal(machine.locks, 1, "that of the first");
});

Deno.test("beginFolder() lets go of the folder when the key cannot be written", () => {
  const machine = createMachine();
  const refuse = () => {
    throw new Error("no rights here");
  };
  assert.throws(() =>
    beginFolder("survey", { ...machine, lock: () => machine.lock(""), protect: refuse }, { encrypt: false })
  );
  assert.equal(machine.locks, 0);
});

Deno.test("readFolder() says what a folder lacks, or what is not as it was written", () => {
  const { files, ...machine } = createMachine();
  const write = (name: string, text: string) => files.replace(`survey/${name}`, new TextEncoder().encode(text));
  const failure = (code: string, ending: string) => (error: unknown) =>
    isTinmanError(error) && error.code === code && error.message.endsWith(ending);
  const read = () => readFolder("survey", { ...machine, files });
  assert.throws(read, failure("NOT_FOUND", "there is no dataset"));
  files.makeFolder("survey");
  write("dataset.json", "{");
  assert.throws(read, failure("NOT_FOUND", "so nobody can say who we are"));
  for (const length of [0, 31, 40]) {
    write("device.key", "k".repeat(length));
    assert.throws(read, failure("INTEGRITY", `device.key has ${length} bytes, where a key has 32`));
  }
  write("device.key", "k".repeat(32));
  assert.throws(read, failure("CONFIG", "it is no JSON"));
  write("dataset.json", "null");
  assert.throws(read, failure("CONFIG", "it does not say which dataset this is"));
  write("dataset.json", JSON.stringify({ v: 2 }));
  assert.throws(read, failure("CONFIG", "it is of another version"));
  write("dataset.json", JSON.stringify({ v: 1, ...info, nonce: "01" }));
  assert.throws(read, failure("CONFIG", "a part of it is missing or was changed"));
});

Deno.test("writePeers() keeps the latest 32 addresses, each once, and what cannot be read is none", () => {
  const files = createMemoryFiles();
  files.makeFolder("survey");
  assert.deepEqual(readPeers("survey", files), []);
  const all = Array.from({ length: 40 }, (_, i) => `tcp://10.0.0.${i}`);
  for (const each of all) writePeers("survey", files, [each]);
  writePeers("survey", files, [all[20]!]);
  const kept = readPeers("survey", files);
  assert.deepEqual([kept.length, kept[0], kept[1], kept.at(-1)], [32, all[20], all[39], all[8]]);
  files.replace("survey/peers.json", Uint8Array.of(1));
  assert.deepEqual(readPeers("survey", files), []);
  files.replace("survey/peers.json", new Uint8Array(100_000));
  assert.deepEqual(readPeers("survey", files), []);
});

Deno.test("F9 writeOwn() remembers how much this device had written, until that is taken back", () => {
  const files = createMemoryFiles();
  files.makeFolder("survey");
  assert.equal(readOwn("survey", files), 0);
  writeOwn("survey", files, 7);
  assert.equal(readOwn("survey", files), 7);
  writeOwn("survey", files, undefined);
  assert.equal(readOwn("survey", files), 0);
});

Deno.test("F9 readOwn() does not take a damaged file for nothing missing", () => {
  const files = createMemoryFiles();
  files.makeFolder("survey");
  for (const text of ["", "{", "null", "{}", '{"v":1}', '{"seq":"7"}', "[]"]) {
    files.replace("survey/own.json", new TextEncoder().encode(text));
    const isSaid = (error: unknown) =>
      isTinmanError(error, "CONFIG") && /before anything is written/.test(error.hint ?? "");
    assert.throws(() => readOwn("survey", files), isSaid, text);
  }
});

Deno.test("P1 a dataset that could not be begun is not in the way of the next try", () => {
  for (let diskBytes = 0; diskBytes < 400; diskBytes += 8) {
    const { files: _, ...machine } = createMachine();
    const files = createMemoryFiles({ diskBytes });
    try {
      initFolder("survey", { ...machine, files }, { name: "survey" }).close();
    } catch (error) {
      assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
      assert.deepEqual(files.list("survey"), [], String(diskBytes));
    }
  }
});
