import assert from "node:assert/strict";
import type { GuestSuiteOptions } from "./_guest_suite.ts";
import { pluginText, Talk } from "./_guest_talk.ts";
import type { FromGuest, StageCall, WireFrame } from "./protocol.ts";

type Staged = Extract<FromGuest, readonly ["staged", ...unknown[]]>;

/** What every guest promises of stages, as tests. */
export function testStages({ name, test, open }: GuestSuiteOptions): void {
  const summing = `stages: {
    sum: ({ from }, { name, log, random }) => {
      let sum = from;
      log.info(name + " begins");
      return {
        process(frame, input) {
          if (input === "bad") throw Object.assign(new RangeError("no " + input), { code: "CONFIG" });
          if (input === "odd") return { ...frame, metadata: { when: new Date(0) } };
          if (input === "none") return undefined;
          const payload = new Map([...frame.payload].map(([name, samples]) => [name, samples.map((x) => sum += x)]));
          frame.payload.get("a")?.fill(0);
          return input === "two" ? [{ ...frame, payload }, frame] : Promise.resolve({ ...frame, payload });
        },
        end: () => ({ timestampUs: random.next() < 1 ? 1 : 2, sequenceId: 9, payload: new Map([["sum", Float64Array.of(sum)]]) }),
      };
    },
    broken: () => 5,
  }`;
  const bytes = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
  const frame = (...values: number[]): WireFrame => [1.5, 7, [["a", bytes(...values)], ["ü", bytes()]], { rate: 10 }];
  const begin = async (talk: Talk) => {
    await talk.load(pluginText("async () => {}", summing));
    return async (what: StageCall) => {
      const call = talk.posted;
      talk.post("stage", call, what);
      return (await talk.until<Staged>((message) => message[0] === "staged" && message[1] === call))[2];
    };
  };
  const make = (stage = "sum"): StageCall => ["make", 3, { stage, name: "x", config: { from: 10 }, seed: "seed" }];

  test(`${name}: a stage is made, keeps its state, and gives frames with every bit of their samples`, async () => {
    await using talk = new Talk(await open());
    const ask = await begin(talk);
    assert.deepEqual(await ask(make()), [true, []]);
    assert.deepEqual(talk.all("log"), [["log", 3, "info", "x begins"]]);
    const given = frame(1, -0, 5e-324);
    const expect = [1.5, 7, [["a", bytes(11, 11, 11)], ["ü", bytes()]], { rate: 10 }];
    assert.deepEqual(await ask(["process", 3, given, "in"]), [true, [expect]]);
    // What it was given is its own: nothing that it does to it is seen outside.
    assert.deepEqual(given[2][0]![1], bytes(1, -0, 5e-324));
    const [ok, two] = await ask(["process", 3, frame(NaN, -Infinity), "two"]);
    assert.ok(ok);
    assert.deepEqual((two as WireFrame[]).map(([, , channels]) => channels[0]![1].length), [16, 16]);
    assert.deepEqual(await ask(["process", 3, frame(0), "none"]), [true, []]);
    assert.deepEqual(await ask(["end", 3]), [true, [[1, 9, [["sum", bytes(NaN)]], {}]]]);
    assert.deepEqual(await ask(["drop", 3]), [true, []]);
    assert.equal((await ask(["process", 3, frame(0), "in"]))[0], false);
  });

  test(`${name}: a stage that throws, or gives what cannot cross, has failed on that frame alone`, async () => {
    await using talk = new Talk(await open());
    const ask = await begin(talk);
    await ask(make());
    const [ok, error] = await ask(["process", 3, frame(1), "bad"]);
    assert.ok(!ok);
    assert.deepEqual([error.name, error.message, error.code], ["RangeError", "no bad", "CONFIG"]);
    const [crossed, unfit] = await ask(["process", 3, frame(1), "odd"]);
    assert.ok(!crossed);
    assert.match(unfit.message, /when.*Date/s);
    assert.deepEqual(await ask(["process", 3, frame(1), "in"]), [true, [[...frame(11).slice(0, 2), [["a", bytes(11)], [
      "ü",
      bytes(),
    ]], { rate: 10 }]]]);
  });

  test(`${name}: a stage that is not there, or is none, is refused`, async () => {
    await using talk = new Talk(await open());
    const ask = await begin(talk);
    const cases: [StageCall, RegExp][] = [
      [make("other"), /no stage "other"/],
      [make("broken"), /stage "broken" has no process/],
      [["process", 5, frame(1), "in"], /was not made/],
    ];
    for (const [what, message] of cases) {
      const [ok, error] = await ask(what);
      assert.ok(!ok);
      assert.match(error.message, message);
    }
  });
}
