import assert from "node:assert/strict";
import { Outbox } from "./outbox.ts";
import { filterProblem, topicProblem } from "./topic.ts";

const message = (topic: string) => ({ topic, payload: new Uint8Array(0), retain: false });

Deno.test("Outbox keeps what is not confirmed, in its order, and says that it was sent before", async () => {
  const outbox = new Outbox(10);
  for (const topic of ["a", "b", "c"]) await outbox.add(message(topic));
  assert.equal(outbox.first(1)!.dup, false);
  assert.equal(outbox.first(1), undefined);
  assert.equal(outbox.confirm(2), true);
  assert.equal(outbox.confirm(2), false);
  const brief = () => outbox.all().map(({ id, topic, dup, qos }) => [id, topic, dup, qos]);
  assert.deepEqual(brief(), [[1, "a", true, 1], [3, "c", false, 1]]);
  assert.deepEqual(brief(), [[1, "a", true, 1], [3, "c", true, 1]]);
});

Deno.test("Outbox.add() waits while there are too many, and drained() for all of them", async () => {
  const outbox = new Outbox(2);
  await outbox.add(message("a"));
  await outbox.add(message("b"));
  const third = outbox.add(message("c"));
  assert.equal(await Promise.race([third, Promise.resolve("waits")]), "waits");
  outbox.confirm(1);
  assert.equal(await third, 3);
  const drained = outbox.drained();
  outbox.confirm(3);
  assert.equal(await Promise.race([drained, Promise.resolve("waits")]), "waits");
  outbox.confirm(2);
  await drained;
});

Deno.test("Outbox uses no id twice at a time, also after the last", async () => {
  const outbox = new Outbox(65_535);
  const kept = await outbox.add(message("kept"));
  for (let i = 2; i <= 65_535; i++) outbox.confirm(await outbox.add(message("x")));
  assert.equal(await outbox.add(message("y")), kept + 1);
});

Deno.test("topics and filters are what MQTT allows", () => {
  for (const good of ["a", "/", "a//b", "$SYS/x", "ü ö"]) assert.equal(topicProblem(good), undefined, good);
  for (const bad of ["", "a/+", "a/#", "a\0b", "x".repeat(65_536)]) assert.ok(topicProblem(bad), bad);
  for (const good of ["#", "+", "a/+/b", "a/#", "+/+/#", "/"]) assert.equal(filterProblem(good), undefined, good);
  for (const bad of ["", "a#", "#/a", "a+", "a/b+/c", "a/#/b"]) assert.ok(filterProblem(bad), bad);
});
