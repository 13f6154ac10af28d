// Goal: the portable file starts whatever state the machine is in, and never runs what it did not unpack. Method: real files
// with a shell script in the place of Deno, so that each takes milliseconds; .ci/run starts one with the real Deno.
import assert from "node:assert/strict";
import { encodePortable } from "../../src/compile/portable.ts";

const runtime = `#!/bin/sh
[ "\${1-}" = --version ] && exit 0
while [ "\${1-}" != "\${1%main.js}/main.js" ] && case "\${1-}" in */main.js) false ;; esac; do shift; done
cat "$1"; shift
for word in "$@"; do [ "$word" = "exit" ] && exit 42; [ "$word" = "pid" ] && echo $$; [ "$word" = "umask" ] && umask; printf '<%s>' "$word"; done
# ${"x".repeat(8000)}
`;
const bytes = (text: string) => new TextEncoder().encode(text);
const system = new TextDecoder().decode(new Deno.Command("uname", { args: ["-sm"] }).outputSync().stdout).trim();
const uid = Deno.uid() ?? 0;
const isRoot = uid === 0;

/** A folder with the file `tinman`, an empty home and a place for temporary files. */
function workplace(options: { system?: string } = {}) {
  const path = Deno.makeTempDirSync({ prefix: "tinman-portable-" });
  for (const name of ["user", "tmp"]) Deno.mkdirSync(`${path}/${name}`);
  const modules = [{ path: "main.js", bytes: bytes("main\n") }, { path: "mod.js", bytes: bytes("mod\n") }];
  const file = encodePortable({ version: "1.2.3", system, runtime: bytes(runtime), modules, ...options });
  Deno.writeFileSync(`${path}/tinman`, file, { mode: 0o755 });
  const env = { HOME: `${path}/user`, TMPDIR: `${path}/tmp`, PATH: Deno.env.get("PATH")! };
  return {
    path,
    env: env as Record<string, string>,
    cache: `${path}/user/.cache/tinman`,
    temporary: `${path}/tmp/tinman-${uid}`,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

type Workplace = ReturnType<typeof workplace>;

interface Started {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the file, by a script that knows it as `$T`. */
async function start(place: Workplace, script = "$T", env = place.env): Promise<Started> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    clearEnv: true,
    env: { ...env, T: `${place.path}/tinman` },
    cwd: place.path,
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** The names in a folder; none where there is no folder. */
function names(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
  } catch {
    return [];
  }
}

/** The one folder that was unpacked. */
function unpacked(place: string): string {
  const [id, ...more] = names(place);
  assert.deepEqual(more, []);
  assert.match(id!, /^[0-9a-f]{16}$/);
  return `${place}/${id}`;
}

const fine = { code: 0, stdout: "main\n", stderr: "" };

Deno.test("the portable file is the same for the same input, and no placeholder is left in its script", () => {
  const make = () =>
    encodePortable({ version: "1", system, runtime: bytes("r"), modules: [{ path: "m", bytes: bytes("m") }] });
  assert.deepEqual(make(), make());
  assert.doesNotMatch(new TextDecoder().decode(make()), /@[A-Z_]+@/);
});

Deno.test("the first start unpacks once; arguments, exit code, process and umask are the caller's", async () => {
  using place = workplace();
  assert.deepEqual(await start(place), fine);
  const folder = unpacked(place.cache);
  assert.deepEqual(names(folder), ["deno", "main.js", "mod.js"]);
  for (const path of [place.cache, folder]) assert.equal(Deno.statSync(path).mode! & 0o777, 0o700);
  const { ino } = Deno.statSync(folder);

  const words = await start(place, `$T 'two  words' '' '*' '$HOME' '"'`);
  assert.equal(words.stdout, 'main\n<two  words><><*><$HOME><">');
  assert.equal((await start(place, "$T exit")).code, 42);
  assert.equal((await start(place, "umask 027; $T umask")).stdout, "main\n0027\n<umask>");
  const [own, inside] = (await start(place, "echo $$; exec $T pid")).stdout.split("\nmain\n");
  assert.equal(inside, `${own}\n<pid>`);
  assert.equal(Deno.statSync(folder).ino, ino);
});

Deno.test("the portable file needs no more than these programs", async () => {
  using place = workplace();
  Deno.mkdirSync(`${place.path}/bin`);
  for (const name of ["sh", "cat", "env", "gzip", "id", "ls", "mkdir", "mv", "rm", "tail", "tar", "uname", "wc"]) {
    const found = new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).outputSync().stdout;
    Deno.symlinkSync(new TextDecoder().decode(found).trim(), `${place.path}/bin/${name}`);
  }
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await start(place, "$T", { ...place.env, PATH: `${place.path}/bin` }), fine);
  }
});

