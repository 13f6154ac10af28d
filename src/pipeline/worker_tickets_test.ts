import assert from "node:assert/strict";
import { numberFrame } from "./_fixture_test.ts";
import { Tickets } from "./worker_tickets.ts";

Deno.test("Tickets.answer() takes them in the order in which they were sent, and no other", () => {
  const tickets = new Tickets();
  assert.equal(tickets.next, 1);
  const [one, two] = [tickets.add(numberFrame(1)), tickets.add(undefined)];
  assert.deepEqual([one.number, two.number, tickets.unanswered, tickets.first], [1, 2, 2, one]);
  assert.throws(() => tickets.answer(2), { name: "RangeError", message: "it answers 2, asked was 1" });
  assert.deepEqual([tickets.answer(1), tickets.answer(2), tickets.unanswered], [one, two, 0]);
  assert.throws(() => tickets.answer(3), { message: "it answers 3, asked was undefined" });
});

Deno.test("Tickets.claim() gives what was sent ahead for a frame, and forgets what was passed over", () => {
  const tickets = new Tickets();
  const frames = [1, 2, 3].map((value) => numberFrame(value));
  const kept = frames.map((frame) => tickets.add(frame));
  kept.forEach((each) => tickets.keep(each));
  assert.equal(tickets.claim(frames[1]!), kept[1]);
  assert.equal(tickets.ahead, 1);
  assert.equal(tickets.claim(numberFrame(9)), undefined);
  assert.deepEqual([tickets.ahead, tickets.unanswered], [0, 3]);
});

Deno.test("Tickets.halt() keeps of what was sent ahead only what has its answer", () => {
  const tickets = new Tickets();
  const frames = [1, 2].map((value) => numberFrame(value));
  const kept = frames.map((frame) => tickets.add(frame));
  kept.forEach((each) => tickets.keep(each));
  tickets.answer(1).state = "done";
  tickets.halt();
  assert.equal(tickets.ahead, 1);
  assert.equal(tickets.claim(frames[0]!), kept[0]);
});
