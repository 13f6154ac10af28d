import assert from "node:assert/strict";
import fc from "fast-check";
import { createOriginalEvent, type OriginalEvent } from "./event.ts";
import { readOriginalLog, writeOriginalLine } from "./log.ts";

function feed(author: string, length: number, from: OriginalEvent[] = []): OriginalEvent[] {
  const events = [...from];
  while (events.length < length) {
    const [seq, prev] = [events.length + 1, events.at(-1)?.id ?? ""];
    events.push(
      createOriginalEvent({ author, seq, hlc: [seq, 0], kind: "note.add", prev, payload: { text: from.length } }),
    );
  }
  return events;
}

const encode = (text: string) => new TextEncoder().encode(text);
const write = (events: readonly OriginalEvent[]) => events.map((event) => writeOriginalLine(event)).join("");
const kinds = (text: string) => readOriginalLog(encode(text)).problems.map(({ line, kind }) => `${line} ${kind}`);

Deno.test("L1 readOriginalLog() reads what was written, also with empty lines and the line ends of Windows", () => {
  const events = feed("a", 3);
  const text = write(events);
  for (
    const log of [text, text.replaceAll("\n", "\r\n"), text.replaceAll("\n", "\n \n\n"), text.replaceAll("\n", "\r")]
  ) {
    assert.deepEqual(readOriginalLog(encode(log)), { events, problems: [], wholeBytes: log.length });
  }
  assert.deepEqual(readOriginalLog(encode("")), { events: [], problems: [], wholeBytes: 0 });
});

Deno.test("L2 readOriginalLog() of a log that was cut anywhere has all whole events, and says where they end", () => {
  const events = feed("a", 4);
  const text = write(events);
  fc.assert(fc.property(fc.nat(text.length), (length) => {
    const log = readOriginalLog(encode(text.slice(0, length)));
    const ended = text.slice(0, length).split("\n").length - 1;
    const isWhole = text[length] === "\n";
    assert.deepEqual(log.events, events.slice(0, ended + (isWhole ? 1 : 0)));
    const isClean = length === 0 || text[length - 1] === "\n";
    assert.deepEqual(log.problems.map(({ kind }) => kind), isClean ? [] : [isWhole ? "unended" : "torn"]);
    assert.equal(log.wholeBytes, isWhole ? length : text.lastIndexOf("\n", length - 1) + 1);
  }));
});

Deno.test("L3 readOriginalLog() names the line that is damaged, and reads the others", () => {
  const events = feed("a", 3);
  const lines = write(events).split("\n");
  const log = [lines[0], lines[1]!.replace('"text": 0', '"text": 1'), "nonsense", lines[2], ""].join("\n");
  assert.deepEqual(kinds(log), ["2 damaged", "3 damaged", "4 gap"]);
  const { problems } = readOriginalLog(encode(log));
  assert.match(problems[0]!.message, /its id is [0-9a-f]{32}, and [0-9a-f]{32} by what is in it/);
  assert.equal(problems[1]!.at, log.indexOf("nonsense"));
});

Deno.test("L3 readOriginalLog() keeps both branches of a fork, and says where they part", () => {
  const [ours, theirs] = [feed("a", 4), feed("a", 4, feed("a", 2))];
  const log = write([...ours, ...theirs.slice(2)]);
  assert.deepEqual(kinds(log), ["5 fork", "6 fork"]);
  assert.equal(readOriginalLog(encode(log)).events.length, 6);
});

Deno.test("L3 readOriginalLog() checks the chain whatever the order of lines", () => {
  const [events, others] = [feed("a", 4), feed("a", 4, feed("a", 1))];
  assert.deepEqual(kinds(write(events.toReversed())), []);
  assert.deepEqual(kinds(write([...events, events[1]!])), ["5 repeated"]);
  assert.deepEqual(kinds(write([events[0]!, events[1]!, others[2]!])), ["3 broken"]);
  assert.deepEqual(kinds(write([events[0]!, events[3]!])), ["2 gap"]);
});
