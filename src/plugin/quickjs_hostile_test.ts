// Goal: whatever a plugin in QuickJS tries, tinman goes on, nothing of the machine is reached, and the report names the limit.
// Method: each attack runs as a module, as a node and as a codec where that makes a difference; time goes on with each look
// at the clock.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { node, runGraph } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { pluginText, Talk } from "./_guest_talk.ts";
import type { FromGuest } from "./protocol.ts";
import { pluginNode } from "./plugin_node.ts";
import { openQuickJs } from "./quickjs.ts";
import { PluginSession } from "./session.ts";

const ID = "org.example.hostile";

async function open(lookMs = 10): Promise<Talk> {
  let ms = 0;
  return new Talk(await openQuickJs({ plugin: ID, memoryMB: 16, stallMs: 500, now: () => ms += lookMs }));
}

/** Runs `code` in a node with `context` at hand; gives what it publishes to `out`, or how it ended. */
async function attempt(
  code: string,
  lookMs?: number,
): Promise<{ talk: Talk; values: unknown[]; failed: string | undefined }> {
  const talk = await open(lookMs);
  await talk.load(pluginText(`async (context) => { const { out, log, signal } = context; ${code} }`));
  talk.start(1, { outputs: ["out"] });
  const failed = talk.all("failed")[0]?.[2];
  return { talk, values: talk.values(1, "out"), failed: failed && `${failed.name}: ${failed.message}` };
}

const hangs: Readonly<Record<string, string>> = {
  "a loop": "for (;;);",
  "a loop that catches all": "for (;;) try { for (;;); } catch {}",
  "one call that looks for ever": "[].indexOf.call({ length: 2 ** 53 - 1 }, 1)",
  "one call on a list of four billion holes": "const list = []; list.length = 2 ** 32 - 1; list.includes(1)",
  "a catastrophic regular expression": '/^(a+)+$/.test("a".repeat(40) + "b")',
  "calls that fill memory": "const all = new Uint8Array(8e6); for (;;) all.fill(1)",
  "calls that copy memory": "const all = new Uint8Array(8e6); for (;;) all.copyWithin(0, 1)",
  "calls that search text": 'const text = "a".repeat(4e6); for (;;) text.indexOf("b")',
  "growing numbers": "let x = 3n; for (;;) x = x * x % 7n ** 9999n",
  "sorting": "const list = Array.from({ length: 3e4 }, (_, i) => (i * 7919) % 30011); for (;;) list.slice().sort()",
  "an endless iterator": "[...{ *[Symbol.iterator]() { for (;;); } }]",
  "a proxy": "Object.keys(new Proxy({}, { ownKeys() { for (;;); } }))",
  "microtasks": "const again = () => Promise.resolve().then(again); again(); await new Promise(() => {})",
  "a loop of awaits": "for (;;) await null",
};

for (const [what, code] of Object.entries(hangs)) {
  Deno.test(`quickjs ends a plugin that hangs in ${what}, and names the limit`, async () => {
    const { talk } = await attempt(code);
    assert.match(`${talk.gone[0]}`, /Plugin org\.example\.hostile did not come to rest within 500 ms/);
    assert.ok(isTinmanError(talk.gone[0], "TIMEOUT"));
    assert.deepEqual(talk.all("idle").length, 1, "only for loading");
    talk.post("ping");
    assert.equal(talk.gone.length, 1);
  });
}

Deno.test("quickjs ends a plugin that hangs while it is loaded, in a getter, or when it is told to stop", async () => {
  for (const text of ["for (;;);", "export default { get nodes() { for (;;); } }", "await null; for (;;);"]) {
    const talk = await open();
    talk.post("load", [{ name: "mod.ts", code: text }]);
    assert.ok(isTinmanError(talk.gone[0], "TIMEOUT"), text);
  }
  const { talk } = await attempt('signal.addEventListener("abort", () => { for (;;); }); await new Promise(() => {})');
  talk.post("stop", 1);
  assert.ok(isTinmanError(talk.gone[0], "TIMEOUT"));
});

Deno.test("quickjs passes on what a plugin logged before it hung", async () => {
  const { talk } = await attempt('log.warn("about to hang"); for (;;);');
  assert.deepEqual(talk.all("log"), [["log", 1, "warn", "about to hang"]]);
});

const bombs: Readonly<Record<string, string>> = {
  "text": 'for (const all = [];;) all.push("x".repeat(1e5) + all.length)',
  "lists": "for (const all = [];;) all.push(new Array(1000).fill(1))",
  "objects": "for (let all = {};;) all = { all }",
  "buffers": "for (const all = [];;) all.push(new ArrayBuffer(1e5))",
  "one large buffer": "new Uint8Array(1e9)",
  "functions": "for (let all = () => 1;;) all = all.bind(all)",
  "promises": "for (const all = [];;) all.push(Promise.reject(all))",
  "text, with errors caught":
    'const all = []; for (let i = 0; i < 3000; i++) try { all.push("x".repeat(1e4) + i); } catch {}',
};

