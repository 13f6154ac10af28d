import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { createRandom } from "../random/mod.ts";
import { START_MS } from "./_writer.ts";
import { Attachments, BlobStore, treeOf } from "./attachments/mod.ts";
import { joinBytes } from "./bundle_blobs.ts";
import { repairFolder, verifyFolder } from "./check_folder.ts";
import { initFolder, openFolder } from "./folder.ts";
import type { FolderMachine } from "./folder_files.ts";

// Goal: a user who asks whether a dataset is right is also told of its files, and none is lost by mending it. Method: a
// dataset on files in memory, whose bytes are changed behind its back.

const KINDS = [{ encrypt: false, as: "" }, { encrypt: true, as: ", encrypted" }];
const EMPTY = { count: 0, bytes: 0 };
const bytesOf = (name: string, length = 40_000) => createRandom(name).bytes(length);

/** A machine with a dataset in `d`, in which these files are attached. */
function createMachine({ encrypt = false, names = ["door.jpg", "well.jpg"] } = {}) {
  const files = createMemoryFiles();
  const random = createRandom("check");
  let taken = false;
  const machine = {
    files,
    clock: new VirtualClock(BigInt(START_MS) * 1_000_000n),
    lock() {
      assert.equal(taken, false);
      taken = true;
      return { [Symbol.dispose]: () => void (taken = false) };
    },
    secret: (length: number) => random.bytes(length),
    protect: () => true,
    passphrase: () => "correct horse",
  } satisfies FolderMachine;
  {
    using replica = initFolder("d", machine, { name: "survey", encrypt });
    using attachments = new Attachments(replica, { files, path: "d/blobs" });
    for (const name of names) attachments.attach("R-1", "photo", { name, type: "image/jpeg", bytes: bytesOf(name) });
  }
  const all = () => files.list("d/blobs").filter((name) => !name.includes("."));
  return { ...machine, all, change };
  /** Flips a bit in a file. */
  function change(path: string, at: number): void {
    const bytes = readFile(files, path, 1e9)!.slice();
    bytes[at]! ^= 1;
    files.replace(path, bytes);
  }
}

function withReplica<T>(machine: FolderMachine, does: (attachments: Attachments) => T): T {
  using replica = openFolder("d", machine);
  using attachments = new Attachments(replica, { files: machine.files, path: "d/blobs" });
  return does(attachments);
}

for (const { encrypt, as } of KINDS) {
  Deno.test(`A4: verify finds one flipped bit in a file, says which it is, and changes nothing${as}`, () => {
    const machine = createMachine({ encrypt });
    const { problems, files } = verifyFolder("d", machine);
    assert.deepEqual([problems, files?.whole, files?.damaged, files?.strange], [
      [],
      { count: 2, bytes: 80_000 },
      [],
      [],
    ]);
    for (const [i, name] of machine.all().entries()) {
      machine.change(`d/blobs/${name}`, 39_999 * i);
      const before = machine.files.list("d/blobs");
      const { problems, files } = verifyFolder("d", machine);
      assert.deepEqual([problems.length, files?.whole.count, files?.damaged.length], [i + 1, 1 - i, i + 1]);
      assert.deepEqual(machine.files.list("d/blobs"), before);
    }
    const found = verifyFolder("d", machine).files!.damaged.map(({ name }) => name);
    assert.deepEqual(found.sort(), ["door.jpg", "well.jpg"]);
  });

  Deno.test(`A4: repair moves damaged files aside as they are, and they can come again${as}`, () => {
    const machine = createMachine({ encrypt });
    const [name] = machine.all();
    const path = `d/blobs/${name}`;
    machine.change(path, 20_000);
    const damaged = readFile(machine.files, path, 1e9)!.slice();
    const { aside, left, saved } = repairFolder("d", machine);
    assert.deepEqual([aside, left, saved], [[`${path}.damaged-1`], 0, undefined]);
    assert.deepEqual(readFile(machine.files, aside[0]!, 1e9), damaged);
    const { problems, files } = verifyFolder("d", machine);
    assert.deepEqual([problems, files?.whole.count, files?.missing.count, files?.aside.count], [[], 1, 1, 1]);
    withReplica(machine, (attachments) => {
      const [missing] = attachments.missing();
      attachments.store.put(bytesOf(missing!.name));
      assert.deepEqual(joinBytes(attachments.read(missing!)), bytesOf(missing!.name));
    });
    assert.equal(verifyFolder("d", machine).files?.whole.count, 2);
    assert.deepEqual(repairFolder("d", machine).aside, []);
  });
}

Deno.test("R2 without its passphrase, or with another, nobody is told that an encrypted dataset is right", () => {
  const machine = createMachine({ encrypt: true });
  for (const said of [undefined, "another"]) {
    assert.throws(() => verifyFolder("d", { ...machine, passphrase: () => said }), { code: "DENIED" });
    assert.throws(() => repairFolder("d", { ...machine, passphrase: () => said }), { code: "DENIED" });
  }
});

