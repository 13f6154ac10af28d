// Goal: a page costs what it takes and no more: slow, silent and hostile ones too. Method: sockets whose other end is a test,
// and a clock that moves when it is told.
import assert from "node:assert/strict";
import { FakePage, openFixture } from "./_fixture.ts";
import { MAX_PAGES } from "./inspector.ts";
import { MAX_SUBSCRIPTIONS } from "./live.ts";

type Fixture = ReturnType<typeof openFixture>;

async function open(fixture: Fixture, options: Parameters<typeof FakePage.open>[1] = {}): Promise<FakePage> {
  const page = await FakePage.open(fixture, options);
  assert.ok(page instanceof FakePage);
  return page;
}

/** Lets time pass, and what waits for it. */
function pass({ clock }: Fixture, ms: number): Promise<void> {
  return clock.runTo(clock.now() + BigInt(ms) * 1_000_000n);
}

const rows = (page: FakePage) => page.got.flatMap(({ json }) => (json.rows as { index: number }[] | undefined) ?? []);

Deno.test("the socket is refused to another origin, another name and without the token", async () => {
  for (
    const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { host: "evil.example" },
      { "sec-fetch-site": "cross-site" },
      { cookie: "tinman-8080=nonsense" },
    ]
  ) {
    const refused = await FakePage.open(openFixture(), { headers: headers as Record<string, string> });
    assert.ok(refused instanceof Response, JSON.stringify(headers));
    assert.ok([401, 403, 421].includes(refused.status));
  }
});

Deno.test("a page gets a snapshot with rates, and the next one for its credit", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(1, { op: "open", topic: "snapshot", source: "1", credit: 2 });
  for (let i = 0; i < 30; i++) {
    fixture.source.count += 10;
    await pass(fixture, 100);
  }
  assert.equal(page.got.length, 2, "two credits are two messages");
  page.send(1, { op: "credit", credit: 1 });
  await pass(fixture, 600);
  const { channels } = page.got[2]!.json as unknown as { channels: { hz: number; bytesPerS: number }[] };
  assert.ok(Math.abs(channels[0]!.hz - 100) <= 10, `${channels[0]!.hz}`);
});

Deno.test("a tail gives values as they come, the last one always, and counts what it left out", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(7, { op: "open", topic: "tail", source: "1", channel: "gps", credit: 16 });
  for (let i = 0; i < 1000; i++) fixture.source.publish({ i });
  await pass(fixture, 100);
  const { seen, skipped } = page.got[0]!.json;
  assert.deepEqual([seen, skipped, rows(page).at(-1)?.index], [1000, 983, 999]);
  const [row] = page.got[0]!.json.rows as { value: unknown; at: number; shown: number }[];
  assert.deepEqual(row!.value, { i: 0 });
  assert.equal(new TextDecoder().decode(page.got[0]!.bytes.subarray(row!.at, row!.shown)), '{"i":0}');
});

Deno.test("a tail without credit writes nothing down, and goes on with what is newest", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(7, { op: "open", topic: "tail", source: "1", channel: "gps", credit: 1 });
  for (let i = 0; i < 100; i++) {
    fixture.source.publish(i);
    await pass(fixture, 100);
  }
  assert.equal(page.got.length, 1);
  page.send(7, { op: "credit", credit: 1 });
  await pass(fixture, 100);
  assert.equal(rows(page).at(-1)!.index, 99);
});

Deno.test("a tail is filtered on the server", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(7, { op: "open", topic: "tail", source: "1", channel: "gps", filter: "speed>3", credit: 4 });
  for (let speed = 0; speed < 6; speed++) fixture.source.publish({ speed });
  await pass(fixture, 100);
  assert.deepEqual(rows(page).map(({ index }) => index), [4, 5]);
  assert.equal(page.got[0]!.json.matched, 2);
});

Deno.test("a frame over 64 KiB comes in part, and is fetched whole while it is kept", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(7, { op: "open", topic: "tail", source: "1", channel: "gps", credit: 4 });
  fixture.source.publish("x".repeat(100_000));
  await pass(fixture, 100);
  const [row] = page.got[0]!.json.rows as { shown: number; size: number; value: unknown }[];
  assert.deepEqual([row!.shown, row!.size], [65_536, 100_002]);
  const path = "/api/sources/1/frame?channel=gps&index=0";
  const whole = await (await fixture.ask(path, { headers: fixture.bearer })).json();
  assert.equal(whole.value.length, 100_000);
  const bytes = await (await fixture.ask(`${path}&as=bytes`, { headers: fixture.bearer })).arrayBuffer();
  assert.equal(bytes.byteLength, 100_002);
  assert.equal(
    (await fixture.ask("/api/sources/1/frame?channel=gps&index=1", { headers: fixture.bearer })).status,
    404,
  );
});

