import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { createRandom } from "../random/mod.ts";
import { START_MS } from "./_writer.ts";
import { Attachments, treeOf } from "./attachments/mod.ts";
import { joinBytes } from "./bundle_blobs.ts";
import { repairFolder, verifyFolder } from "./check_folder.ts";
import { initFolder, openFolder } from "./folder.ts";
import type { FolderMachine } from "./folder_files.ts";

/** A machine on which somebody has said a passphrase, or nobody has. */
function createMachine(files = createMemoryFiles()) {
  const random = createRandom("vault");
  const machine = {
    files,
    clock: new VirtualClock(BigInt(START_MS) * 1_000_000n),
    lock: () => ({ [Symbol.dispose]() {} }),
    secret: (length: number) => random.bytes(length),
    protect: () => true,
    said: "correct horse" as string | undefined,
    passphrase: () => machine.said,
  };
  return machine satisfies FolderMachine;
}

const note = { kind: "note.add", record: "R-1", text: "the patient is Zebulon" } as const;

Deno.test("R1 an encrypted folder opens with its passphrase, and says what is missing otherwise", () => {
  const machine = createMachine();
  {
    using replica = initFolder("d", machine, { name: "survey", encrypt: true });
    replica.write(note);
  }
  machine.said = undefined;
  assert.throws(() => openFolder("d", machine), { code: "DENIED", hint: /TINMAN_PASSPHRASE/ });
  machine.said = "wrong";
  assert.throws(() => openFolder("d", machine), { code: "DENIED" });
  machine.said = "correct horse";
  using again = openFolder("d", machine);
  assert.equal(again.view.record("R-1")?.notes[0]?.text, note.text);
});

Deno.test("R2 an encrypted folder holds the key of its device nowhere in the clear", () => {
  const machine = createMachine();
  using replica = initFolder("d", machine, { name: "survey", encrypt: true });
  const secret = replica.key.secret.toHex();
  for (const name of machine.files.list("d")) {
    assert.ok(!readFile(machine.files, `d/${name}`, 1e6)!.toHex().includes(secret), name);
  }
});

Deno.test("R2 a file that is attached in an encrypted folder is nowhere in the clear, and is there again", () => {
  const machine = createMachine();
  const { files } = machine;
  const bytes = new TextEncoder().encode("the patient is Zebulon");
  {
    using replica = initFolder("d", machine, { name: "survey", encrypt: true });
    using attachments = new Attachments(replica, { files, path: "d/blobs" });
    attachments.attach("R-1", "photo", { name: "note.txt", type: "text/plain", bytes });
  }
  const { blob } = treeOf(bytes).ref;
  for (const folder of ["d", "d/blobs"]) {
    for (const name of files.list(folder)) {
      const text = new TextDecoder().decode(readFile(files, `${folder}/${name}`, 1e6) ?? new Uint8Array());
      for (const secret of ["Zebulon", blob]) assert.ok(!name.includes(secret) && !text.includes(secret), name);
    }
  }
  using replica = openFolder("d", machine);
  using attachments = new Attachments(replica, { files, path: "d/blobs" });
  assert.deepEqual(joinBytes(attachments.read(attachments.all()[0]!)), bytes);
});

Deno.test("R2 an encrypted folder is verified and repaired like any other", () => {
  const machine = createMachine();
  {
    using replica = initFolder("d", machine, { name: "survey", encrypt: true });
    for (let i = 0; i < 3; i++) replica.write(note);
  }
  assert.deepEqual(verifyFolder("d", machine).problems, []);
  const log = readFile(machine.files, "d/feeds.log", 1e6)!.slice();
  log[log.length - 5]! ^= 1;
  machine.files.replace("d/feeds.log", log);
  assert.equal(verifyFolder("d", machine).problems.length, 1);
  assert.equal(repairFolder("d", machine).ownMissing, 1);
  assert.deepEqual(verifyFolder("d", machine).problems, []);
});

Deno.test("R1 nothing is begun when a passphrase is asked for and nobody has said one", () => {
  const machine = createMachine();
  for (const said of [undefined, ""]) {
    machine.said = said;
    assert.throws(() => initFolder("d", machine, { name: "survey", encrypt: true }), { code: "DENIED" });
    assert.deepEqual(machine.files.list("d"), []);
  }
});
