// Goal: whatever a plugin does, it is contained, named, handled by its node's restart policy, and the recording next to it
// loses nothing.
// Method: real runs with a source that is recorded beside a plugin that misbehaves when it gets to number 500.
import assert from "node:assert/strict";
import { channel, createEnvironment, Graph, type Node, node, pluginNode, type RestartPolicy, type Tier } from "tinman";
import { openRecording } from "tinman/log";
import { createPlatform } from "../../src/platform/mod.ts";
import { createHostedEnvironment } from "./_hosted.ts";

const COUNT = 2000;
const numbers = channel<number>("numbers");
const echoes = channel<number>("echoes");

/** What the plugin does with number 500, and what the run then says. */
const attacks: readonly { readonly name: string; readonly code: string; readonly says: RegExp }[] = [
  { name: "throws", code: "throw new Error('out of range')", says: /out of range/ },
  { name: "hangs in a loop", code: "for (;;);", says: /has not answered|did not come to rest/ },
  { name: "takes all memory", code: "const all = []; for (;;) all.push(new Array(1e5).fill(1.5));", says: /memory/ },
  {
    name: "takes all memory in buffers",
    code: "const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1));",
    says: /memory/,
  },
  {
    name: "floods its output",
    code: "for (let i = 0; i < 5000; i++) context.out.echoes.publish(-1);",
    says: /wait for room already|more than|room/,
  },
  { name: "recurses without end", code: "const f = () => f() + 1; f();", says: /stack|recursion/i },
  { name: "ends the process", code: "Deno.exit(0)", says: /Deno|exit|ended/ },
];

for (const tier of ["quickjs", "process"] as const) {
  for (const { name, code, says } of attacks) {
    Deno.test(`a plugin in ${tier} that ${name} is contained, and the recording beside it is whole`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "tinman-plugins-" });
      try {
        const said: string[] = [];
        const report = await runBeside(code, { tier, folder, said });
        assert.match(said.join("\n"), says);
        assert.match(said.join("\n"), /org\.example\.hostile/);
        const { files } = createPlatform();
        using recording = openRecording(files, report.recording!, { registry: createEnvironment().registry });
        const recorded = [...recording.frames({ channels: ["numbers"] })];
        assert.equal(recorded.length, COUNT);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}

async function runBeside(code: string, { tier, folder, said }: { tier: Tier; folder: string; said: string[] }) {
  const restart: RestartPolicy = { attempts: 5, delayMs: 1 };
  const source = node({ out: { numbers }, name: "source" }, async ({ numbers, clock }) => {
    for (let i = 0; i < COUNT; i++) {
      if (i % 100 === 0) await clock.sleep(1);
      await numbers.publish(i);
    }
  });
  const hostile = pluginNode("org.example.hostile", "echo", { in: { numbers }, out: { echoes }, restart, tier });
  const sink = node({ in: { echoes }, name: "sink" }, { echoes: () => {} });
  return await runWith([source, hostile, sink], code, { folder, said });
}

function runWith(nodes: readonly Node[], code: string, { folder, said }: { folder: string; said: string[] }) {
  const env = createHostedEnvironment({
    id: "org.example.hostile",
    node: { name: "echo", in: ["numbers"], out: ["echoes"] },
    limits: { stallMs: 400, memoryMB: 64 },
    code: `export default { nodes: { echo: { async numbers(n, context) {
      if (n === 500) { ${code} }
      await context.out.echoes.publish(n);
    } } } };`,
  }, said);
  return Graph.of(nodes).run(env, { record: folder });
}