for (const [what, code] of Object.entries(bombs)) {
  Deno.test(`quickjs ends a plugin that takes all memory with ${what}, and names the limit`, async () => {
    const { talk } = await attempt(code, 0);
    assert.match(`${talk.gone[0]}`, /Plugin org\.example\.hostile needs more memory than the 16 MB that it may have/);
    assert.ok(isTinmanError(talk.gone[0], "PLUGIN"));
  });
}

Deno.test("quickjs throws in a plugin that calls itself too deep, and the plugin goes on", async () => {
  const endless = [
    "const f = () => f() + 1; f()",
    "const f = () => [2, 1].sort(f); f()",
    "const o = { toString: () => `${o}` }; `${o}`",
    'JSON.parse("[".repeat(1e6))',
    'new RegExp("(?:a|".repeat(1e4) + ")".repeat(1e4))',
    "let p = {}; for (let i = 0; i < 1e4; i++) p = new Proxy(p, {}); p.x",
  ];
  for (const code of endless) {
    const { talk, failed } = await attempt(code);
    assert.match(failed!, /stack overflow/, code);
    assert.deepEqual(talk.gone, []);
    talk.post("ping");
    assert.deepEqual(talk.said.at(-1), ["idle", talk.posted]);
  }
});

Deno.test("quickjs ends a plugin that breaks the stack below QuickJS", async () => {
  const { talk } = await attempt('eval("(".repeat(1e5))');
  assert.match(`${talk.gone[0]}`, /Plugin org\.example\.hostile calls itself deeper than there is room for/);
});

Deno.test("quickjs ends a plugin that says more than its host should keep", async () => {
  const { talk } = await attempt('for (let i = 0; i < 3e4; i++) log.info("");', 0);
  assert.match(`${talk.gone[0]}`, /does not keep to the protocol: it says more than 10000 things at once/);
});

Deno.test("quickjs gives a plugin the language and nothing else", async () => {
  const { values } = await attempt("await out.out.publish(Object.getOwnPropertyNames(globalThis).sort().join(' '))");
  assert.equal(
    values[0],
    "AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError " +
      "FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array " +
      "InternalError Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set " +
      "SharedArrayBuffer String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array " +
      "Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval " +
      "globalThis isFinite isNaN parseFloat parseInt undefined unescape",
  );
});

Deno.test("quickjs has no way out through constructors, stacks, or what tinman gave", async () => {
  const { values } = await attempt(`
    const worlds = [
      globalThis,
      Function("return this")(),
      (0, eval)("this"),
      (() => {}).constructor("return this")(),
      log.info.constructor("return this")(),
      Object.getPrototypeOf(async () => {}).constructor("return globalThis")(),
      Object.getPrototypeOf(function* () {}).constructor("yield globalThis")().next().value,
      context.out.out.publish.constructor("return globalThis")(),
      new Error().constructor.constructor("return globalThis")(),
    ];
    const seen = [];
    for (const world of worlds) {
      const { Deno, process, fetch, require, WebAssembly, Worker, setTimeout, console } = await world;
      seen.push([Deno, process, fetch, require, WebAssembly, Worker, setTimeout, console].every((it) => it === undefined));
    }
    seen.push(Error.prepareStackTrace === undefined, new Error("x").stack.includes("file:"));
    await out.out.publish(seen);
  `);
  assert.deepEqual(values, [[...new Array(10).fill(true), false]]);
});

Deno.test("quickjs imports nothing but the plugin's modules", async () => {
  const names = [
    "node:fs",
    "npm:left-pad",
    "jsr:@std/fs",
    "file:///etc/passwd",
    "https://example.com/x.js",
    "data:text/javascript,export default 1",
    "blob:null/1",
    "../other/mod.ts",
    "std",
    "os",
    "",
  ];
  for (const name of names) {
    for (const attributes of ["", ', { with: { type: "json" } }', ', { with: { type: "text" } }']) {
      const { failed, talk } = await attempt(`await import(${JSON.stringify(name)}${attributes})`);
      assert.ok(failed !== undefined, name);
      assert.deepEqual(talk.gone, []);
    }
  }
  const { values } = await attempt(
    'await out.out.publish(typeof import.meta.resolve + " " + (await import("mod.ts")).default.nodes.main.name)',
  );
  assert.deepEqual(values, ["undefined main"]);
});

Deno.test("quickjs knows no time but that of the last message, no time zone, and the same chance every time", async () => {
  const code = `
    const look = () => [Date.now(), new Date().getTime(), new Date(0).getTimezoneOffset(), Math.random(), Math.random()];
    await out.out.publish(look());
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await out.out.publish(Date.now());
  `;
  const first = await attempt(code);
  const second = await attempt(code);
  assert.deepEqual((first.values[0] as number[]).slice(0, 3), [1000, 1000, 0]);
  assert.deepEqual(second.values, first.values);
  second.talk.post("values", 1, "none", [], 1_700_000_000_123_456_789n);
  second.talk.post("stop", 1);
  assert.equal(second.talk.values(1, "out").at(-1), 1_700_000_000_123);
});

