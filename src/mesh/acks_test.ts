import assert from "node:assert/strict";
import { TinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files, readFile } from "../files/mod.ts";
import { Acks } from "./acks.ts";
import type { LastContact } from "./last_contact.ts";

const contact: LastContact = {
  ...{ atMs: 2, via: "tcp://base:1", status: "left", sentEvents: 3, newEvents: 4, sentBytes: 5, receivedBytes: 6 },
  ...{ has: { cd: 5 }, ahead: { ef: 9 }, unknownEvents: 7 },
};

function createFolder(text?: string) {
  const files = createMemoryFiles();
  if (text !== undefined) files.replace("d/held.json", new TextEncoder().encode(text));
  const read = () => new TextDecoder().decode(readFile(files, "d/held.json", 1e9));
  return { files, open: () => new Acks({ files, path: "d" }), read };
}

Deno.test("P11 what a device said of itself is kept apart from how the contact went, and stays while it says nothing new", () => {
  const { open } = createFolder();
  const acks = open();
  acks.note("ab", { atMs: 2, contact });
  assert.deepEqual([acks.of("ab"), acks.contactWith("ab")], [undefined, contact]);
  acks.note("ab", { atMs: 3, holds: { cd: 4 }, contact: { ...contact, atMs: 3 } });
  acks.note("ab", { atMs: 4, contact: { ...contact, atMs: 4, has: { cd: 8 } } });
  for (const each of [acks, open()]) {
    assert.deepEqual(each.of("ab"), { atMs: 3, holds: { cd: 4 } });
    assert.deepEqual(each.contactWith("ab"), { ...contact, atMs: 4, has: { cd: 8 } });
  }
});

Deno.test("P11 what an older version has kept is read, and what is damaged counts as never heard", () => {
  const old = createFolder(JSON.stringify({ v: 1, devices: { ab: { atMs: 1, holds: { cd: 5 } } } })).open();
  assert.deepEqual([old.of("ab"), old.contactWith("ab")], [{ atMs: 1, holds: { cd: 5 } }, undefined]);
  const kept = (contacts: unknown) => createFolder(JSON.stringify({ v: 1, devices: {}, contacts })).open();
  assert.deepEqual(kept({ ab: contact }).contactWith("ab"), contact);
  for (const wrong of [{ has: { cd: "5" } }, { atMs: null }, { via: 1 }, { status: "?" }, { ahead: { cd: -1 } }]) {
    assert.equal(kept({ ab: { ...contact, ...wrong } }).devices().size, 0, JSON.stringify(wrong));
  }
  for (const text of ["", "{", "[]", '{"v":1}', '{"devices":{},"contacts":{"ab":null}}']) {
    assert.equal(createFolder(text).open().devices().size, 0, text);
  }
});

Deno.test("P11 of any number of strangers only the latest are kept, and no member is forgotten for them", () => {
  const { files, read } = createFolder();
  const open = () => new Acks({ files, path: "d" }, { maxNumbers: 10_000 });
  const acks = open();
  const name = (i: number) => `${i}`.padStart(64, "0");
  const has = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [`${name(i)}~${"0".repeat(16)}`, 1_000_000_000]),
  );
  const isMember = (device: string) => device.startsWith("member");
  const note = (device: string, atMs: number) =>
    acks.note(device, { atMs, holds: { cd: 5 }, contact: { ...contact, atMs, has }, isMember });
  note("member", 1);
  for (let i = 0; i < 30; i++) note(name(i), 10 + i);
  assert.deepEqual([acks.contactWith("member")?.has, acks.of("member")?.atMs], [has, 1]);
  const kept = [...Array(30).keys()].filter((i) => acks.contactWith(name(i)) !== undefined);
  assert.deepEqual(kept, [21, 22, 23, 24, 25, 26, 27, 28, 29]);
  // What is kept of members themselves goes by when they were met, and their own word goes last.
  for (let i = 0; i < 30; i++) note(`member${i}`, 50 + i);
  assert.equal(acks.contactWith("member"), undefined);
  assert.equal([...acks.devices()].filter((device) => acks.of(device) !== undefined && isMember(device)).length, 31);
  assert.ok(acks.contactWith("member29") !== undefined && acks.contactWith(name(29)) === undefined);
  assert.ok(read().length < 100 * 10_000, `${read().length} bytes`);
  assert.deepEqual(open().devices(), acks.devices());
});

Deno.test("P11 a full disk ends no contact: what could not be written goes with the next that is noted", () => {
  const files = createMemoryFiles();
  let isFull = true;
  const full = new Proxy(files, {
    get(_, name: keyof Files) {
      if (name !== "replace" || !isFull) return files[name]!.bind(files);
      return (path: string) => {
        throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: the disk is full`, { path });
      };
    },
  });
  const acks = new Acks({ files: full, path: "d" });
  acks.note("ab", { atMs: 2, holds: { cd: 4 } });
  assert.match(acks.unwritten!.message, /held\.json: the disk is full/);
  assert.deepEqual([acks.of("ab")?.holds, files.stat("d/held.json")], [{ cd: 4 }, undefined]);
  isFull = false;
  acks.note("ab", { atMs: 3, holds: { cd: 4 } });
  assert.deepEqual([acks.unwritten, new Acks({ files, path: "d" }).of("ab")?.holds], [undefined, { cd: 4 }]);
});
