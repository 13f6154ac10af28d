import assert from "node:assert/strict";
import { openBroker, openQueue } from "tinman";
import type { QueueClient } from "tinman/broker";
import { startBrokerProcess } from "./_broker.ts";
import { type Member, pythonLibrdkafka, startMember, until } from "./_member.ts";

const version = await pythonLibrdkafka();
const test = (name: string, run: () => Promise<void>) =>
  Deno.test({
    name: `librdkafka ${version ?? "(skipped: python3-confluent-kafka is not installed)"}: ${name}`,
    ignore: version === undefined,
    fn: run,
  });

const PARTITIONS = 6;
const quick = { "session.timeout.ms": 2000, "heartbeat.interval.ms": 200 };

for (
  const [protocol, settings] of [
    ["cooperative-sticky", { ...quick, "partition.assignment.strategy": "cooperative-sticky" }],
    ["KIP-848", { "group.protocol": "consumer", "group.remote.assignor": "uniform" }],
  ] as const
) {
  if (protocol === "KIP-848" && !knowsKip848(version)) continue;
  test(`${protocol}: a member joins, one is killed, one leaves, and no committed record is lost or seen twice`, async () => {
    // In groups of KIP-848 the broker says how long a member may be silent.
    await using broker = await openBroker({ port: 0, groupHeartbeatMs: 200, groupSessionMs: 2000 });
    await using queue = await openQueue(broker.url);
    await queue.createTopic("t", { partitions: PARTITIONS });
    const where = { group: "g", topic: "t", settings };
    let produced = 0;
    const produce = async (count: number) => {
      produced += count;
      for (let i = 0; i < count; i++) await queue.produce("t", { value: Uint8Array.of(i) });
    };
    await using a = startMember(broker.bootstrap, where);
    const all = [a];
    const done = () => all.flatMap(({ lines }) => lines.filter((line) => line.startsWith("done")));
    await produce(60);
    await until(() => done().length >= produced);
    await using b = startMember(broker.bootstrap, where);
    all.push(b);
    const producing = produce(240);
    // Who joins takes some: the others keep on with the rest.
    await until(() => [a, b].every((member) => owned(member).length === PARTITIONS / 2));
    assert.deepEqual(a.lines.filter((line) => /^(revoked|lost)( \d){4}/.test(line)), []);
    await producing;
    await using c = startMember(broker.bootstrap, where);
    all.push(c);
    await until(() => owned(c).length === 2);
    const more = produce(240);
    await until(() => done().length > 400);
    await a.end("SIGKILL");
    await more;
    await b.end("SIGTERM");
    await until(() => owned(c).length === PARTITIONS);
    await produce(60);
    await until(() => new Set([...done(), ...unsure(a)]).size >= produced);
    await c.end("SIGTERM");

    assert.deepEqual(done().length, new Set(done()).size);
    const seen = new Set(all.flatMap(({ lines }) => lines.flatMap((line) => /^began (.*)$/.exec(line)?.[1] ?? [])));
    assert.equal(seen.size, produced);
    assert.deepEqual(await committed(queue), await ends(queue));
  });
}

test("a static member comes back within its session, and the others notice nothing", async () => {
  await using broker = await startBrokerProcess();
  await using queue = await openQueue(`kafka://${broker.bootstrap}`);
  await queue.createTopic("t", { partitions: PARTITIONS });
  const start = (name: string) => {
    const settings = { ...quick, "session.timeout.ms": 30_000, "group.instance.id": name };
    return startMember(broker.bootstrap, { group: "g", topic: "t", settings });
  };
  await using one = start("one");
  await using two = start("two");
  await until(() => owned(one).length === 3 && owned(two).length === 3);
  const [before, said] = [owned(one), two.lines.length];
  await one.end("SIGTERM");
  await using back = start("one");
  await until(() => owned(back).length === 3);
  await queue.produceBatch("t", Array.from({ length: 60 }, (_, i) => ({ value: Uint8Array.of(i) })));
  const done = () => [back, two].flatMap(({ lines }) => lines.filter((line) => line.startsWith("done")));
  await until(() => done().length === 60);
  assert.deepEqual([owned(back), two.lines.slice(said).filter((line) => !/^(began|done)/.test(line))], [before, []]);
});

/** KIP-848 is for everybody from librdkafka 2.12 on. */
function knowsKip848(of = "0.0"): boolean {
  const [major, minor] = of.split(".").map(Number);
  return major! > 2 || major === 2 && minor! >= 12;
}

/** What a member has now. */
function owned({ lines }: Member): string[] {
  const has = new Set<string>();
  for (const line of lines) {
    const [word, ...partitions] = line.split(" ");
    if (word === "assigned") { for (const each of partitions) has.add(each); }
    if (word === "revoked" || word === "lost") { for (const each of partitions) has.delete(each); }
  }
  return [...has].sort();
}

/** What a member that was killed may have committed without saying so. */
function unsure({ lines }: Member): string[] {
  const last = lines.at(-1) ?? "";
  return last.startsWith("began") ? [last.replace("began", "done")] : [];
}

function committed(queue: QueueClient): Promise<(number | undefined)[]> {
  return Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => queue.committed("g", "t", { partition })));
}

function ends(queue: QueueClient): Promise<number[]> {
  return Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => (await queue.offsets("t", { partition })).latest),
  );
}
