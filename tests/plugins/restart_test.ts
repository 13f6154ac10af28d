// Goal: who looks at a run restarts a plugin and takes something back from it, and the run goes on. Method: the command line with
// --inspect, plugins in processes of their own, requests as the page sends them.
import assert from "node:assert/strict";
import { spawn, temporaryFolder, tinman } from "../cli/processes.ts";
import { start } from "../inspector/_inspected.ts";

const id = "org.example.seen";

const MANIFEST = (optional: boolean) =>
  JSON.stringify({
    ...{ id, version: "1.0.0", api: "1", main: "mod.ts" },
    provides: { stages: [{ name: "seen" }], nodes: [{ name: "count", in: { numbers: "" }, out: { counts: "" } }] },
    capabilities: [{ name: "net", allow: ["127.0.0.1:9"], why: "ask", optional }],
  });

/** Says how often it was asked, and what it was given. */
const MODULE = `import { definePlugin } from "tinman/plugin";
export default definePlugin({
  stages: { seen: () => {
    let seen = 0;
    return { process: (frame) => ({ ...frame, metadata: { seen: ++seen } }) };
  } },
  nodes: { count: async ({ in: { numbers }, out }) => {
    let seen = 0;
    for await (const n of numbers) await out.counts.publish([n, ++seen]);
  } },
});`;

const PIPELINE = JSON.stringify({
  pipeline_config: { trigger_every_ms: 2 },
  nodes: [{ id: "n", type: "NoiseGenerator", config: { frame_size: 1 } }, { id: "c", type: `${id}/seen` }],
  connections: [{ from: "n", to: "c" }],
});

const NODES = `import { channel, node, pluginNode } from "tinman";
const [numbers, counts] = [channel("numbers"), channel("counts")];
let next = 0;
export default [
  node({ name: "source", out: { numbers } }, async ({ numbers, clock }) => {
    for (let i = 0;; i++) {
      await numbers.publish(i);
      if (i % 20 === 0) await clock.sleep(5);
    }
  }),
  pluginNode("${id}", "count", { in: { numbers }, out: { counts } }),
  node({ name: "sink", in: { counts } }, { counts: ([n, seen], { log }) => {
    if (n !== next++) log.error("found " + n + " where " + (next - 1) + " is due");
    if (seen === 1) log.info("begins at " + (n > 0 ? "more" : 0));
  } }),
];
`;

