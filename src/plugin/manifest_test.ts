import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { sampleManifest } from "./_sample.ts";
import { fits } from "../testing/schema.ts";
import { capabilityNames } from "./capability.ts";
import { limitsOf, maxLimits } from "./limits.ts";
import { parseManifest } from "./manifest.ts";
import { pluginSchema } from "./schema.ts";

// Imported as text alone: Deno refuses a file that one run imports as text and as JSON.
const schema = JSON.parse(pluginSchema);
const parse = (value: unknown) => parseManifest(JSON.stringify(value), { path: "plugin.jsonc" });

Deno.test("parseManifest() gives what the manifest says, with what may be left out filled in", () => {
  const manifest = parse(sampleManifest());
  assert.equal(manifest.id, "org.example.nmea");
  assert.deepEqual(manifest.provides.nodes[0], {
    name: "gps",
    in: {},
    out: { fix: "fixes" },
    config: { port: { type: "text", title: "port", optional: true } },
  });
  assert.deepEqual(manifest.capabilities[1], {
    name: "net",
    allow: ["127.0.0.1:10110"],
    why: "a feed of gpsd",
    optional: true,
  });
  const least = parse({ id: "a.b", version: "0.1.0", api: "1", provides: {} });
  assert.deepEqual([least.main, least.capabilities, least.limits, least.files], ["mod.ts", [], {}, undefined]);
});

Deno.test("parseManifest() tells all problems at once, each with its place", () => {
  const bad = sampleManifest({
    id: "Nmea",
    verson: "1",
    version: "1.2",
    api: "2",
    main: "../mod.ts",
    isolation: "trusted",
    capabilities: [
      { name: "nett", why: "" },
      { name: "serial", allow: ["${config.prot}", "${env.HOME}", ""], why: "x" },
      { name: "net", allow: ["127.0.0.1:99999"], why: "x\u202e" },
      { name: "clock", allow: ["x"], why: "x", optional: 1 },
    ],
    limits: { memoryMB: 1e9, cpu: 1 },
  });
  assert.throws(() => parse(bad), (error: Error) => {
    for (
      const part of [
        'verson: did you mean "version"?',
        "id: expected 3 to 64 of a-z",
        'version: expected a version such as 1.2.0, found "1.2"',
        'api: this tinman has api "1", the plugin is for "2"',
        "main: it leads out of the package",
        "isolation: expected quickjs, process",
        'did you mean "net"?',
        "capabilities[0].why: expected a reason",
        'capabilities[1].allow[0]: no node has "prot" in its config',
        "capabilities[1].allow[1]: expected ${config.x}",
        "capabilities[1].allow[2]: it is empty",
        "capabilities[2].allow[0]: expected a host or host:port",
        "capabilities[2].why: it has characters that cannot be seen",
        "capabilities[3].allow[0]: clock takes no values",
        "capabilities[3].optional: expected true or false, found 1",
        "limits.memoryMB: expected a whole number from 1 to 1024",
        "limits.cpu: ",
      ]
    ) assert.ok(error.message.includes(part), `${part}\n${error.message}`);
    return true;
  });
});

