import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { Replica } from "./replica.ts";
import { createVault, openVault } from "./vault.ts";

const salt = new Uint8Array(16).fill(3);
const { header, vault } = createVault("correct horse", salt);

Deno.test("R1 a vault opens with its passphrase, and with no other", () => {
  const sealed = vault.seal(new TextEncoder().encode("field notes"));
  const again = openVault("correct horse", JSON.parse(JSON.stringify(header)));
  assert.equal(new TextDecoder().decode(again.open(sealed)), "field notes");
  assert.throws(() => openVault("wrong horse", header, { of: "survey" }), {
    code: "DENIED",
    message: "Cannot open survey: it is encrypted, and the passphrase is another one",
    hint: "say the right one in the variable TINMAN_PASSPHRASE",
  });
  assert.throws(() => createVault("", salt), { code: "CONFIG" });
});

Deno.test("R2 what is sealed for one place does not open at another, and nothing else shares its nonce", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const [a, b] = [bytes("leaf 1"), bytes("leaf 12")];
  const sealed = vault.seal(bytes("2 of it"), a);
  assert.deepEqual(vault.open(sealed, a), bytes("2 of it"));
  for (const place of [b, new Uint8Array(), undefined]) assert.equal(vault.open(sealed, place), undefined);
  assert.equal(vault.open(vault.seal(a), a), undefined);
  // Place and content are the same bytes one behind the other.
  assert.notDeepEqual(vault.seal(bytes(" of it"), b).subarray(0, 12), sealed.subarray(0, 12));
  assert.deepEqual(vault.seal(bytes("2 of it"), a), sealed);
});

Deno.test("R1 a header that was made weaker, or so strong that it takes the machine, is refused", () => {
  for (const N of [2, 2 ** 15, 2 ** 24, 65_537, NaN]) {
    const changed = { ...header, scrypt: { ...header.scrypt, N } };
    assert.throws(() => openVault("correct horse", changed), { code: "CONFIG" });
  }
  for (const wrong of [null, 7, {}, { ...header, salt: "x" }]) {
    assert.throws(() => openVault("correct horse", wrong), { code: "CONFIG" });
  }
});

Deno.test("R2 nothing that was written can be found on an encrypted disk, and all is there again", () => {
  const files = createMemoryFiles();
  const info = { name: "survey", founder: testKey("a").device, nonce: "00".repeat(16), writers: "anybody" } as const;
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  const open = (vault_?: typeof vault) =>
    new Replica({ info, key: testKey("a"), clock, folder: { files, path: "d", ...(vault_ && { vault: vault_ }) } });
  {
    using replica = open(vault);
    replica.write({ kind: "note.add", record: "R-1", text: "the patient is Zebulon" });
    replica.compact();
    replica.write({ kind: "note.add", record: "R-1", text: "the patient is Zebulon" });
  }
  const bytes = readFile(files, "d/feeds.log", 1e6)!;
  assert.ok(!new TextDecoder().decode(bytes).includes("Zebulon"));
  using again = open(vault);
  assert.equal(again.view.record("R-1")?.notes.length, 2);
  assert.throws(() => open(), { code: "INTEGRITY" });
  assert.throws(() => open(createVault("another", salt).vault), { code: "INTEGRITY" });
});
