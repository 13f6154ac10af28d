// Goal: a plugin's process ends when it should, is told once, and leaves nothing behind. Method: real processes, looked at
// through /proc, so Linux only; the sanitizers of Deno look after pipes.
import assert from "node:assert/strict";
import { pluginText, Talk } from "../../src/plugin/_guest_talk.ts";
import { isTinmanError } from "../../src/errors/mod.ts";
import { openGuest } from "./_process.ts";
import { openScene } from "./_scene.ts";

const ignore = Deno.build.os !== "linux";
const hanging = pluginText("async () => { for (;;); }");

/** What a plugin gives that may do this. */
async function resultOf(body: string, effective: Parameters<typeof openGuest>[0] = {}): Promise<unknown> {
  await using talk = new Talk(await openGuest(effective));
  await talk.load(pluginText(`async ({ out: { result } }) => {
    const run = async () => { ${body} };
    await result.publish(await run().catch((error) => String(error)));
  }`));
  talk.start(1, { outputs: ["result"] });
  await talk.until((message) => message[0] === "done" || message[0] === "failed");
  return talk.values(1, "result")[0];
}

Deno.test("a process that is killed from outside is told once", { ignore }, async () => {
  await using talk = new Talk(await openGuest());
  Deno.kill(onlyChild(), "SIGKILL");
  const error = await talk.end();
  assert.ok(isTinmanError(error, "PLUGIN"));
  assert.match(error.message, /org\.example\.test has ended its process by SIGKILL/);
  assert.deepEqual(children(), []);
});

Deno.test("a plugin that throws where nobody catches it ends its process, with the reason", async () => {
  await using talk = new Talk(await openGuest());
  await talk.load(pluginText("async () => { Promise.reject(new RangeError('lost')); await new Promise(() => {}); }"));
  talk.start(1, {});
  const error = await talk.end();
  assert.match(error.message, /with code 1: Uncaught .*RangeError: lost/);
  assert.equal(talk.gone.length, 1);
});

Deno.test("a plugin that hangs is closed at once", { ignore }, async () => {
  const talk = new Talk(await openGuest());
  await talk.load(hanging);
  talk.start(1, {});
  const pid = onlyChild();
  const startMs = performance.now();
  await talk.guest.close();
  assert.ok(performance.now() - startMs < 1000);
  assert.equal(isAlive(pid), false);
  assert.deepEqual(talk.gone, []);
});

Deno.test("a plugin that hangs ends with whoever started it, also when that one is killed", { ignore }, async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("_orphan.ts", import.meta.url).pathname],
    stdout: "piped",
  }).spawn();
  const reader = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const pid = Number((await reader.read()).value);
  assert.equal(isAlive(pid), true);
  parent.kill("SIGKILL");
  await parent.status;
  await reader.cancel();
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
});

Deno.test("Ctrl-C at the terminal is not heard by a plugin's process", { ignore }, async () => {
  await using _guest = await openGuest();
  const pid = onlyChild();
  const [, , , , group] = Deno.readTextFileSync(`/proc/${pid}/stat`).split(" ");
  assert.equal(Number(group), pid);
});

