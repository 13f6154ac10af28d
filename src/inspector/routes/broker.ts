import { TinmanError } from "../../errors/mod.ts";
import type { BrokerParts } from "../../telemetry/mod.ts";
import { readJson } from "../body.ts";
import { listRecords, recordTree } from "../broker_records.ts";
import { allowChange, type InspectorContext, type RouteContext, sourceOf, wholeNumber } from "../context.ts";
import { parseFilter } from "../filter.ts";
import type { Sampler } from "../sampler.ts";
import type { AddRoutes } from "./mod.ts";

const NUMBER = Number.MAX_SAFE_INTEGER;
const MAX_PARTITION = 2 ** 31 - 1;

/** A broker: its topics and groups, the records of a topic, and one more of them. */
export const brokerRoutes: AddRoutes = (app, context) => {
  const find = async (c: RouteContext) => {
    const { sampler, broker } = brokerOf(context, c.req.param("source")!);
    return { sampler, broker, topic: await topicOf(broker, c.req.query("topic")) };
  };
  app.get("/api/sources/:source/broker", async (c) => {
    return c.json(await brokerOf(context, c.req.param("source")).broker.look());
  });
  app.get("/api/sources/:source/broker/settings", async (c) => {
    const { broker, topic } = await find(c);
    return c.json({ settings: await broker.settings(topic.name) });
  });

  /** Records of a topic: what came since `next`, or up to `limit` of each partition before `before`, or the newest. */
  app.get("/api/sources/:source/broker/records", async (c) => {
    const { sampler, broker, topic } = await find(c);
    const { partition, limit, filter, next, before } = c.req.query();
    const wanted = wholeNumber(partition, { name: "partition", max: MAX_PARTITION, or: -1 });
    const ids = topic.partitions.map(({ id }) => id).filter((id) => wanted === -1 || id === wanted);
    return c.json(
      await listRecords({ observed: sampler.observed, broker }, {
        ...{ topic: topic.name, partitions: ids, match: parseFilter(filter ?? "") },
        limit: Math.max(1, wholeNumber(limit, { name: "limit", max: 500, or: 100 })),
        ...(next !== undefined && { next: places(next, "next") }),
        ...(before !== undefined && { before: places(before, "before") }),
      }),
    );
  });

  /** All of one record: its values as trees, or with `as=bytes` its value as bytes, with `as=key` its key. */
  app.get("/api/sources/:source/broker/record", async (c) => {
    const { sampler, broker, topic } = await find(c);
    const { as } = c.req.query();
    const partition = wholeNumber(c.req.query("partition"), { name: "partition", max: MAX_PARTITION, or: 0 });
    const offset = wholeNumber(c.req.query("offset"), { name: "offset", max: NUMBER, or: 0 });
    const [record] = await broker.records(topic.name, { partition, from: offset, limit: 1 });
    if (record?.offset !== offset) {
      throw new TinmanError("NOT_FOUND", `Cannot find offset ${offset}: it is not kept`, {
        kind: "offset",
        id: `${topic.name}/${partition}/${offset}`,
      });
    }
    if (as === "bytes" || as === "key") {
      const bytes = (as === "key" ? record.key : record.value) ?? new Uint8Array(0);
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { "content-type": "application/octet-stream" });
    }
    return c.json({ partition, ...recordTree(sampler.observed, topic.name, record) });
  });

  app.post("/api/sources/:source/broker/produce", async (c) => {
    allowChange(context);
    const { broker } = brokerOf(context, c.req.param("source"));
    const said = readMessage(await readJson(c.req.raw));
    const topic = await topicOf(broker, said.topic);
    const position = await broker.produce(topic.name, said.message);
    context.audit(`a record was produced to ${topic.name}, partition ${position.partition}, offset ${position.offset}`);
    return c.json(position);
  });
};

function brokerOf(context: InspectorContext, id: string): { sampler: Sampler; broker: BrokerParts } {
  const sampler = sourceOf(context, id);
  const { broker } = sampler.observed;
  if (broker !== undefined) return { sampler, broker };
  throw new TinmanError("NOT_FOUND", "Cannot show topics: this is no broker", { kind: "broker", id });
}

async function topicOf(broker: BrokerParts, name: unknown) {
  const { topics, problem } = await broker.look();
  const found = topics.find((each) => each.name === name);
  if (found !== undefined) return found;
  const shown = JSON.stringify(String(name).slice(0, 300));
  if (problem !== undefined) throw new TinmanError("UNAVAILABLE", problem, { what: "broker" });
  throw new TinmanError("NOT_FOUND", `Cannot find topic ${shown}`, { kind: "topic", id: shown });
}

/** `0:120,1:98`: offsets by partition. */
function places(text: string, name: string): ReadonlyMap<number, number> {
  const parts = text === "" ? [] : text.split(",");
  return new Map(parts.map((part) => {
    const [, partition, offset] = /^(\d{1,10}):(\d{1,16})$/.exec(part) ?? [];
    if (partition !== undefined) return [Number(partition), Number(offset)];
    throw new TinmanError("USAGE", `Cannot read ${name}: it is PARTITION:OFFSET, with commas`, { argument: name });
  }));
}

function readMessage(said: unknown): { topic: unknown; message: Parameters<BrokerParts["produce"]>[1] } {
  const { topic, partition, key = null, value = null, headers = [] } = Object(said) as Record<string, unknown>;
  const isRight = typeof topic === "string" && isText(key) && isText(value) && Array.isArray(headers) &&
    headers.every((each) => typeof Object(each).name === "string" && isText(Object(each).value)) &&
    (partition === undefined || Number.isInteger(partition) && Number(partition) >= 0);
  if (!isRight) {
    const body = "{ topic, value, key, headers: [{ name, value }], partition }, of texts; null is none";
    throw new TinmanError("USAGE", `Cannot read the body: it is ${body}`, {});
  }
  return {
    topic,
    message: {
      ...{ key: bytesOf(key), value: bytesOf(value) },
      headers: headers.map(({ name, value }) => ({ name, value: bytesOf(value) })),
      ...(partition !== undefined && { partition: partition as number }),
    },
  };
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : new TextEncoder().encode(text);
}
