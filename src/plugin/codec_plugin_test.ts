import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { CodecRegistry, decodeHeader, encodeHeader, headerOf } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createRecording, openRecording } from "../log/mod.ts";
import { testCodec } from "../testing/mod.ts";
import { openPluginCodecs, type PluginCodecs } from "./codec_plugin.ts";

const code = `
  const check = (value) => {
    if (!Number.isInteger(value) || value < 0 || value > 255) throw new RangeError("expected 0 to 255, got " + typeof value);
    return value;
  };
  const pair = {
    version: 2,
    encode: ({ a, b }, params) => Uint8Array.of(check(a), check(b), params?.mark ?? 0),
    decode(bytes, params) {
      if (bytes.length !== 3) throw new RangeError("three bytes, not " + bytes.length);
      if (bytes[2] !== (params?.mark ?? 0)) throw new Error("another mark");
      return { a: bytes[0], b: bytes[1] };
    },
  };
  const traps = {
    version: 1,
    encode: (value) => value,
    decode(bytes) {
      if (bytes[0] === 1) for (;;);
      if (bytes[0] === 2) return new Date(0);
      if (bytes[0] === 3) for (const all = [];;) all.push(new Array(1000).fill(0));
      if (bytes[0] === 4) return JSON.parse("[".repeat(100_000));
      return bytes[0];
    },
  };
  export default { codecs: { pair, traps } };
`;
const plugin = { id: "org.example.pairs", sha256: "ab".repeat(32), modules: [{ name: "mod.ts", code }] };
const open = (): Promise<PluginCodecs> => {
  let ms = 0;
  return openPluginCodecs(plugin, { now: () => ms += 10, memoryMB: 16, stallMs: 1000 });
};
const shared = await open();

