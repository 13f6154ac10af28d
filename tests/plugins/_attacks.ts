import type { Grants } from "../../src/plugin/resolve.ts";

/** What an attacked machine has that a plugin should not get. */
export interface Scene {
  /** A folder with `secret.txt`, `secret.json`, and `granted`, in which `link.txt` leads to the secret. */
  readonly folder: string;
  /** Where a server waits that counts who comes. */
  readonly port: number;
}

/** Something a hostile plugin tries. What it gives back is what it got; refused means that it threw. */
export interface Attack {
  /** What it tries, for the table. */
  readonly name: string;
  /** The body of an async function with `context`, text of JavaScript. */
  readonly body?: (scene: Scene) => string;
  /** What stands before the plugin in its main module. */
  readonly imports?: (scene: Scene) => string;
  /** What it was granted, for something else. */
  readonly grants?: (scene: Scene) => Grants;
  /** Whether it only means something where a plugin can be granted what Deno has. */
  readonly processOnly?: boolean;
  /** Whether it may go through, because then it has nothing: what it gives back says so. */
  readonly harmless?: (got: string) => boolean;
}

const got = (body: string) => ({ body: () => body });
const importing = (imports: (scene: Scene) => string, body = "return typeof found") => ({
  imports,
  body: () => body,
});
const secret = ({ folder }: Scene) => JSON.stringify(`${folder}/secret.txt`);
const secretUrl = ({ folder }: Scene, ending = "txt") => `file://${folder}/secret.${ending}`;
const readGranted = ({ folder }: Scene): Grants => ({ read: { allow: [`${folder}/granted`] } });
const netGranted = ({ port }: Scene): Grants => ({ net: { allow: [`127.0.0.1:${port + 1}`] } });

const reached = "[typeof Deno, typeof process, typeof fetch, typeof require]";
const isNothing = (value: string) => value === "undefined,undefined,undefined,undefined";
const is1970 = (value: string) => value === "1970-01-01T00:00:01.000Z";