for (const shell of ["dash", "bash --posix", "busybox sh", "zsh --emulate sh", "ksh"]) {
  const there = new Deno.Command("sh", { args: ["-c", `command -v ${shell.split(" ")[0]}`] }).outputSync().success;
  Deno.test({ name: `the portable file runs in ${shell}`, ignore: !there }, async () => {
    using place = workplace();
    for (let i = 0; i < 2; i++) {
      assert.equal((await start(place, `${shell} $T 'two  words'`)).stdout, "main\n<two  words>");
    }
    const [id] = names(place.cache);
    Deno.writeTextFileSync(`${place.cache}/${id}/main.js`, "evil\n");
    assert.equal((await start(place, `${shell} $T`)).stdout, "main\n");
  });
}

Deno.test("eight first starts at once all run, and leave one folder", async () => {
  using place = workplace();
  const results = await Promise.all(Array.from({ length: 8 }, () => start(place)));
  for (const result of results) assert.deepEqual(result, fine);
  assert.deepEqual(names(unpacked(place.cache)), ["deno", "main.js", "mod.js"]);
});

Deno.test("without a home that can be written to, it unpacks below TMPDIR", async () => {
  for (const change of [{ HOME: "/proc" }, { HOME: "" }, { HOME: "/not/there" }, { XDG_CACHE_HOME: "/proc/self" }]) {
    using place = workplace();
    const result = await start(place, "$T", { ...place.env, ...change });
    assert.equal(result.code, 0);
    assert.equal(result.stdout, "main\n");
    unpacked(place.temporary);
    // Said once, at the first start.
    assert.deepEqual(await start(place, "$T", { ...place.env, ...change }), fine);
  }
});

Deno.test("XDG_CACHE_HOME says where, if it is a whole path", async () => {
  using place = workplace();
  await start(place, "$T", { ...place.env, XDG_CACHE_HOME: `${place.path}/a cache` });
  unpacked(`${place.path}/a cache/tinman`);
  await start(place, "$T", { ...place.env, XDG_CACHE_HOME: "relative" });
  unpacked(place.cache);
});

Deno.test("a file size limit is said, with exit code 7, and nothing is left", async () => {
  using place = workplace();
  const { code, stdout, stderr } = await start(place, "ulimit -f 1; $T");
  assert.equal(code, 7);
  assert.equal(stdout, "");
  assert.match(stderr, /tinman: Cannot unpack into .*\/user\/.cache\/tinman: .*\n {2}fix: free 110 MB/);
  assert.deepEqual([...names(place.cache), ...names(place.temporary)], []);
  assert.deepEqual(await start(place), fine);
});

Deno.test("a full disk is said, with exit code 7, and nothing is left", async (t) => {
  using place = workplace();
  const mount = `mount -t tmpfs -o size=8k,mode=755 none user`;
  const inside = (script: string) => `unshare -m sh -c '${mount} && ${script}'`;
  if ((await start(place, inside("true"))).code !== 0) {
    // A small disk is made by a mount in a namespace of its own, which containers often forbid. The test above, with a
    // limit on the size of files, runs everywhere.
    return void await t.step({ name: "no mounts here", ignore: true, fn() {} });
  }
  const { code, stderr, stdout } = await start(
    place,
    inside(`TMPDIR=$HOME $T; echo $?; find user -name ".new-*" -o -name deno`),
  );
  assert.equal(code, 0);
  assert.match(stderr, /Cannot unpack into .*: the disk is full\n {2}fix: free 110 MB/);
  assert.equal(stdout, "7\n");
  // With room elsewhere it goes on there.
  assert.equal((await start(place, inside("$T"))).stdout, "main\n");
});