/** Each with what is wrong with it; the parser and the schema for editors both refuse it, or both take it. */
const samples: readonly [taken: boolean, change: Record<string, unknown>][] = [
  [true, {}],
  [true, { $schema: "./plugin.schema.json", isolation: "quickjs", main: "src/mod.js" }],
  [true, { capabilities: capabilityNames.map((name) => ({ name, why: "all" })) }],
  [true, { limits: maxLimits }],
  [true, { files: { "mod.ts": `sha256-${"a".repeat(64)}` } }],
  [false, { files: { "mod.ts": "sha256-a" } }],
  [false, { files: [] }],
  [false, { id: "a" }],
  [false, { id: "con.a" }],
  [false, { id: `a.${"b".repeat(63)}` }],
  [false, { version: "01.0.0" }],
  [false, { api: 1 }],
  [false, { title: "x".repeat(81) }],
  [false, { other: 1 }],
  [false, { main: "" }],
  [false, { main: "a/.b.ts" }],
  [false, { isolation: "trusted" }],
  [false, { provides: undefined }],
  [false, { provides: { nodes: [{}] } }],
  [false, { provides: { nodes: [{ name: "a", in: { "b c": "" } }] } }],
  [false, { provides: { nodes: [{ name: "a", config: { x: { type: "int" } } }] } }],
  [true, {
    provides: {
      nodes: [{
        name: "port",
        title: "T",
        takes: "rows",
        source: true,
        config: { port: { type: "text", default: "" } },
      }],
      stages: [
        { name: "a" },
        {
          name: "b",
          title: "B",
          category: "filter",
          in: {},
          output: false,
          config: { n: { type: "numbers", max: 3 } },
        },
        { name: "c", config: { mode: { type: "choice", title: "Mode", choices: ["x", "y"], default: "y" } } },
      ],
    },
  }],
  [false, { provides: { nodes: [{ name: "port", takes: "bytes" }] } }],
  [false, { provides: { stages: [{}] } }],
  [false, { provides: { stages: [{ name: "a", output: "yes" }] } }],
  [false, { provides: { stages: [{ name: "a", out: {} }] } }],
  [false, { provides: { stages: [{ name: "a", config: { x: { type: "choice", choices: [] } } }] } }],
  [false, { provides: { codecs: [{ name: "a", version: 0 }] } }],
  [false, { provides: { codecs: [{ name: "a" }] } }],
  [false, { provides: { transports: [{ scheme: "TCP" }] } }],
  [false, { provides: { plugins: [] } }],
  [false, { capabilities: [{ name: "net" }] }],
  [false, { capabilities: [{ name: "everything", why: "x" }] }],
  [false, { capabilities: [{ name: "net", allow: "all", why: "x" }] }],
  [false, { capabilities: Array(65).fill({ name: "net", why: "x" }) }],
  [false, { limits: { memoryMB: 0.5 } }],
];

Deno.test("plugin.schema.json and parseManifest() agree on what a manifest is", () => {
  for (const [taken, change] of samples) {
    const manifest = JSON.parse(JSON.stringify(sampleManifest(change)));
    const problem = problemOf(() => parse(manifest));
    assert.equal(problem === undefined, taken, `${JSON.stringify(change)}: ${problem}`);
    assert.equal(fits(manifest, schema), taken, `the schema, ${JSON.stringify(change)}`);
  }
  assert.deepEqual(schema.definitions.capability.properties.name.enum, [...capabilityNames]);
});

Deno.test("whatever one part of a manifest is replaced by, it is taken or refused with CONFIG; what is taken fits the schema", () => {
  fc.assert(
    fc.property(fc.nat(), fc.jsonValue({ maxDepth: 2 }), (at, value) => {
      const text = replaceAt(sampleManifest(), at, value);
      const problem = problemOf(() => parseManifest(text, { path: "plugin.jsonc" }));
      if (problem === undefined) assert.ok(fits(JSON.parse(text), schema), text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("limitsOf() never gives more than is allowed, whatever the plugin asks for", () => {
  const limits = fc.record({
    memoryMB: fc.integer({ min: 1, max: 1024 }),
    startMs: fc.integer({ min: 1, max: 60_000 }),
    stallMs: fc.integer({ min: 1, max: 60_000 }),
  }, { requiredKeys: [] });
  fc.assert(fc.property(limits, limits, (asked, allowed) => {
    const found = limitsOf(parse(sampleManifest({ limits: asked })), allowed);
    for (const key of ["memoryMB", "startMs", "stallMs"] as const) {
      assert.ok(
        found[key] <= (allowed[key] ?? maxLimits[key]) && (asked[key] === undefined || found[key] <= asked[key]),
      );
    }
  }));
  assert.deepEqual(limitsOf(parse(sampleManifest())), { memoryMB: 32, startMs: 5000, stallMs: 5000 });
});

function problemOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    assert.ok(isTinmanError(error, "CONFIG"), `${error}`);
    return error.message;
  }
}

/** The manifest as JSON, with one of its values replaced. */
function replaceAt(manifest: unknown, at: number, value: unknown): string {
  let total = 0;
  JSON.stringify(manifest, (_, each) => (total++, each));
  let count = 0;
  const replaced = 1 + at % (total - 1);
  return JSON.stringify(manifest, (_, each) => count++ === replaced ? value : each);
}
