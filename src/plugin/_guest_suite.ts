import assert from "node:assert/strict";
import { doubling, pluginText, Talk } from "./_guest_talk.ts";
import { testStages } from "./_guest_stages.ts";
import { testCalls, testCodecs, testFlow } from "./_guest_traffic.ts";
import type { FromGuest, Guest } from "./protocol.ts";

type Failed = Extract<FromGuest, readonly ["failed", ...unknown[]]>;

/** Options of {@linkcode testGuest}. */
export interface GuestSuiteOptions {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** A new guest for each test. */
  open(): Guest | Promise<Guest>;
}

/** What every {@linkcode Guest} promises, as tests. */
export function testGuest(options: GuestSuiteOptions): void {
  testLoading(options);
  testNodes(options);
  testFlow(options);
  testCalls(options);
  testCodecs(options);
  testStages(options);
  testEnd(options);
}

function testLoading({ name, test, open }: GuestSuiteOptions): void {
  test(`${name}: a guest says what its plugin brings`, async () => {
    await using talk = new Talk(await open());
    const text = pluginText(
      "async () => {}",
      "stages: { gain() {} }, codecs: { pair: { version: 2 } }, transports: { wire: {} }",
    );
    assert.deepEqual(await talk.load(text), ["ready", {
      ...{ nodes: ["main"], stages: ["gain"], codecs: { pair: 2 }, transports: ["wire"] },
    }]);
  });

  test(`${name}: modules import those before them, each of which runs once`, async () => {
    await using talk = new Talk(await open());
    const others = [
      { name: "src/count.ts", code: "export const loaded = []; loaded.push('count');" },
      { name: "src/text.ts", code: 'import { loaded } from "src/count.ts"; export const say = () => loaded.join();' },
    ];
    const imports = 'import { say } from "src/text.ts"; import { loaded } from "src/count.ts"; loaded.push("mod");';
    await talk.load(imports + pluginText("async ({ log }) => log.info(say())"), others);
    talk.start(1, {});
    assert.deepEqual(await talk.until((message) => message[0] === "log"), ["log", 1, "info", "count,mod"]);
  });

  const broken = [
    ["throws", "throw new RangeError('no luck')", /no luck/],
    ["has no default export", "export const plugin = {}", /default export/],
    ["is not JavaScript", "export default {", /./],
    ["imports what is not there", 'import "./other.ts"; export default {}', /other\.ts/],
    ["imports a file", 'import text from "file:///etc/passwd" with { type: "text" }; export default { text }', /./],
    ["imports a package", `import "${"npm:"}left-pad"; export default {}`, /./],
    ["says nonsense", "export default { codecs: { a: { version: new Date(0) } } }", /Date/],
  ] as const;
  for (const [what, text, reason] of broken) {
    test(`${name}: a module that ${what} is a broken plugin`, async () => {
      await using talk = new Talk(await open());
      const [kind, error] = await talk.load(text) as Extract<FromGuest, readonly ["broken", unknown]>;
      assert.equal(kind, "broken");
      assert.match(`${error.name}: ${error.message}`, reason);
      assert.deepEqual(talk.gone, []);
    });
  }
}