/** In the order of the table. */
export const attacks: Readonly<Record<string, readonly Attack[]>> = {
  "Read files": [
    { name: "Deno.readTextFile", body: (scene) => `return await Deno.readTextFile(${secret(scene)})` },
    { name: "node:fs, static import", ...importing(() => 'import found from "node:fs";') },
    { name: "node:fs, import()", body: () => 'return typeof (await import("node:fs")).readFileSync' },
    { name: "node:fs, import() made of text", ...got("return typeof await (0, eval)(\"import('node:fs')\")") },
    { name: "node:module", ...importing(() => 'import found from "node:module";') },
    {
      name: 'import with type "text"',
      ...importing((s) => `import found from "${secretUrl(s)}" with { type: "text" };`),
    },
    {
      name: 'import with type "json"',
      ...importing((s) => `import found from "${secretUrl(s, "json")}" with { type: "json" };`),
    },
    {
      name: 'import with type "bytes"',
      ...importing((s) => `import found from "${secretUrl(s)}" with { type: "bytes" };`),
    },
    { name: "import of a file", ...importing((s) => `import found from "${secretUrl(s, "json")}";`) },
    {
      name: "import() with attributes",
      body: (s) => `return (await import("${secretUrl(s, "json")}", { with: { type: "json" } })).default.secret`,
    },
    { name: "import.meta.resolve", body: () => 'return import.meta.resolve("npm:left-pad")' },
    {
      name: "import of data:",
      ...importing(() => 'import found from "data:text/javascript,export default Deno";'),
      harmless: (value) => value === "undefined",
    },
    { name: "an installed package", ...importing(() => 'import * as found from "npm:es-module-lexer@3.0.5";') },
    { name: "a package by its bare name", ...importing(() => 'import found from "es-module-lexer/js";') },
    { name: 'fetch("file:")', body: (s) => `return await (await fetch("${secretUrl(s)}")).text()` },
    {
      name: "outside of a granted folder",
      body: (s) => `return await Deno.readTextFile(${secret(s)})`,
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "a link inside a granted folder",
      body: (s) => `return await Deno.readTextFile("${s.folder}/granted/link.txt")`,
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "a path with .. out of a granted folder",
      body: (s) => `return await Deno.readTextFile("${s.folder}/granted/../secret.txt")`,
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "/proc/self/environ",
      body: () => 'return await Deno.readTextFile("/proc/self/environ")',
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "/proc/self/mem",
      body: () => 'return (await Deno.open("/proc/self/mem", { read: true, write: true })).constructor.name',
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "node:fs with a folder granted",
      ...importing(() => 'import found from "node:fs";'),
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "a file with the network granted",
      body: (s) => `return await (await fetch("${secretUrl(s)}")).text()`,
      grants: netGranted,
      processOnly: true,
    },
  ],
  "Write and change": [
    {
      name: "Deno.writeTextFile",
      body: ({ folder }) => `await Deno.writeTextFile("${folder}/new.txt", "x"); return "wrote"`,
    },
    {
      name: "into a folder granted to read",
      body: ({ folder }) => `await Deno.writeTextFile("${folder}/granted/new.txt", "x"); return "wrote"`,
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "a link to elsewhere in a folder granted to write",
      body: ({ folder }) => `await Deno.symlink("${folder}/secret.txt", "${folder}/granted/new.txt"); return "linked"`,
      grants: ({ folder }) => ({ read: { allow: [`${folder}/granted`] }, write: { allow: [`${folder}/granted`] } }),
      processOnly: true,
    },
    {
      name: "a rename out of a folder granted to write",
      body: ({ folder }) => `await Deno.rename("${folder}/secret.txt", "${folder}/granted/got.txt"); return "moved"`,
      grants: ({ folder }) => ({ read: { allow: [`${folder}/granted`] }, write: { allow: [`${folder}/granted`] } }),
      processOnly: true,
    },
    { name: "caches", ...got('return String(await (await caches.open("x")).keys())') },
    { name: "localStorage", ...got('localStorage.setItem("a", "b"); return "stored"') },
    {
      name: "node:sqlite",
      imports: () => 'import * as found from "node:sqlite";',
      body: ({ folder }) => `new found.DatabaseSync("${folder}/new.db"); return "made"`,
    },
    { name: "Deno.openKv", ...got('return typeof await Deno.openKv(":memory:")') },
  ],
  "Reach out": [
    { name: "fetch", body: ({ port }) => `return await (await fetch("http://127.0.0.1:${port}/")).text()` },
    {
      name: "Deno.connect",
      body: ({ port }) => `return typeof await Deno.connect({ hostname: "127.0.0.1", port: ${port} })`,
    },
    { name: "WebSocket", body: ({ port }) => `return typeof new WebSocket("ws://127.0.0.1:${port}/")` },
    { name: "EventSource", body: ({ port }) => `return typeof new EventSource("http://127.0.0.1:${port}/")` },
    { name: "import of http:", ...importing(({ port }) => `import found from "http://127.0.0.1:${port}/x.js";`) },
    {
      name: "another port than the one granted",
      body: ({ port }) => `return await (await fetch("http://127.0.0.1:${port}/")).text()`,
      grants: netGranted,
      processOnly: true,
    },
    {
      name: "a name server with an address granted",
      body: () => 'return String(await Deno.resolveDns("example.org", "A"))',
      grants: netGranted,
      processOnly: true,
    },
    { name: "Deno.listen", ...got("return typeof Deno.listen({ port: 0 })"), grants: netGranted, processOnly: true },
    { name: "node:net", ...importing(() => 'import found from "node:net";') },
    { name: "Deno.Command", ...got('return String((await new Deno.Command("id").output()).code)') },
    {
      name: "node:child_process",
      ...importing(() => 'import found from "node:child_process";', 'return String(found.execSync("id"))'),
    },
    { name: "Deno.env", ...got("return JSON.stringify(Deno.env.toObject())") },
    { name: "process.env", ...got("return JSON.stringify(process.env)") },
    {
      name: "another variable than the one granted",
      ...got('return String(Deno.env.get("ATTACK_SECRET"))'),
      grants: () => ({ env: { allow: ["LANG"] } }),
      processOnly: true,
    },
    { name: "Deno.dlopen", ...got('return typeof Deno.dlopen("libc.so.6", {})') },
    { name: "Deno.hostname", ...got("return Deno.hostname()") },
    { name: "navigator", ...got("return navigator.userAgent + navigator.hardwareConcurrency") },
    { name: "GPU", ...got("return typeof await navigator.gpu.requestAdapter()") },
  ],
  "Break out": [
    { name: "a nested worker", ...got('return typeof new Worker("data:text/javascript,", { type: "module" })') },
    {
      name: "a nested worker that asks for more",
      ...got('return typeof new Worker("data:,", { type: "module", deno: { permissions: { read: true } } })'),
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "node:worker_threads",
      ...importing(
        () => 'import found from "node:worker_threads";',
        'new found.Worker("Deno.stdout.writeSync(new Uint8Array(9))", { eval: true }); return "started"',
      ),
    },
    { name: "node:vm", ...importing(() => 'import found from "node:vm";') },
    {
      name: "node:v8, a snapshot of its memory",
      imports: () => 'import found from "node:v8";',
      body: ({ folder }) => `return found.writeHeapSnapshot("${folder}/new.heapsnapshot")`,
    },
    {
      name: "node:v8, flags of its own engine",
      ...importing(
        () => 'import found from "node:v8";',
        'found.setFlagsFromString("--allow-natives-syntax"); return "set"',
      ),
      harmless: (value) => value === "set",
    },
    {
      name: "node:inspector",
      ...importing(() => 'import found from "node:inspector";', 'found.open(0); return "open"'),
    },
    {
      name: "Deno.permissions.request",
      ...got('return (await Deno.permissions.request({ name: "read" })).state'),
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "Deno.permissions.revoke",
      ...got('return (await Deno.permissions.revoke({ name: "read" })).state'),
      grants: readGranted,
      processOnly: true,
    },
    { name: "Deno.exit", ...got("Deno.exit(0); return 'returned'"), grants: readGranted, processOnly: true },
    { name: "process.exit", ...got("process.exit(0); return 'returned'") },
    { name: "self.close", ...got("close(); return 'closed'") },
    { name: "Deno.kill", ...got("Deno.kill(Deno.ppid); return 'killed'"), grants: readGranted, processOnly: true },
    { name: "process.kill", ...got("process.kill(process.ppid, 0); return 'there'") },
    {
      name: "a signal handler",
      ...got('Deno.addSignalListener("SIGINT", () => {}); return "listening"'),
      grants: readGranted,
      processOnly: true,
    },
    {
      name: "Deno.stdout",
      ...got("Deno.stdout.writeSync(new Uint8Array(10)); return 'wrote'"),
      grants: readGranted,
      processOnly: true,
    },
    { name: "process.stdout", ...got("process.stdout.write('x'); return 'wrote'") },
    {
      name: "Deno[Deno.internal]",
      ...got("return typeof Deno[Deno.internal].core"),
      grants: readGranted,
      processOnly: true,
      harmless: (value) => value === "undefined",
    },
    {
      name: "Deno of one's own, for what Node has",
      ...got("globalThis.Deno = { build: {} }; return 'set'"),
      processOnly: true,
    },
    { name: "process of one's own", ...got("globalThis.process = { env: {} }; return 'set'"), processOnly: true },
    { name: "BroadcastChannel", ...got('return typeof new BroadcastChannel("x")') },
    { name: "MessageChannel", ...got("return typeof new MessageChannel()") },
    { name: "messages past the guest", ...got('postMessage(["done", 1]); return "sent"') },
    { name: "messages to the guest", ...got('dispatchEvent(new MessageEvent("message", {})); return "sent"') },
    // Where text may become code, it finds nothing more than other code does.
    { name: "eval", ...got(`return String((0, eval)("${reached}"))`), harmless: isNothing },
    { name: "new Function", ...got(`return String(new Function("return ${reached}")())`), harmless: isNothing },
    {
      name: "the constructor of functions",
      ...got(`return String((() => {}).constructor("return ${reached}")())`),
      harmless: isNothing,
    },
    {
      name: "the constructor of async functions",
      ...got(`return String(await (async () => {}).constructor("return ${reached}")())`),
      harmless: isNothing,
    },
    {
      name: "who called it, from the stack",
      ...got(`Error.prepareStackTrace = (_, sites) => sites.map((s) => typeof s.getThis() + typeof s.getFunction());
        return [new Error("x").stack].flat().join()`),
      harmless: (value) => !/object|function/.test(value),
    },
  ],
  "Time and chance": [
    // What is there instead is the time of the last message, which is in 1970 here.
    { name: "Date.now", ...got("return String(Date.now())"), harmless: (value) => value === "1000" },
    { name: "new Date", ...got("return new Date().toISOString()"), harmless: is1970 },
    { name: "Date()", ...got("return Date()"), harmless: (value) => value.includes("1970") },
    {
      name: "the constructor of dates",
      ...got("return new (new Date(0).constructor)().toISOString()"),
      harmless: is1970,
    },
    { name: "performance.now", ...got("return String(performance.now())") },
    { name: "Temporal.Now", ...got("return String(Temporal.Now.instant())") },
    { name: "Intl.DateTimeFormat", ...got("return new Intl.DateTimeFormat().format()") },
    { name: "setTimeout", ...got("return typeof setTimeout(() => {}, 1)") },
    { name: "Atomics.wait", ...got("return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)") },
    { name: "the time of an event", ...got('return String(new Event("x").timeStamp)') },
    { name: "crypto", ...got("return crypto.randomUUID()") },
  ],
  "Harm tinman by what it sends": [
    {
      name: "__proto__ in a value",
      ...got('await context.out.loot.publish(JSON.parse(\'{"__proto__": {"polluted": 1}}\')); return "sent"'),
    },
    {
      name: "constructor.prototype in a value",
      ...got('await context.out.loot.publish({ constructor: { prototype: { polluted: 1 } } }); return "plain data"'),
      harmless: (value) => value === "plain data",
    },
    {
      name: "prototypes changed under the guest",
      ...got(
        `Object.prototype.polluted = 1; Array.prototype.push = () => 0; Array.prototype.flatMap = () => [["done", 1]];
        return "only its own"`,
      ),
      harmless: () => true,
    },
    { name: "a value of a class", ...got("await context.out.loot.publish(new Map()); return 'sent'") },
    {
      name: "a value in a circle",
      ...got("const a = []; a.push(a); await context.out.loot.publish(a); return 'sent'"),
    },
    {
      name: "a value that never ends",
      ...got(`let a = []; for (let i = 0; i < 1e5; i++) a = [a];
        await context.out.loot.publish(a); return "sent"`),
    },
    {
      name: "a message of 70 MB",
      ...got("await context.out.loot.publish(new Uint8Array(70e6)); return 'sent'"),
    },
    {
      name: "console, to spoil the output",
      ...got('console.log("\\x1b[2J", { toJSON() { throw 1 } }); return "a message in the log"'),
      harmless: () => true,
    },
    {
      name: "an error with a message of 50 MB",
      ...got('throw new Error("x".repeat(5e7))'),
    },
  ],
  "Take all there is": [
    { name: "a loop that never ends", ...got("for (;;);") },
    { name: "a loop that never ends while loading", imports: () => "for (;;);" },
    { name: "promises without end", ...got("for (;;) await null;") },
    { name: "a regular expression that takes for ever", ...got('return String(/^(a+)+$/.test("a".repeat(60) + "!"))') },
    { name: "recursion without end", ...got("const f = () => f() + 1; return String(f())") },
    { name: "objects without end", ...got("const all = []; for (;;) all.push({ a: new Array(1000).fill(1.5) });") },
    { name: "buffers without end", ...got("const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1));") },
    { name: "one text of all memory", ...got('let a = "x"; for (;;) a += a + a;') },
    {
      name: "WebAssembly.Memory without end",
      ...got(`const all = [];
        for (;;) { const m = new WebAssembly.Memory({ initial: 1000 }); new Uint8Array(m.buffer).fill(1); all.push(m); }`),
    },
    { name: "values that nobody waits for", ...got("for (;;) context.out.loot.publish(1);") },
    { name: "log messages without end", ...got('for (;;) context.log.info("x".repeat(9000));') },
    { name: "calls without end", ...got("for (let i = 0; ; i++) context.clock.sleep(1e9);") },
    {
      name: "a rejection that nobody handles",
      ...got("Promise.reject(new Error('lost')); await new Promise(() => {});"),
    },
  ],
};

/** The name of an attack in a cell of a table. */
export function cellOf({ name }: Attack): string {
  return name.replaceAll(/[|_]/g, (sign) => `\\${sign}`);
}