/** A project with the plugin, added and granted. */
async function project({ optional = true } = {}) {
  const folder = temporaryFolder();
  const cwd = `${folder.path}/demo`;
  Deno.mkdirSync(`${cwd}/seen`, { recursive: true });
  Deno.writeTextFileSync(`${cwd}/seen/plugin.jsonc`, MANIFEST(optional));
  Deno.writeTextFileSync(`${cwd}/seen/mod.ts`, MODULE);
  Deno.writeTextFileSync(`${cwd}/p.json`, PIPELINE);
  Deno.writeTextFileSync(`${cwd}/nodes.ts`, NODES);
  for (const line of ["plugin add seen", `plugin grant ${id} net=127.0.0.1:9`]) {
    const { code, stderr } = await tinman(line.split(" "), { cwd });
    assert.equal(code, 0, stderr);
  }
  return { cwd, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Asks as the page does. */
function asks({ url, token }: { readonly url: string; readonly token: string }, id = "org.example.seen") {
  const headers = { authorization: `Bearer ${token}` };
  return async (what: string, body?: object) => {
    const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(new URL(`/api/plugins${what}`, url), init);
    const { plugins = [], said, error } = await answer.json();
    const live = plugins.find((each: { id: string }) => each.id === id)?.live;
    return { status: answer.status, live, said, error };
  };
}

/** Looks now and then at what another process does. */
async function until(isSo: () => boolean | Promise<boolean>, said = () => ""): Promise<void> {
  const giveUp = AbortSignal.timeout(30_000);
  for (; !await isSo(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (giveUp.aborted) throw new Error(`it did not come to that: ${said()}`);
  }
}

Deno.test("a stage restarted 10 times while it is recorded: no frame is lost or comes twice, and it replays the same", async () => {
  using folder = await project();
  const { cwd } = folder;
  let ask: ReturnType<typeof asks>;
  {
    await using running = await start(["run", "p.json", "--inspect", "--record"], cwd);
    ask = asks(running);
    await until(async () => (await ask("")).live.length > 0);
    for (let i = 1; i <= 10; i++) {
      const { status, live, error } = await ask("/restart", { id, name: "c" });
      assert.equal(status, 200, error?.message);
      assert.deepEqual(live.map(({ kind, name, restarts }: Record<string, unknown>) => [kind, name, restarts]), [[
        "stage",
        "c",
        i,
      ]]);
    }
    assert.match(running.said(), new RegExp(`inspector: plugin ${id} was restarted as "c"`));
  }
  const { stdout } = await tinman(["log", "cat", "latest", "--channels", "c", "--json"], { cwd });
  const frames = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const numbers = frames.map((each) => each.value?.sequenceId ?? each.message?.sequenceId);
  assert.ok(numbers.length > 20, stdout.slice(0, 500));
  assert.deepEqual(numbers, numbers.map((_, i) => i));
  assert.equal(frames.filter((each) => JSON.stringify(each).includes('"seen":1}')).length, 11);
  const replayed = await tinman(["replay", "latest", "p.json", "--verify"], { cwd });
  assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
});

Deno.test("a node is restarted without a loss; where that would be recorded it is refused", async () => {
  using folder = await project();
  const { cwd } = folder;
  {
    await using running = await start(["run", "nodes.ts", "--inspect"], cwd);
    const ask = asks(running);
    await until(async () => (await ask("")).live.length > 0);
    for (let i = 1; i <= 5; i++) {
      const { status, live, error } = await ask("/restart", { id });
      assert.deepEqual([status, live?.[0].restarts], [200, i], error?.message);
    }
    await until(() => running.said().match(/begins at more/g)?.length === 5);
    assert.doesNotMatch(running.said(), /is due|lost/);
  }
  await using recorded = await start(["run", "nodes.ts", "--inspect", "--record"], cwd);
  const ask = asks(recorded);
  await until(async () => (await ask("")).live.length > 0);
  const { status, error } = await ask("/restart", { id });
  assert.notEqual(status, 200);
  assert.match(error.message, /a replay would not restart it/);
});

Deno.test("what is taken back counts at once: who works without goes on, who cannot do without fails", async () => {
  for (const optional of [true, false]) {
    using folder = await project({ optional });
    await using running = await start(["run", "p.json", "--inspect"], folder.cwd);
    const ask = asks(running);
    await until(async () => (await ask("")).live.length > 0);
    const answer = ask("/revoke", { id, capability: "net" });
    if (optional) {
      const { said, live } = await answer;
      assert.deepEqual(said, ["stage c was ended for that"]);
      // With nothing granted it only computes, and a stronger border serves.
      assert.deepEqual([live[0].tier, live[0].restarts], ["quickjs", 1]);
      assert.ok(live[0].memoryBytes > 10_000);
    } else {
      // The run ends, and with it who answers.
      await answer.catch(() => {});
      await until(() => /E2201.*not granted net 127\.0\.0\.1:9/.test(running.said()), running.said);
      await until(() => running.said().includes(`fix: tinman plugin grant ${id} net=127.0.0.1:9`), running.said);
      assert.match(running.said(), new RegExp(`inspector: net was taken back from ${id}`));
    }
  }
});

Deno.test("what another process takes back counts at once, too, in a recorded run, and a replay does the same", async () => {
  using folder = await project();
  const { cwd } = folder;
  await using running = await printing(cwd, ["--record"]);
  assert.equal((await tinman(["plugin", "revoke", id, "net"], { cwd })).code, 0);
  await until(() => running.said().includes("ended for that\n"), running.said);
  assert.deepEqual(running.said().match(/^tinman\.grants\.jsonc: .*$/gm), [
    `tinman.grants.jsonc: net was taken back from ${id}`,
    "tinman.grants.jsonc: stage c was ended for that",
  ]);
  running.process.kill("SIGINT");
  assert.equal((await running.process.status).code, 130);
  const { stdout } = await tinman(["log", "cat", "latest", "--channels", "c", "--json"], { cwd });
  assert.equal(stdout.split('"seen":1}').length - 1, 2);
  const replayed = await tinman(["replay", "latest", "printed.json", "--verify"], { cwd });
  assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
});

Deno.test("a run ends when another process takes back what its plugin cannot do without", async () => {
  using folder = await project({ optional: false });
  const { cwd } = folder;
  await using running = await printing(cwd);
  assert.equal((await tinman(["plugin", "revoke", id], { cwd })).code, 0);
  assert.equal((await running.process.status).code, 1);
  await until(() => running.said().includes(`fix: tinman plugin grant ${id} net=127.0.0.1:9\n`), running.said);
  assert.match(running.said(), /E2201.*not granted net 127\.0\.0\.1:9/);
});

/** A run without a page, in which the plugin is at work: its frames are printed. */
async function printing(cwd: string, flags: readonly string[] = []) {
  const { nodes, connections, ...rest } = JSON.parse(PIPELINE);
  const printed = {
    nodes: [...nodes, { id: "p", type: "Print" }],
    connections: [...connections, { from: "c", to: "p" }],
  };
  Deno.writeTextFileSync(`${cwd}/printed.json`, JSON.stringify({ ...rest, ...printed }));
  const process = spawn(["run", "printed.json", ...flags], { cwd });
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of process.stderr) text += decoder.decode(bytes, { stream: true });
  })();
  await until(() => text.includes("p: [Output]"), () => text);
  return {
    process,
    said: () => text,
    async [Symbol.asyncDispose]() {
      await process.stdout.cancel();
      await process[Symbol.asyncDispose]();
      await reading;
    },
  };
}

Deno.test("a link through a plugin is shown, and closed when its capability is taken back", async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
  const accepted = server.accept();
  Deno.writeTextFileSync(
    `${cwd}/nodes.ts`,
    `import { channel, node, pluginTransport } from "tinman";
    export default node({ name: "reader", out: { bytes: channel("bytes") } }, async ({ bytes }) => {
      await using link = await pluginTransport("tinman.tcp", "tcp").open("tcp://${address}");
      for await (const piece of link.incoming) await bytes.publish(piece);
    });`,
  );
  const granted = await tinman(["plugin", "grant", "tinman.tcp", `net=${address}`], { cwd });
  assert.equal(granted.code, 0, granted.stderr);
  await using running = await start(["run", "nodes.ts", "--inspect"], cwd);
  using connection = await accepted;
  const ask = asks(running, "tinman.tcp");
  await until(async () => (await ask("")).live.length > 0, running.said);
  const { live } = await ask("");
  assert.deepEqual([live[0].kind, live[0].name], ["link", `tcp://${address}`]);
  await ask("/revoke", { id: "tinman.tcp", capability: "net" }).catch(() => {});
  // The other end sees that it is closed.
  while (await connection.read(new Uint8Array(1)) !== null);
  await until(() => running.said().includes("net was taken back from it"), running.said);
});
