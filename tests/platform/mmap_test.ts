import assert from "node:assert/strict";
import { createDenoFiles } from "../../src/platform/mod.ts";
import { denoRun, source } from "./deno_run.ts";

const ignore = Deno.build.os === "windows";

Deno.test("map() gives a file of gigabytes at once, and a view at the end of it", { ignore }, () => {
  const path = Deno.makeTempFileSync();
  try {
    const size = 6 * 2 ** 30;
    Deno.truncateSync(path, size);
    const bytes = createDenoFiles().map(path)!;
    assert.equal(bytes.length, size);
    const last = new Float64Array(bytes.buffer, size - 8, 1);
    last[0] = 1.5;
    assert.equal(bytes[size - 1], 0x3f);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("map() starts at a page, so that a Float64Array can lie on it", { ignore }, () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, new Uint8Array(Float64Array.of(1, 2, 3).buffer));
    const bytes = createDenoFiles().map(path)!;
    assert.equal(bytes.byteOffset, 0);
    assert.deepEqual([...new Float64Array(bytes.buffer)], [1, 2, 3]);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test(
  "map() keeps what somebody refers to, and gives the rest back",
  { ignore: Deno.build.os !== "linux" },
  async () => {
    const { code, stdout, stderr } = await denoRun(["-A", "--v8-flags=--expose-gc"], UNUSED);
    assert.equal(code, 0, stderr);
    const { mapped, kept, views, end } = JSON.parse(stdout);
    assert.equal(mapped, 100);
    // V8 may take the very last one for used.
    assert.ok(kept >= 4 && kept <= 6, `${kept} kept`);
    assert.deepEqual(views, [0, 25, 50, 75]);
    assert.ok(end <= 2, `${end} in the end`);
  },
);

const UNUSED = `
  import { createMapper } from "${source}/platform/mmap.ts";
  const path = Deno.cwd() + "/mapped.bin";
  Deno.writeFileSync(path, new Uint8Array(100_000));
  const map = createMapper({ keepMs: 0 });
  const count = () => Deno.readTextFileSync("/proc/self/maps").split("mapped.bin").length - 1;
  const collect = async () => {
    for (let i = 0; i < 5; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return count();
  };
  const views = [];
  for (let i = 0; i < 100; i++) {
    const bytes = map(path);
    bytes[50_000] = i;
    if (i % 25 === 0) views.push(bytes.subarray(49_999, 50_001));
  }
  const mapped = count();
  const kept = await collect();
  const values = views.map((view) => view[1]);
  views.length = 0;
  console.log(JSON.stringify({ mapped, kept, views: values, end: await collect() }));
`;

Deno.test("map() keeps bytes for whoever still writes them out", { ignore: Deno.build.os !== "linux" }, async () => {
  const { code, stdout, stderr } = await denoRun(["-A", "--v8-flags=--expose-gc"], WRITTEN_OUT);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim(), `${20 * 4_000_000}`);
});

// With the default options: at keepMs 0 this ends in EFAULT, or worse.
const WRITTEN_OUT = `
  import { createMapper } from "${source}/platform/mmap.ts";
  Deno.writeFileSync("in.bin", new Uint8Array(4_000_000));
  const map = createMapper();
  const out = await Deno.open("out.bin", { create: true, write: true });
  const writes = [];
  for (let i = 0; i < 20; i++) {
    writes.push(out.write(map("in.bin")));
    gc();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  let written = 0;
  for (const write of writes) written += await write;
  out.close();
  console.log(written);
`;

Deno.test("map() is not there without --allow-ffi, and does not ask for it", async () => {
  const { code, stdout, stderr } = await denoRun(["--allow-read", "--allow-write"], MAPPED);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim(), "undefined");
});

Deno.test("map() does not go round --allow-read", { ignore }, async () => {
  const { code, stdout, stderr } = await denoRun(["--allow-ffi", "--allow-write"], MAPPED);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim(), "undefined");
});

const MAPPED = `
  import { createDenoFiles } from "${source}/platform/mod.ts";
  Deno.writeTextFileSync("a.txt", "abc");
  console.log(createDenoFiles().map("a.txt"));
`;
