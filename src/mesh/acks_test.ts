import assert from "node:assert/strict";
import { createMemoryFiles, readFile } from "../files/mod.ts";
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
  const { open, read } = createFolder();
  const acks = open();
  const feed = (i: number) => `${i}`.padStart(64, "0");
  const has = Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`${feed(i)}~${"0".repeat(16)}`, 1_000_000]));
  const isMember = (device: string) => device === "member";
  acks.note("member", { atMs: 1, holds: { cd: 5 }, contact: { ...contact, has }, isMember });
  for (let i = 0; i < 30; i++) {
    acks.note(feed(i), { atMs: 10 + i, contact: { ...contact, atMs: 10 + i, has }, isMember });
  }
  const kept = acks.devices();
  assert.ok(kept.size >= 10 && kept.size < 12, `${kept.size}`);
  assert.ok(kept.has("member") && kept.has(feed(29)) && !kept.has(feed(0)));
  assert.ok(read().length < 12 * 2 ** 20, `${read().length} bytes`);
  assert.deepEqual(open().devices(), kept);
});