Deno.test("A4: what is on its way, not here, of nobody or no blob at all is counted, and is no damage", () => {
  const machine = createMachine();
  const { files } = machine;
  const [coming, missing] = ["door.jpg", "well.jpg"].map((name) => treeOf(bytesOf(name)).ref);
  for (const { blob } of [coming!, missing!]) files.remove(`d/blobs/${blob}`);
  {
    using store = new BlobStore({ files, path: "d/blobs" });
    store.begin(coming!);
    store.put(bytesOf("nobody", 7));
  }
  files.replace("d/blobs/holiday.png", new Uint8Array(3));
  files.replace("d/blobs/0.new", new Uint8Array(3));
  const { problems, files: found } = verifyFolder("d", machine);
  const one = { count: 1, bytes: 40_000 };
  assert.deepEqual([problems, found], [[], {
    whole: EMPTY,
    coming: one,
    missing: one,
    carried: EMPTY,
    unnamed: { count: 1, bytes: 7 },
    aside: EMPTY,
    damaged: [],
    strange: ["holiday.png"],
  }]);
});

Deno.test("A4: a file that is cut, longer or empty is damaged, whatever its name", () => {
  const machine = createMachine({ names: ["door.jpg"] });
  const path = `d/blobs/${machine.all()[0]}`;
  const bytes = bytesOf("door.jpg");
  for (const wrong of [bytes.subarray(0, 39_999), new Uint8Array([...bytes, 0]), new Uint8Array()]) {
    machine.files.replace(path, wrong);
    assert.equal(verifyFolder("d", machine).problems.length, 1, String(wrong.length));
  }
});

Deno.test("A4: a file that cannot be read is a problem, is left where it is, and the others are checked", () => {
  const machine = createMachine();
  const [unreadable, changed] = machine.all().map((name) => `d/blobs/${name}`);
  machine.change(changed!, 7);
  const { files } = machine;
  const broken = {
    ...machine,
    files: new Proxy(files, {
      get(_, name: keyof typeof files) {
        if (name !== "open") return files[name]!.bind(files);
        return (path: string, mode: "read") => files.open(path === unreadable ? "nowhere" : path, mode);
      },
    }),
  };
  const { problems, files: found } = verifyFolder("d", broken);
  assert.deepEqual([problems.length, found?.damaged.filter(({ unread }) => unread).length], [2, 1]);
  const { aside, left } = repairFolder("d", broken);
  assert.deepEqual([aside, left], [[`${changed}.damaged-1`], 1]);
  assert.ok(files.stat(unreadable!));
});

Deno.test("A4: who repairs a log that is damaged is told of files all the same", () => {
  const machine = createMachine();
  machine.change(`d/blobs/${machine.all()[0]}`, 7);
  const { size } = machine.files.stat("d/feeds.log")!;
  machine.change("d/feeds.log", size - 5);
  const { saved, aside, left } = repairFolder("d", machine);
  assert.deepEqual([typeof saved, aside.length, left], ["string", 1, 0]);
  assert.deepEqual(verifyFolder("d", machine).problems, []);
});

Deno.test("A4: verify may run while another has the dataset, and reads leaf by leaf", () => {
  const machine = createMachine({ names: [] });
  const longest: number[] = [];
  const { files } = machine;
  withReplica(machine, (attachments) => {
    const bytes = bytesOf("long", 3_000_000);
    attachments.attach("R-1", "photo", { name: "long", type: "image/jpeg", bytes });
    const watched = new Proxy(files, {
      get(_, name: keyof typeof files) {
        if (name !== "open") return files[name]!.bind(files);
        return (path: string, mode: "read") => {
          const file = files.open(path, mode);
          const read = file.read.bind(file);
          if (path.includes("/blobs/")) file.read = (into, at) => (longest.push(into.length), read(into, at));
          return file;
        };
      },
    });
    assert.equal(verifyFolder("d", { ...machine, files: watched }).files?.whole.bytes, 3_000_000);
  });
  assert.equal(Math.max(...longest), 16_384);
});

Deno.test("P7 a log whose first bytes are damaged loses nothing else by its repair", () => {
  for (const at of [0, 3, 7]) {
    const machine = createMachine();
    const { events } = verifyFolder("d", machine);
    machine.change("d/feeds.log", at);
    assert.deepEqual(verifyFolder("d", machine).events, events);
    const { ownMissing, saved } = repairFolder("d", machine);
    assert.deepEqual([ownMissing, typeof saved], [0, "string"]);
    assert.deepEqual([verifyFolder("d", machine).events, verifyFolder("d", machine).problems], [events, []]);
  }
});
