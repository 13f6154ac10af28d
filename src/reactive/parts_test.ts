import assert from "node:assert/strict";
import { Built } from "./builder_events.ts";
import { defineEvent } from "./event.ts";
import { Init, Phase } from "./lifecycle.ts";
import { on } from "./on.ts";
import { describeProcessors } from "./parts.ts";
import { anyEvent, either, when, where } from "./where.ts";

const [Red, Blue] = [defineEvent<{ n: number }>("red"), defineEvent("blue")];
const nothing = () => {};
const takesOf = (...patterns: Parameters<typeof on>[0][]) =>
  describeProcessors([{ name: "p", handlers: patterns.map((pattern) => on(pattern, nothing)) }])[0]!;

Deno.test("describeProcessors() names the kinds that handlers take, each once, without those of the run", () => {
  assert.deepEqual(takesOf(Red, where(Red, { n: 1 }), either(Blue, where(Red, { n: 2 })), Init, Phase).takes, [
    "red",
    "blue",
  ]);
});

Deno.test("describeProcessors() has a star for patterns of no kind", () => {
  assert.deepEqual(takesOf(anyEvent, when(() => true)).takes, ["*"]);
});

Deno.test("describeProcessors() says of which targets somebody hears, and what builders require and provide", () => {
  const { takes, requires } = takesOf(where(Built, { target: "words" }), Red);
  assert.deepEqual([takes, requires], [["red"], ["words"]]);
  const [part] = describeProcessors([
    { name: "b", handlers: [], wiring: { provides: ["counts"], requires: ["words"] } },
  ]);
  assert.deepEqual(part, { name: "b", takes: [], requires: ["words"], provides: ["counts"] });
});

Deno.test("describeProcessors() says what is odd about patterns, and nothing where nothing is", () => {
  assert.equal("problems" in takesOf(Red, Blue), false);
  assert.match(takesOf(Red, Red).problems![0]!, /never called/);
});
