// Goal: who is restarted, by whom, and when that is refused. Method: plugins and a pipeline that write down what is done to
// them, virtual time.
import assert from "node:assert/strict";
import { TinmanError } from "../errors/mod.ts";
import { type LivePlugin, LiveShelf } from "../plugin/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { LivePlugins } from "./live_plugins.ts";

const gps = "org.example.gps";

/** A world in which nodes come back when they are asked to leave, and stages when their pipeline restarts them. */
function worldOf({ isRecorded = false, isStuck = false, comesBack = true } = {}) {
  const links = new LiveShelf();
  const environment = Object.assign(createTestEnvironment(), { services: { pluginWorld: { links } } });
  const plugins = LivePlugins.of({ environment });
  const did: string[] = [];
  const anew = new Map<string, () => void>();
  const open = (as: LivePlugin["as"], rest: Partial<LivePlugin> = {}): LivePlugin => {
    const over = new AbortController();
    anew.set(as.name, () => {
      over.abort();
      if (comesBack) open(as, rest);
    });
    const live: LivePlugin = {
      ...{ plugin: gps, as, tier: "process", effective: {}, isReplaying: false, over: over.signal },
      takenBack: () => [],
      usage: () => undefined,
      end({ code, message }) {
        did.push(`end ${as.name}: ${code} ${message}`);
        over.abort();
      },
      ...(as.kind === "node" && {
        leave: () => {
          did.push(`leave ${as.name}`);
          anew.get(as.name)!();
          return Promise.resolve();
        },
      }),
      ...rest,
    };
    if (as.kind === "link") links.add(live);
    else plugins.add(live);
    return live;
  };
  const pipeline = {
    has: (id: string) => id.startsWith("s"),
    restart: (ids: readonly string[]) => {
      did.push(`pipeline ${ids.join(", ")}`);
      if (isStuck) return new Promise<void>(() => {});
      for (const id of ids) anew.get(id)!();
      return Promise.resolve();
    },
  };
  plugins.run = { pipeline, isRecorded };
  const node = (name: string, rest?: Partial<LivePlugin>) => open({ kind: "node", name }, rest);
  const stage = (name: string, rest?: Partial<LivePlugin>) => open({ kind: "stage", name }, rest);
  const link = (name: string, rest?: Partial<LivePlugin>) => open({ kind: "link", name }, rest);
  return { plugins, did, node, stage, link, drive: environment.drive, clock: environment.clock };
}

Deno.test("a plugin is restarted wherever it is at work, its stages in one change of their pipeline", async () => {
  const { plugins, did, node, stage, drive } = worldOf();
  node("n");
  stage("s1");
  stage("s2");
  node("other", { plugin: "org.example.other" });
  await drive(plugins.restart(gps));
  assert.deepEqual(did, ["pipeline s1, s2", "leave n"]);
  assert.deepEqual(plugins.all.map((live) => [live.as.name, plugins.restartsOf(live)]), [
    ["other", 0],
    ["s1", 1],
    ["s2", 1],
    ["n", 1],
  ]);
});

Deno.test("a plugin is restarted as one node alone", async () => {
  const { plugins, did, node, drive } = worldOf();
  node("a");
  node("b");
  await drive(plugins.restart(gps, "b"));
  assert.deepEqual(did, ["leave b"]);
  await assert.rejects(plugins.restart(gps, "c"), { code: "NOT_FOUND", message: /at work here as "c"/ });
  await assert.rejects(plugins.restart("org.example.none"), { code: "NOT_FOUND" });
});

Deno.test("what a replay could not do the same is refused, and nothing is restarted", async () => {
  const recorded = worldOf({ isRecorded: true });
  recorded.stage("s");
  await recorded.drive(recorded.plugins.restart(gps));
  recorded.node("n");
  await assert.rejects(recorded.plugins.restart(gps), {
    code: "UNAVAILABLE",
    message: /node "n": the run is recorded/,
  });
  const { plugins, did, stage } = worldOf();
  stage("of another pipeline");
  await assert.rejects(plugins.restart(gps), { code: "UNAVAILABLE", message: /cannot be changed in this run/ });
  const replayed = worldOf();
  replayed.stage("s", { isReplaying: true });
  await assert.rejects(replayed.plugins.restart(gps), { code: "UNAVAILABLE", message: /in a replay/ });
  assert.deepEqual([recorded.did, did, replayed.did], [["pipeline s"], [], []]);
});

Deno.test("a stage that does not come to rest is ended after 5 s, so that its policy says what of the frame", async () => {
  const { plugins, did, stage, drive, clock } = worldOf({ isStuck: true });
  stage("s");
  void plugins.restart(gps);
  await drive(clock.sleep(4999));
  assert.deepEqual(did, ["pipeline s"]);
  await drive(clock.sleep(1));
  assert.match(did[1]!, /^end s: PLUGIN .*did not come to rest within 5000 ms/);
});