Deno.test("what was changed in the cache is not run, but replaced", async () => {
  const damages: readonly ((folder: string) => void)[] = [
    (folder) => Deno.writeTextFileSync(`${folder}/main.js`, "evil\n"),
    (folder) => Deno.writeTextFileSync(`${folder}/mod.js`, "moe\n"),
    (folder) => Deno.removeSync(`${folder}/mod.js`),
    (folder) => Deno.truncateSync(`${folder}/deno`, 100),
    (folder) => Deno.chmodSync(folder, 0o777),
    (folder) => {
      Deno.renameSync(folder, `${folder}/../../elsewhere`);
      Deno.symlinkSync(`../elsewhere`, folder);
    },
  ];
  for (const damage of damages) {
    using place = workplace();
    await start(place);
    damage(unpacked(place.cache));
    const { code, stdout, stderr } = await start(place);
    assert.deepEqual([code, stdout], [0, "main\n"], `${damage}: ${stderr}`);
    assert.match(stderr, /is not what was unpacked there; it is replaced/);
    assert.deepEqual(await start(place), fine);
    unpacked(place.cache);
  }
});

Deno.test("a cache that others may write to is not used; where there is no other, exit code 4", async () => {
  const spoils: ((path: string) => void)[] = [
    (path) => Deno.chmodSync(path, 0o770),
    (path) => Deno.chmodSync(path, 0o707),
  ];
  if (isRoot) spoils.push((path) => Deno.chownSync(path, 12345, null));
  for (const spoil of spoils) {
    using place = workplace();
    Deno.mkdirSync(place.cache, { recursive: true });
    spoil(place.cache);
    const elsewhere = await start(place);
    assert.deepEqual([elsewhere.code, elsewhere.stdout], [0, "main\n"]);
    assert.match(elsewhere.stderr, /it is not this user's alone/);
    assert.deepEqual(names(place.cache), []);
    unpacked(place.temporary);
    spoil(place.temporary);
    const nowhere = await start(place);
    assert.equal(nowhere.code, 4);
    assert.equal(nowhere.stdout, "");
    assert.match(nowhere.stderr, /fix: remove it, or chmod go-w it, or set XDG_CACHE_HOME/);
  }
});

Deno.test("a portable file that is damaged says so with exit code 5, and unpacks nothing", async () => {
  const damages: ((file: Uint8Array) => Uint8Array)[] = [
    (file) => file.subarray(0, file.length - 100),
    (file) => file.with(file.length - 200, file.at(-200)! ^ 1),
  ];
  for (const damage of damages) {
    using place = workplace();
    Deno.writeFileSync(`${place.path}/tinman`, damage(Deno.readFileSync(`${place.path}/tinman`)));
    const { code, stdout, stderr } = await start(place);
    assert.equal(code, 5, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^tinman: Cannot unpack: this file is damaged\n {2}fix: copy it again/);
    assert.deepEqual([...names(place.cache), ...names(place.temporary)], []);
  }
});

Deno.test("on another system it says so before it unpacks", async () => {
  using place = workplace({ system: "Plan9 mips" });
  const { code, stderr } = await start(place);
  assert.equal(code, 1);
  assert.match(stderr, /^tinman: Cannot run here: this file is for Plan9 mips, and this is /);
  assert.deepEqual(names(`${place.path}/user`), []);
});

Deno.test("what a start that was killed has left is removed by the next that unpacks", async () => {
  using place = workplace();
  const ended = new Deno.Command("sh", { args: ["-c", "echo $$"] }).outputSync().stdout;
  Deno.mkdirSync(place.cache, { recursive: true, mode: 0o700 });
  Deno.chmodSync(place.cache, 0o700);
  Deno.mkdirSync(`${place.cache}/.new-${new TextDecoder().decode(ended).trim()}`);
  assert.deepEqual(await start(place), fine);
  unpacked(place.cache);
});