Deno.test("quickjs lets no value pollute what tinman has", async () => {
  const own = await attempt(
    `await out.out.publish(JSON.parse('{"__proto__":{"polluted":1}}')); await new Promise(() => {})`,
  );
  assert.match(own.failed!, /TypeError: Cannot pass values\[0\]\.__proto__: a field of this name/);
  const { values } = await attempt(
    `await out.out.publish({ constructor: { prototype: { polluted: 1 } }, toString: 1 })`,
  );
  assert.deepEqual(values, [{ constructor: { prototype: { polluted: 1 } }, toString: 1 }]);
  const polluting = await attempt(`
    Object.prototype.polluted = 1; Array.prototype.polluted = 1; Function.prototype.call = null;
    await out.out.publish({ a: [1] });
  `);
  assert.deepEqual(polluting.values, [{ a: [1] }]);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

const forgeries: Readonly<Record<string, string>> = {
  "JSON.stringify": 'JSON.stringify = () => "[[1]]"',
  "JSON.parse": 'JSON.parse = () => ["load", []]',
  "toJSON": 'Object.prototype.toJSON = String.prototype.toJSON = () => ["done", 7]',
  "Array.prototype.slice": 'Array.prototype.slice = () => ["done", 7]',
  "String.prototype.slice": 'String.prototype.slice = () => "x"',
  "String.prototype": 'Object.defineProperty(String.prototype, "0", { get: () => "~" })',
  "Object.keys": "Object.keys = () => ['length']",
  "Symbol.iterator": "Array.prototype[Symbol.iterator] = function* () { yield 7; }",
  "Promise.prototype.then":
    "const { then } = Promise.prototype; Promise.prototype.then = function (f) { return then.call(this, () => f?.(7)); }",
  "Map.prototype.get": "Map.prototype.get = () => globalThis",
  "Uint8Array.prototype.slice": "Uint8Array.prototype.slice = () => new Uint8Array(1e6)",
  "Uint8Array.prototype.set": 'Uint8Array.prototype.set = () => { throw new Error("no") }',
  "setters of a list": 'Object.defineProperty(Array.prototype, "0", { set() {}, get: () => 7, configurable: true })',
  "Array.prototype.push":
    "const { push } = Array.prototype; Array.prototype.push = function (v) { return push.call(this, v, v, 7); }",
};

for (const [what, code] of Object.entries(forgeries)) {
  Deno.test(`quickjs with another ${what}: what comes out is a message or the end of the plugin, never more`, async () => {
    const { talk } = await attempt(
      `${code}; await out.out.publish([1n, new Uint8Array([1, 2]), { a: "~" }]); log.info("still here");`,
    );
    talk.post("values", 1, "none", [Uint8Array.of(1), "~"], 1n);
    talk.post("ping");
    const allowed: readonly FromGuest[0][] = ["ready", "idle", "values", "log", "done", "failed", "took"];
    for (const message of talk.said) assert.ok(allowed.includes(message[0]), message[0]);
    for (const error of talk.gone) assert.ok(isTinmanError(error, "PLUGIN"), error.message);
  });
}

const input = channel<number>("input");
const output = channel<unknown>("output");

/** A graph that counts to a thousand, and the same numbers through a node of the plugin. */
async function runBeside(code: string): Promise<{ heard: number; error: unknown }> {
  const env = createTestEnvironment();
  let ms = 0;
  const plugins = async () => {
    const guest = await openQuickJs({ plugin: ID, memoryMB: 16, stallMs: 500, now: () => ms += 10 });
    const session = await PluginSession.open([{ name: "mod.ts", code }], { plugin: ID, guest, clock: env.clock });
    return { session, config: {}, seesTime: true };
  };
  let heard = 0;
  const graph = [
    node({ out: { input } }, async ({ input }) => {
      for (let i = 0; i < 1000; i++) await input.publish(i);
    }),
    pluginNode(ID, "main", { in: { input }, out: { output } }),
    node({ in: { output } }, { output: () => void heard++ }),
  ];
  const error = await env.drive(runGraph(graph, { ...env, services: { plugins } })).then(() => undefined, (e) => e);
  return { heard, error };
}

Deno.test("quickjs in a graph: an honest node carries every message", async () => {
  const text = pluginText("{ input: (value, { out }) => out.output.publish(value) }");
  assert.deepEqual(await runBeside(text), { heard: 1000, error: undefined });
});

Deno.test("quickjs in a graph: a node that sends more than there is room for is ended, and named", async () => {
  const { error } = await runBeside(pluginText(`async ({ out, in: { input } }) => {
    const { push } = Array.prototype;
    for await (const value of input) {
      Array.prototype.push = function (v) { for (let i = 0; i < 1000; i++) push.call(this, v); return 1; };
      await out.output.publish(value);
      Array.prototype.push = push;
    }
  }`));
  assert.match(`${error}`, /org\.example\.hostile does not keep to the protocol: it sent more/);
});

Deno.test("quickjs in a graph: a node that hangs fails the run with the plugin's name and the limit", async () => {
  const { error } = await runBeside(pluginText("{ input(value) { if (value === 500) for (;;); } }"));
  assert.match(`${error}`, /Plugin org\.example\.hostile did not come to rest within 500 ms/);
});