testCodec({
  name: "a codec of a plugin",
  test: Deno.test,
  create: () => shared.codec("pair"),
  kind: shared.kinds[0]!,
  values: [{ a: 0, b: 255 }, { a: 7, b: 8 }],
  refused: [
    { value: { a: 1, b: "x" }, message: /org\.example\.pairs\/pair": Cannot encode: expected 0 to 255, got string/ },
    { value: { a: new Date(0) }, message: /Cannot encode: Cannot pass .*\.a: a Date/ },
  ],
});

Deno.test("a codec of a plugin is written down with the plugin and its hash, and its params", () => {
  const codec = shared.codec("pair", { mark: 5 });
  const header = decodeHeader(encodeHeader(headerOf(codec)));
  assert.deepEqual(header, {
    codec: "org.example.pairs/pair",
    version: 2,
    plugin: { id: plugin.id, sha256: plugin.sha256 },
    params: { mark: 5 },
  });
  const revived = new CodecRegistry(shared.kinds).revive(header);
  assert.deepEqual(revived.decode(codec.encode({ a: 1, b: 2 })), { a: 1, b: 2 });
  assert.throws(() => shared.codec("pair").decode(codec.encode({ a: 1, b: 2 })), /another mark/);
});

Deno.test("a codec of a plugin reads older versions, and writes its own alone", () => {
  const older = new CodecRegistry(shared.kinds).revive({ codec: "org.example.pairs/pair", version: 1 });
  assert.deepEqual(older.decode(Uint8Array.of(1, 2, 0)), { a: 1, b: 2 });
  assert.throws(() => older.encode({ a: 1, b: 2 }), /Cannot encode version 1: the plugin writes 2/);
});

Deno.test("a log of a plugin's codec is read through the plugin; without it, the error names it and the bytes are there", async () => {
  const files = createMemoryFiles();
  const recording = createRecording(files, "run", { clock: new VirtualClock(1_000_000_000n) });
  const channel = recording.channel("pairs", shared.codec("pair"));
  channel.write({ a: 1, b: 2 });
  channel.write({ a: 3, b: 4 });
  await recording.close();

  const read = openRecording(files, "run", { registry: new CodecRegistry(shared.kinds) });
  assert.deepEqual([...read.values("pairs")].map(({ value }) => value), [{ a: 1, b: 2 }, { a: 3, b: 4 }]);

  const without = openRecording(files, "run", { registry: new CodecRegistry() });
  assert.throws(() => [...without.values("pairs")], (error) => {
    assert.ok(isTinmanError(error, "CODEC_UNKNOWN"));
    assert.deepEqual(error.details, { codec: "org.example.pairs/pair", plugin: plugin.id, sha256: plugin.sha256 });
    return true;
  });
  const frames = [...without.frames({ channels: ["pairs"] })].map(({ data }) => data.slice());
  assert.deepEqual(frames, [Uint8Array.of(1, 2, 0), Uint8Array.of(3, 4, 0)]);
});

Deno.test("decodeAll() gives a value or an error for each, also when a batch cannot cross", async () => {
  await using codecs = await open();
  const codec = codecs.codec("traps");
  const items = Array.from({ length: 1000 }, (_, i) => Uint8Array.of(i % 5 === 2 ? 2 : 9));
  const results = await codec.decodeAll(items);
  assert.equal(results.length, 1000);
  for (const [i, result] of results.entries()) {
    if (i % 5 !== 2) assert.deepEqual(result, { value: 9 });
    else assert.match(`${result.error}`, /Codec "org\.example\.pairs\/traps": Cannot decode: Cannot pass .*: a Date/);
  }
  assert.deepEqual(await codec.decodeAll([]), []);
});

Deno.test("a value that takes too much memory, or too deep, is the error of that value", async () => {
  await using codecs = await open();
  const codec = codecs.codec("traps");
  for (const [first, reason] of [[3, /out of memory/], [4, /stack overflow/]] as const) {
    assert.throws(
      () => codec.decode(Uint8Array.of(first)),
      (error) => isTinmanError(error, "CODEC") && reason.test(error.message),
    );
    assert.equal(codec.decode(Uint8Array.of(9)), 9);
  }
});

Deno.test("a codec of a plugin that hangs is ended, and started again when the event loop has turned", async () => {
  await using codecs = await open();
  const codec = codecs.codec("traps");
  const reason = /Cannot decode: Plugin org\.example\.pairs did not come to rest within 1000 ms/;
  for (const first of [1, 9]) {
    assert.throws(
      () => codec.decode(Uint8Array.of(first)),
      (error) => isTinmanError(error, "CODEC") && reason.test(error.message),
    );
  }
  assert.throws(() => codec.encode(Uint8Array.of(1)), (error) => isTinmanError(error, "CODEC"));
  assert.deepEqual(await codec.decodeAll([Uint8Array.of(9), Uint8Array.of(8)]), [{ value: 9 }, { value: 8 }]);
  assert.equal(codec.decode(Uint8Array.of(9)), 9);
});

Deno.test("decodeAll() finds the frames at which a codec hangs; all others have their values", async () => {
  await using codecs = await open();
  const hangs = new Set([0, 70, 71, 299]);
  const items = Array.from({ length: 300 }, (_, i) => Uint8Array.of(hangs.has(i) ? 1 : 9));
  for (const [i, { value, error }] of (await codecs.codec("traps").decodeAll(items)).entries()) {
    if (hangs.has(i)) assert.match(`${error}`, /did not come to rest within 1000 ms/);
    else assert.equal(value, 9);
  }
});

Deno.test("a codec that hangs at every frame is given up, and each frame says so", async () => {
  await using codecs = await open();
  const results = await codecs.codec("traps").decodeAll(new Array(100).fill(Uint8Array.of(1)));
  assert.match(`${results[0]!.error}`, /did not come to rest within 1000 ms/);
  assert.match(`${results[99]!.error}`, /is not asked any more: it had to be ended too often/);
});

Deno.test("openPluginCodecs() says why a plugin cannot be loaded", async () => {
  const of = (code: string) => ({ ...plugin, modules: [{ name: "mod.ts", code }] });
  const options = { now: () => 0 };
  await assert.rejects(openPluginCodecs(of("throw new Error('no luck')"), options), /Cannot load .*: no luck/);
  await assert.rejects(
    openPluginCodecs(of("await new Promise(() => {}); export default {}"), options),
    /waits for ever/,
  );
  assert.throws(() => shared.codec("other"), /has no codec "other"/);
});
