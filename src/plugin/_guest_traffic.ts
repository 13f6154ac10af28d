import assert from "node:assert/strict";
import type { GuestSuiteOptions } from "./_guest_suite.ts";
import { doubling, pluginText, Talk } from "./_guest_talk.ts";
import type { FromGuest } from "./protocol.ts";

/** Credits in both directions. */
export function testFlow({ name, test, open }: GuestSuiteOptions): void {
  test(`${name}: a guest sends no more than there is room for, and goes on when there is more`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText("async ({ out: { a } }) => { for (let i = 0; i < 10; i++) await a.publish(i); }"));
    talk.start(1, { outputs: ["a"], room: 3 });
    await talk.idle();
    assert.deepEqual(talk.values(1, "a"), [0, 1, 2]);
    talk.post("room", 1, "a", 2);
    await talk.idle();
    assert.deepEqual(talk.values(1, "a"), [0, 1, 2, 3, 4]);
    talk.post("room", 1, "a", 100);
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(talk.values(1, "a"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test(`${name}: a guest says of each message that it was taken, and not before`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(`async ({ in: { a, b } }) => {
      for await (const value of a) if (value === "wait") await b.next();
    }`));
    talk.start(1, { inputs: ["a", "b"], room: 10 });
    const took = () =>
      talk.all("took").filter(([, , port]) => port === "a").reduce((sum, [, , , count]) => sum + count, 0);
    talk.post("values", 1, "a", [1, 2, 3, "wait", 5, 6], 1n);
    await talk.idle();
    assert.ok(took() <= 4, `${took()} of 4`);
    talk.post("values", 1, "b", [0], 1n);
    await talk.idle();
    assert.equal(took(), 6);
  });

  test(`${name}: a guest is idle after each message, when all that it had to say is said`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(doubling));
    talk.start(1, { inputs: ["numbers"], outputs: ["doubled"] });
    for (let i = 0; i < 5; i++) {
      talk.post("values", 1, "numbers", [i], 1n);
      await talk.idle();
      assert.deepEqual(talk.values(1, "doubled").at(-1), i * 2);
    }
    talk.post("ping");
    await talk.idle();
    const counts = talk.all("idle").map(([, heard]) => heard);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
    assert.equal(counts.at(-1), talk.posted);
  });

  test(`${name}: who hears a guest may answer at once`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(doubling));
    const { guest } = talk;
    const hear = guest.onMessage;
    guest.onMessage = (message) => {
      hear(message);
      if (message[0] !== "values") return;
      const value = (message[3] as number[]).at(-1)!;
      if (value < 1000) talk.post("values", 1, "numbers", [value], 1n);
      else talk.post("ended", 1, "numbers");
    };
    talk.start(1, { inputs: ["numbers"], outputs: ["doubled"] });
    talk.post("values", 1, "numbers", [1], 1n);
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(talk.values(1, "doubled"), [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
  });
}

