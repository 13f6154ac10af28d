import assert from "node:assert/strict";
import { join } from "node:path";
import { BlobStore, treeOf } from "../../src/mesh/attachments/mod.ts";
import { createDenoFiles } from "../../src/platform/mod.ts";
import { createRandom } from "../../src/random/mod.ts";
import { meshHere } from "./in_process.ts";
import { createMachines } from "./processes.ts";

Deno.test("A4: on a real disk a blob comes piece by piece, over restarts, and is the file that was attached", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tinman-blobs-" });
  try {
    const files = createDenoFiles();
    const open = (name: string) => new BlobStore({ files, path: join(folder, name) });
    const bytes = createRandom("photo").bytes(100_000);
    const { ref } = treeOf(bytes);
    open("ann").put(bytes);
    for (let leaf = 0; leaf < Math.ceil(bytes.length / 16_384); leaf++) {
      const unit = open("ann").unit(ref, leaf)!;
      for (let at = 0; at < unit.length; at += 5000) {
        using bob = open("bob");
        assert.equal(bob.begin(ref)!.nextAt(leaf, "ann"), at);
        bob.take(ref, { leaf, at, bytes: unit.subarray(at, at + 5000), from: "ann" });
      }
    }
    assert.deepEqual(await Deno.readFile(join(folder, "bob", ref.blob)), bytes);
    assert.deepEqual(files.list(join(folder, "bob")), [ref.blob]);
    await Deno.writeFile(join(folder, "bob", ref.blob), bytes.with(70_000, bytes[70_000]! ^ 1));
    assert.deepEqual(open("bob").verify(), [ref.blob]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("R2: with --encrypt files are attached, packed, met and saved as ever, and no file of the folder shows them", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "tinman-blobs-" });
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await meshHere(args, { cwd, passphrase: "correct horse" });
    assert.equal(code, 0, `mesh ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  try {
    const text = "the patient is Zebulon ".repeat(2000);
    await Deno.writeTextFile(join(cwd, "note.txt"), text);
    await ok("init", "survey", "-D", "ana", "--encrypt");
    await ok("create", "R-1", "site", "-D", "ana");
    await ok("attach", "R-1", "file", "note.txt", "-D", "ana");
    const invitation = await ok("invite", "-D", "ana");
    await ok("pack", "all.tmesh", "-D", "ana");
    await ok("join", invitation, "-D", "ben", "--as", "Ben", "--encrypt");
    await ok("unpack", "all.tmesh", "-D", "ben");
    await ok("save", "R-1", "note.txt", "-o", "saved.txt", "-D", "ben");
    assert.equal(await Deno.readTextFile(join(cwd, "saved.txt")), text);
    await Deno.mkdir(join(cwd, "stick"));
    await ok("sync", "--via", "dir:stick", "-D", "ben");
    const { blob } = treeOf(new TextEncoder().encode(text)).ref;
    // What is on a stick is for whoever has it.
    assert.equal(await Deno.readTextFile(join(cwd, "stick/blobs", blob)), text);
    for (const data of ["ana", "ben"]) {
      const names = await Array.fromAsync(Deno.readDir(join(cwd, data, "blobs")), ({ name }) => name);
      assert.ok(names.length === 1 && !names[0]!.includes(blob), data);
      const kept = await Deno.readTextFile(join(cwd, data, "blobs", names[0]!));
      assert.ok(kept.length > 0 && !kept.includes("Zebulon"), data);
    }
    assert.match(await ok("verify", "-D", "ben"), /^files: 1 whole /m);
    const { code, stdout, stderr } = await meshHere(["verify", "-D", "ben"], { cwd });
    assert.deepEqual([code, stdout, /TINMAN_PASSPHRASE/.test(stderr)], [4, "", true], stderr);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("A13: a file of a sealed dataset gets to an admin by way of a machine that has no key of it", async () => {
  using machines = createMachines();
  const { start } = machines;
  const run = (...args: string[]) => meshHere(args, { cwd: machines.path });
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, `mesh ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  await Deno.writeTextFile(join(machines.path, "note.txt"), "the patient is Zebulon");
  await ok("init", "survey", "-D", "ana", "--sealed");
  const invitation = await ok("invite", "--uses", "2", "-D", "ana");
  const ana = await start("ana");
  await ok("join", invitation, "-D", "ben", "--as", "Ben");
  await ok("sync", "-D", "ben", "--via", ana.address);
  await ana.kill();
  await ok("create", "R-1", "site", "-D", "ben");
  await ok("attach", "R-1", "file", "note.txt", "-D", "ben");
  // Who has met nobody but Ben was given no key, for Ben is no admin.
  const ben = await start("ben");
  await ok("join", invitation, "-D", "relay", "--as", "Relay");
  await ok("sync", "-D", "relay", "--via", ben.address);
  await ben.kill();
  assert.equal((await run("save", "R-1", "note.txt", "-o", "x", "-D", "relay")).code, 3);
  const blobs = await Array.fromAsync(Deno.readDir(join(machines.path, "relay", "blobs")), ({ name }) => name);
  assert.ok(
    blobs.length === 1 && !(await Deno.readTextFile(join(machines.path, "relay/blobs", blobs[0]!))).includes("Zebulon"),
  );
  const relay = await start("relay");
  assert.match(await ok("verify", "-D", "relay"), /^files: 1 kept for others /m);
  await ok("sync", "-D", "ana", "--via", relay.address);
  await relay.kill();
  await ok("save", "R-1", "note.txt", "-o", "saved.txt", "-D", "ana");
  assert.equal(await Deno.readTextFile(join(machines.path, "saved.txt")), "the patient is Zebulon");
});