Deno.test("a value of <img onerror> and of ESC comes as the text that it is", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(7, { op: "open", topic: "tail", source: "1", channel: "gps", credit: 4 });
  const hostile = { html: "<img src=x onerror=alert(1)>", esc: "\x1b[31m\x1b]0;x\x07" };
  fixture.source.publish(hostile);
  await pass(fixture, 100);
  const [row] = page.got[0]!.json.rows as { value: unknown }[];
  assert.deepEqual(row!.value, hostile);
});

Deno.test("a frame that does not decode comes with its bytes and the reason", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  fixture.source.decode = () => {
    throw new Error("it ends inside a map");
  };
  page.send(7, { op: "open", topic: "tail", source: "1", channel: "gps", credit: 4 });
  fixture.source.publish(1);
  await pass(fixture, 100);
  const [row] = page.got[0]!.json.rows as { problem: string; value?: unknown }[];
  assert.deepEqual([row!.problem, row!.value, page.got[0]!.bytes.length], ["it ends inside a map", undefined, 1]);
});

Deno.test("what makes no sense is answered, and ends what it was asked for alone", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(1, { op: "open", topic: "snapshot", source: "1" });
  for (
    const odd of [
      { topic: "nothing" },
      { topic: "constructor" },
      { topic: "tail", source: "../1", channel: "gps" },
      { topic: "tail", source: "1", channel: "../gps" },
      { topic: "tail", source: "1", channel: "gps", filter: "x ".repeat(50) },
    ]
  ) page.send(2, { op: "open", ...odd });
  assert.equal(page.got.filter(({ id, json }) => id === 2 && json.error !== undefined).length, 5);
  await pass(fixture, 100);
  assert.equal(page.got.filter(({ id }) => id === 1).length, 1);
});

Deno.test("a message that is none, and one too many subscriptions, end the page", async () => {
  const fixture = openFixture();
  const a = await open(fixture);
  a.raw(2, Uint8Array.of(9, 9, 9));
  assert.equal(a.closed, 1007);
  const b = await open(fixture);
  for (let id = 0; id <= MAX_SUBSCRIPTIONS; id++) b.send(id, { op: "open", topic: "snapshot", source: "1" });
  assert.equal(b.closed, 1008);
});

Deno.test("a message of 100 MB is refused by what its head says", async () => {
  const page = await open(openFixture());
  page.raw(2, new Uint8Array(10), 100 << 20);
  assert.equal(page.closed, 1009);
});

Deno.test("a client that connects and never reads is sent no more than fits, and is cut off", async () => {
  const fixture = openFixture();
  const page = await open(fixture, { reads: false });
  page.send(7, { op: "open", topic: "tail", source: "1", channel: "gps", credit: 16 });
  for (let i = 0; i < 100; i++) {
    fixture.source.publish("x".repeat(60_000));
    page.send(7, { op: "credit", credit: 16 });
    await pass(fixture, 100);
  }
  assert.ok(page.bufferedBytes < 2 ** 20 + 200_000, `${page.bufferedBytes} bytes wait`);
  await pass(fixture, 31_000);
  assert.ok(page.cut, "it did not even answer a ping");
  assert.equal(fixture.source.tails.size, 0, "what it listened to is given back");
});

Deno.test("a client that pings and never reads is not answered without end", async () => {
  const page = await open(openFixture(), { reads: false });
  for (let i = 0; i < 10_000; i++) page.raw(9, new Uint8Array(125));
  assert.ok(page.bufferedBytes <= 65_536 + 127, `${page.bufferedBytes} bytes wait`);
});

Deno.test("a client that is idle and answers pings stays", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  for (let i = 0; i < 10; i++) {
    await pass(fixture, 10_000);
    page.raw(0xa, new Uint8Array(0));
  }
  assert.equal(page.cut, false);
  assert.ok(page.pings >= 5);
});

Deno.test("200 pages are served, the next is turned away, and the place of one that leaves is free", async () => {
  const fixture = openFixture();
  const pages: FakePage[] = [];
  for (let i = 0; i < MAX_PAGES; i++) pages.push(await open(fixture));
  const refused = await FakePage.open(fixture);
  assert.ok(refused instanceof Response && refused.status === 503);
  for (const page of pages) page.send(1, { op: "open", topic: "snapshot", source: "1" });
  await pass(fixture, 100);
  assert.ok(pages.every((page) => page.got.length === 1));
  pages[0]!.leave();
  await open(fixture);
});

Deno.test("an inspector that is disposed of says goodbye to its pages, and how it ended, also to one without credit", async () => {
  const fixture = openFixture();
  const page = await open(fixture);
  page.send(1, { op: "open", topic: "snapshot", source: "1", credit: 1 });
  await pass(fixture, 100);
  assert.equal(page.got.length, 1);
  fixture.source.count = 4321;
  fixture.inspector[Symbol.dispose]();
  fixture.inspector[Symbol.dispose]();
  const [, { json }] = page.got as unknown as [unknown, { json: { channels: { count: number }[] } }];
  assert.equal(json.channels[0]!.count, 4321);
  assert.deepEqual([page.got.length, page.closed], [2, 1001]);
});