Deno.test("a restart after which one is not at work again says so after 2 s; what is taken back asks for no successor", async () => {
  const { plugins, did, node, stage, drive, clock } = worldOf({ comesBack: false });
  stage("s");
  node("n");
  const startNs = clock.elapsedNs();
  await assert.rejects(drive(plugins.restart(gps)), {
    code: "UNAVAILABLE",
    message: `Cannot restart plugin ${gps}: stage "s", node "n" did not begin anew within 2000 ms`,
    hint: "the diagnostics of the run say why; restart and on_error of a stage say what comes then",
  });
  assert.deepEqual([did, (clock.elapsedNs() - startNs) / 1e6], [["pipeline s", "leave n"], 2000]);
  stage("s", { effective: { net: { allow: true, deny: [] } } });
  assert.deepEqual(await drive(plugins.withdraw(gps, "net")), ["stage s was ended for that"]);
});

Deno.test("who holds what was taken back is ended, and whoever does not goes on", async () => {
  const net = { effective: { net: { allow: ["127.0.0.1"], deny: [] } } } as const;
  const { plugins, did, node, stage, drive } = worldOf({ isRecorded: true });
  node("n", net);
  stage("s", net);
  stage("elsewhere", net);
  stage("s without");
  assert.deepEqual(await drive(plugins.withdraw(gps, "net")), [
    "node n was ended for that; in a replay of this recording it is not",
    "stage s was ended for that",
    "stage elsewhere was ended for that; in a replay of this recording it is not",
  ]);
  assert.deepEqual(did, [
    "pipeline s",
    "leave n",
    `end elsewhere: DENIED Plugin ${gps} was ended: net was taken back from it`,
  ]);
  assert.deepEqual([plugins.isRevoked(gps), plugins.isRevoked("org.example.other")], [true, false]);
});

Deno.test("a stage that holds what was taken back and does not come to rest keeps it for 1 s at most", async () => {
  const { plugins, did, stage, drive, clock } = worldOf({ isStuck: true });
  stage("s", { effective: { net: { allow: true, deny: [] } } });
  void plugins.withdraw(gps, "net");
  await drive(clock.sleep(1000));
  assert.match(did[1]!, /^end s: DENIED/);
});

Deno.test("a link that holds what was taken back is closed, and is not restarted", async () => {
  const { plugins, did, link, drive, clock } = worldOf();
  link("tcp://127.0.0.1:80", { effective: { net: { allow: ["127.0.0.1:80"], deny: [] } } });
  const restart = plugins.restart(gps, "tcp://127.0.0.1:80");
  await assert.rejects(restart, { code: "UNAVAILABLE", message: /restart link "tcp:/ });
  const startNs = clock.elapsedNs();
  assert.deepEqual(await drive(plugins.withdraw(gps, "net")), ["link tcp://127.0.0.1:80 was ended for that"]);
  assert.deepEqual([did.length, plugins.all.length, clock.elapsedNs() - startNs], [1, 0, 0]);
  assert.match(did[0]!, /^end tcp:.*DENIED/);
});

Deno.test("who holds what the grants no longer give is ended once, by itself, and the others of its plugin go on", async () => {
  const { plugins, did, node, stage, drive, clock } = worldOf();
  const said: string[] = [];
  // Successors hold what is left.
  stage("s1", { takenBack: () => did.includes("pipeline s1") ? [] : ["net", "read"] });
  node("n", { takenBack: () => did.includes("leave n") ? [] : ["net"] });
  stage("s2");
  const takenBack = () => did.includes("leave other") ? [] : ["clock"] as const;
  node("other", { plugin: "org.example.other", takenBack });
  plugins.withdrawTaken((line) => void said.push(line));
  plugins.withdrawTaken((line) => void said.push(`again ${line}`));
  await drive(clock.sleep(3000));
  assert.deepEqual(did.slice(0, 3), ["pipeline s1", "leave n", "leave other"]);
  assert.deepEqual(said.slice(0, 2), [
    `net, read was taken back from ${gps}`,
    "clock was taken back from org.example.other",
  ]);
  assert.deepEqual(said.slice(2).sort(), [
    "node n was ended for that",
    "node other was ended for that",
    "stage s1 was ended for that",
  ]);
  assert.ok(plugins.isRevoked(gps) && plugins.isRevoked("org.example.other"));
});

Deno.test("grants that cannot be read end nobody", () => {
  const { plugins, did, node } = worldOf();
  node("a", { takenBack: () => ["net"] });
  const unread = () => {
    throw new TinmanError("CONFIG", "Cannot use tinman.grants.jsonc: no", {});
  };
  node("b", { takenBack: unread });
  assert.throws(() => plugins.withdrawTaken(() => {}), { code: "CONFIG" });
  assert.deepEqual(did, []);
});