Deno.test("what a plugin has started goes with it", { ignore }, async () => {
  const talk = new Talk(await openGuest({ effective: { run: { allow: ["sleep"], deny: [] } } }));
  await talk.load(
    pluginText('async ({ log }) => log.info(String(new Deno.Command("sleep", { args: ["100"] }).spawn().pid))'),
  );
  talk.start(1, {});
  const [, , , pid] = await talk.until<["log", number, "info", string]>((message) => message[0] === "log");
  assert.equal(isAlive(Number(pid)), true);
  await talk.guest.close();
  while (isAlive(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("a plugin can do what it is granted", async () => {
  await using scene = openScene();
  const { folder, port } = scene;
  const allow = (...values: string[]) => ({ allow: values, deny: [] });
  const read = { effective: { read: allow(folder) } };
  assert.equal(await resultOf(`return await Deno.readTextFile("${folder}/secret.txt")`, read), "SECRET");
  const write = { effective: { write: allow(`${folder}/granted`) } };
  assert.equal(
    await resultOf(`await Deno.writeTextFile("${folder}/granted/new", "x"); return "wrote"`, write),
    "wrote",
  );
  const net = { effective: { net: allow(`127.0.0.1:${port}`) } };
  assert.equal(await resultOf(`return await (await fetch("http://127.0.0.1:${port}")).text()`, net), "SECRET");
  const env = { effective: { env: allow("ATTACK_SECRET") } };
  assert.equal(
    await resultOf('return Deno.env.get("ATTACK_SECRET") + Deno.env.get("HOME")', env).catch(String),
    'NotCapable: Requires env access to "HOME", run again with the --allow-env flag',
  );
  assert.equal(await resultOf('return Deno.env.get("ATTACK_SECRET")', env), "SECRET");
  const run = { effective: { run: allow("echo") } };
  const echo = 'return new TextDecoder().decode((await new Deno.Command("echo", { args: ["hi"] }).output()).stdout)';
  assert.equal(await resultOf(echo, run), "hi\n");
  const clock = { effective: { clock: { allow: true, deny: [] } } } as const;
  assert.equal(
    await resultOf("return Date.now() > 1e12 && performance.now() > 0 && typeof setTimeout", clock),
    "function",
  );
  const random = { effective: { random: { allow: true, deny: [] } } } as const;
  assert.match(String(await resultOf("return crypto.randomUUID()", random)), /^[0-9a-f-]{36}$/);
});

Deno.test("a denial inside of a grant holds", async () => {
  await using scene = openScene();
  const { folder } = scene;
  const effective = { read: { allow: [folder], deny: [`${folder}/secret.txt`] } };
  assert.match(
    String(await resultOf(`return await Deno.readTextFile("${folder}/secret.txt")`, { effective })),
    /NotCapable/,
  );
  assert.match(
    String(await resultOf(`return await Deno.readTextFile("${folder}/secret.json")`, { effective })),
    /SECRET/,
  );
});

Deno.test("without the capability, chance is the same in every process, and time that of the last message", async () => {
  const draw = () =>
    resultOf("return [Math.random(), Math.random(), Date.now(), new Date(5).getTime(), typeof new Date()]");
  const first = await draw();
  assert.deepEqual(first, await draw());
  assert.deepEqual((first as unknown[]).slice(2), [1000, 5, "object"]);
});

Deno.test("what a plugin writes to the console is in the log, and nothing of it in the messages", async () => {
  await using talk = new Talk(await openGuest());
  await talk.load(
    pluginText('async () => { console.log("a", { b: 1n }, [2]); console.error(new Error("c").message); }'),
  );
  talk.start(7, {});
  await talk.until((message) => message[0] === "done");
  assert.deepEqual(talk.all("log"), [["log", 7, "info", 'a {"b":"1n"} [2]'], ["log", 7, "error", "c"]]);
});

Deno.test("a guest comes to rest also while messages keep coming", async () => {
  await using talk = new Talk(await openGuest());
  await talk.load(pluginText("async ({ in: { a } }) => { for await (const _ of a); }"));
  talk.start(1, { inputs: ["a"], room: 1e6 });
  await talk.idle();
  const before = talk.all("idle").length;
  const endMs = performance.now() + 300;
  while (performance.now() < endMs) {
    for (let i = 0; i < 100; i++) talk.post("values", 1, "a", [i], 1n);
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.ok(talk.all("idle").length > before);
  await talk.idle();
});

Deno.test("an error of a plugin names its file and line", async () => {
  await using talk = new Talk(await openGuest());
  const other = { name: "src/parse.ts", code: "export function parse() {\n  throw new Error('no');\n}" };
  await talk.load(`import { parse } from "src/parse.ts";\n${pluginText("async () => parse()")}`, [other]);
  talk.start(1, {});
  const [, , { stack }] = await talk.until<["failed", number, Error]>((message) => message[0] === "failed");
  assert.match(stack!, /src\/parse\.ts:2:9/);
});

function children(): number[] {
  return Array.from(Deno.readDirSync("/proc/self/task"), ({ name }) => name).flatMap((task) =>
    Deno.readTextFileSync(`/proc/self/task/${task}/children`).split(" ").filter((pid) => pid !== "").map(Number)
  );
}

function onlyChild(): number {
  const [pid, ...others] = children();
  assert.deepEqual(others, []);
  return pid!;
}

/** Whether a process runs; one that has ended and waits to be asked does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}