/** What a guest asks of tinman. */
export function testCalls({ name, test, open }: GuestSuiteOptions): void {
  type Call = Extract<FromGuest, readonly ["call", ...unknown[]]>;
  const callOf = (talk: Talk, word: string) =>
    talk.until<Call>((message) => message[0] === "call" && message[3][0] === word);

  test(`${name}: a node sleeps until it is answered, and then has the time of the answer`, async () => {
    await using talk = new Talk(await open());
    await talk.load(
      pluginText("async ({ clock, out: { a } }) => { await clock.sleep(1.5); await a.publish(clock.now()); }"),
    );
    talk.start(1, { outputs: ["a"] });
    const [, call, run, what] = await callOf(talk, "sleep");
    assert.deepEqual([run, what], [1, ["sleep", 1.5]]);
    await talk.idle();
    assert.deepEqual(talk.all("done"), []);
    talk.post("answer", call, null, 5_000_000_000n);
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(talk.values(1, "a"), [5_000_000_000n]);
  });

  test(`${name}: a node uses a link through tinman`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(`async ({ link, out: { pieces } }) => {
      const port = await link("serial:/dev/ttyX");
      await port.send(Uint8Array.of(1, 2));
      for await (const bytes of port.incoming) await pieces.publish(bytes);
      await port.close();
    }`));
    talk.start(1, { outputs: ["pieces"] });
    const answers = [["openLink", 5], ["sendLink", null], ["readLink", Uint8Array.of(9)], ["readLink", null], [
      "closeLink",
      null,
    ]];
    const asked: unknown[] = [];
    for (const [word, value] of answers) {
      const [, call, , what] = await talk.until<Call>((message) => message[0] === "call" && message[1] > asked.length);
      asked.push(what);
      assert.equal(what[0], word);
      talk.post("answer", call, value, 1n);
    }
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(asked.slice(0, 3), [["openLink", "serial:/dev/ttyX"], ["sendLink", 5, Uint8Array.of(1, 2)], [
      "readLink",
      5,
    ]]);
    assert.deepEqual(talk.values(1, "pieces"), [Uint8Array.of(9)]);
  });

  test(`${name}: a node reads a topic and sends to another through tinman, and lets go of what it leaves`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(`async ({ consume, produce, out: { values } }) => {
      const [from, to] = [await consume("kafka://h/a", { group: "g" }), await produce("kafka://h/b")];
      for await (const batch of from.records) {
        await to.send(batch.map(({ value, key }) => ({ value, key, timestampMs: 5 })));
        await values.publish(batch.length);
        break;
      }
    }`));
    talk.start(1, { outputs: ["values"] });
    const record = { value: Uint8Array.of(9), key: null, headers: [], timestampMs: 1, partition: 0, offset: 7 };
    const asked: unknown[] = [];
    for (const value of [3, 4, [record], null, null]) {
      const [, call, , what] = await talk.until<Call>((message) => message[0] === "call" && message[1] > asked.length);
      asked.push(what);
      talk.post("answer", call, value, 1n);
    }
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(asked, [
      ["consume", "kafka://h/a", { group: "g" }],
      ["produce", "kafka://h/b"],
      ["readQueue", 3],
      ["sendQueue", 4, [{ value: Uint8Array.of(9), key: null, timestampMs: 5 }]],
      ["closeQueue", 3],
    ]);
    assert.deepEqual(talk.values(1, "values"), [1]);
  });

  test(`${name}: a call that is refused throws in the node, with the code`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText(`async ({ link, out: { a } }) => {
      await link("serial:x").catch((error) => a.publish([error instanceof Error, error.name, error.code, error.message]));
    }`));
    talk.start(1, { outputs: ["a"] });
    const [, call] = await callOf(talk, "openLink");
    talk.post("refuse", call, { name: "TinmanError", message: "not granted", code: "DENIED" });
    await talk.until((message) => message[0] === "done");
    assert.deepEqual(talk.values(1, "a"), [[true, "TinmanError", "DENIED", "not granted"]]);
  });
}

/** Codecs of a plugin. */
export function testCodecs({ name, test, open }: GuestSuiteOptions): void {
  type Coded = Extract<FromGuest, readonly ["coded", ...unknown[]]>;
  const pair = `pair: {
    version: 1,
    encode: ({ a, b }, params) => Uint8Array.of(a, b, params.extra),
    decode(bytes) {
      if (bytes.length !== 3) throw new RangeError("three bytes, not " + bytes.length);
      return bytes[0] === 99 ? { when: new Date(0) } : { a: bytes[0], b: bytes[1] };
    },
  }`;

  test(`${name}: a codec gives one result or error for each item`, async () => {
    await using talk = new Talk(await open());
    await talk.load(pluginText("async () => {}", `codecs: { ${pair} }`));
    const code = async (...rest: [codec: string, direction: "encode" | "decode", items: readonly unknown[]]) => {
      const call = talk.posted;
      talk.post("code", call, ...rest, { extra: 3 });
      return (await talk.until<Coded>((message) => message[0] === "coded" && message[1] === call))[2];
    };
    assert.deepEqual(await code("pair", "encode", [{ a: 1, b: 2 }, { a: 5, b: 6 }]), [
      [true, Uint8Array.of(1, 2, 3)],
      [true, Uint8Array.of(5, 6, 3)],
    ]);
    const [good, bad] = await code("pair", "decode", [Uint8Array.of(1, 2, 3), Uint8Array.of(1)]);
    assert.deepEqual(good, [true, { a: 1, b: 2 }]);
    assert.ok(bad![0] === false && bad![1].message === "three bytes, not 1");
    const [unfit] = await code("pair", "decode", [Uint8Array.of(99, 0, 0)]);
    assert.ok(unfit![0] === false);
    assert.match(unfit![1].message, /when/);
    const [unknown] = await code("other", "decode", [Uint8Array.of(1)]);
    assert.ok(unknown![0] === false);
    assert.match(unknown![1].message, /other/);
    assert.deepEqual(await code("pair", "decode", []), []);
  });
}