function testNodes({ name, test, open }: GuestSuiteOptions): void {
  test(`${name}: a node reads its input and publishes, and is done when it returns`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(doubling));
    talk.start(7, { inputs: ["numbers"], outputs: ["doubled"] });
    talk.post("values", 7, "numbers", [1, 2, 3], 2n);
    talk.post("values", 7, "numbers", [4], 3n);
    talk.post("ended", 7, "numbers");
    await talk.until((message) => message[0] === "done" && message[1] === 7);
    assert.deepEqual(talk.values(7, "doubled"), [2, 4, 6, 8]);
  });

  test(`${name}: handlers get the messages of all inputs in the order of arrival, one at a time`, async () => {
    await using talk = new Talk(await open());
    const handler = (port: string) =>
      `async ${port}(value, { out }) { if (busy) throw new Error("two at a time"); busy = true;
        await out.seen.publish("${port}" + value); await null; busy = false; }`;
    await talk.load(`let busy = false; ${pluginText(`{ ${handler("b")}, ${handler("a")} }`)}`);
    talk.start(1, { inputs: ["a", "b"], outputs: ["seen"] });
    for (const [i, port] of ["b", "a", "a", "b"].entries()) talk.post("values", 1, port, [i, i + 10], 1n);
    talk.post("ended", 1, "a");
    talk.post("ended", 1, "b");
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(talk.values(1, "seen"), ["b0", "b10", "a1", "a11", "a2", "a12", "b3", "b13"]);
  });

  test(`${name}: a node gets its configuration, time and chance`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(`async ({ config, clock, random, in: { ticks }, out: { seen } }) => {
      await seen.publish([config, clock.now(), random.next(), random.int(10)]);
      for await (const tick of ticks) await seen.publish([tick, clock.now()]);
    }`));
    for (const run of [1, 2]) talk.start(run, { config: { rate: 5 }, inputs: ["ticks"], outputs: ["seen"] });
    talk.post("values", 1, "ticks", ["a", "b"], 1_700_000_000_000_000_001n);
    talk.post("ended", 1, "ticks");
    talk.post("ended", 2, "ticks");
    for (const run of [1, 2]) await talk.until((message) => message[0] === "done" && message[1] === run);
    const [first, ...ticks] = talk.values(1, "seen") as unknown[][];
    const [config, now, next, int] = first!;
    assert.deepEqual([config, now], [{ rate: 5 }, 1_000_000_000n]);
    assert.ok(typeof next === "number" && next >= 0 && next < 1 && Number.isInteger(int));
    assert.deepEqual(ticks, [["a", 1_700_000_000_000_000_001n], ["b", 1_700_000_000_000_000_001n]]);
    assert.deepEqual(talk.values(2, "seen"), [[config, now, next, int]]);
  });

  test(`${name}: all plain data crosses in both directions as it is`, async () => {
    await using talk = new Talk(await open());
    await talk.load(
      pluginText("async ({ in: { a }, out: { b } }) => { for await (const value of a) await b.publish(value); }"),
    );
    talk.start(1, { inputs: ["a"], outputs: ["b"], room: 1000 });
    const values = plainValues();
    talk.post("values", 1, "a", values, 1n);
    talk.post("ended", 1, "a");
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(talk.values(1, "b"), values);
  });

  for (
    const [what, place] of [["new Date(0)", "when"], ["() => 1", "call"], ["new Map()", "map"], ["1n << 70n", "big"]]
  ) {
    test(`${name}: a node that publishes ${what} fails, with the place`, async () => {
      await using talk = new Talk(await open());
      await talk.load(pluginText(`async ({ out }) => {
        await out.a.publish({ fine: [1, { ${place}: ${what} }] });
        await new Promise(() => {});
      }`));
      talk.start(1, { outputs: ["a"] });
      const [, , error] = await talk.until<Failed>((message) => message[0] === "failed");
      assert.match(error.message, new RegExp(`\\[0\\]\\.fine\\[1\\]\\.${place}`));
      assert.deepEqual(talk.gone, []);
    });
  }

  test(`${name}: a node that throws has failed, with its message, code and stack; the others go on`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(
      `async function fall({ config }) { if (config.fall) throw Object.assign(new RangeError("too far"), { code: "FAR" }); }`,
    ));
    talk.start(1, { config: { fall: true } });
    talk.start(2, {});
    await talk.until((message) => message[0] === "done" && message[1] === 2);
    const [, run, { stack, ...error }] = await talk.until<Failed>((
      message,
    ) => message[0] === "failed");
    assert.deepEqual([run, error], [1, { name: "RangeError", message: "too far", code: "FAR" }]);
    assert.match(stack!, /fall/);
    talk.start(3, { node: "other" });
    const [, , missing] = await talk.until<Failed>((message) => message[0] === "failed" && message[1] === 3);
    assert.match(missing.message, /other/);
  });

  test(`${name}: a node logs, and is told when it has to stop`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(`async ({ log, signal }) => {
      for (const level of ["debug", "info", "warn", "error"]) log[level]("at " + level);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }`));
    talk.start(1, {});
    await talk.idle();
    assert.deepEqual(talk.all("log").map(([, run, level, text]) => [run, level, text]), [
      [1, "debug", "at debug"],
      [1, "info", "at info"],
      [1, "warn", "at warn"],
      [1, "error", "at error"],
    ]);
    assert.deepEqual(talk.all("done"), []);
    talk.post("stop", 1);
    await talk.until((message) => message[0] === "done");
  });
}

function testEnd({ name, test, open }: GuestSuiteOptions): void {
  test(`${name}: a guest that is closed while it works says no more, and was not lost`, async () => {
    const talk = new Talk(await open());
    await talk.load(pluginText("async ({ out: { a } }) => { for (;;) await a.publish(1); }"));
    talk.start(1, { outputs: ["a"], room: 5 });
    talk.start(2, { outputs: ["a"], room: 5 });
    await talk.guest.close();
    const { length } = talk.said;
    talk.guest.post(["room", 1, "a", 5]);
    await talk.guest.close();
    for (let i = 0; i < 20; i++) await Promise.resolve();
    assert.equal(talk.said.length, length);
    assert.deepEqual(talk.gone, []);
  });

  test(`${name}: a guest may be closed by who hears it, and before it was ever used`, async () => {
    await (await open()).close();
    const guest = await open();
    const talk = new Talk(guest);
    const hear = guest.onMessage;
    guest.onMessage = (message) => {
      hear(message);
      if (message[0] === "ready") void guest.close();
    };
    await talk.load(pluginText("async () => {}"));
    await guest.close();
    assert.equal(talk.said.at(-1)![0], "ready");
  });
}

function plainValues(): unknown[] {
  return [
    null,
    true,
    false,
    ...[0, -0, 1.5, -1e300, 5e-324, 2 ** 53, NaN, Infinity, -Infinity],
    ...[0n, -1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)],
    ...["", "~", "~sa", "~b1", "a\0b", "é🦀\u2028", 'quote " and \\ and \n', "x".repeat(10_000)],
    ...[new Uint8Array(0), Uint8Array.of(0, 255), new Uint8Array(5000).fill(7)],
    [],
    [[], [[null]], new Uint8Array([1, 2, 3]).subarray(1, 2)],
    {},
    { a: 1, "~": "~", "": "", constructor: "c", length: 3, toString: null, 7: [Uint8Array.of(7)], 1: Uint8Array.of(1) },
    JSON.parse("[".repeat(60) + "]".repeat(60)),
  ];
}
