import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { encodeCbor } from "../cbor/mod.ts";
import { DATASET, START_MS, testKey, TestWriter } from "./_writer.ts";
import { createDeviceKey, isSigned } from "./device.ts";
import { eventId, type EventPlace, type MeshEvent, payloadHash } from "./event.ts";
import { Feeds } from "./feeds.ts";
import { findUnfit } from "./kinds.ts";

const payload = { record: "R-1", field: "status", value: "OPEN" };
const event: MeshEvent = { wallMs: START_MS, counter: 3, kind: "field.set", payload };
const place: EventPlace = { device: testKey("a").device, seq: 2, prev: new Uint8Array(32).fill(7) };

Deno.test("D1 what belongs to one dataset cannot be put into another", () => {
  const elsewhere = new TestWriter("a", new Uint8Array(32).fill(1)).set("R-1", "status", "OPEN");
  const feeds = new Feeds({ dataset: DATASET, nowMs: () => START_MS, accepts: () => true });
  assert.equal(feeds.ingest(elsewhere).status, "apart");
  // Who says that it hangs on this dataset has no signature for that.
  const moved = feeds.ingest({ ...elsewhere, after: new TestWriter("b").set("R-1", "a", 1).after });
  assert.equal(moved.status === "refused" && moved.rule, "E6");
  assert.deepEqual([...feeds.all()], []);
});

Deno.test("D2 a device signs as RFC 8032 has it", () => {
  // Section 7.1, test 1.
  const key = createDeviceKey(
    Uint8Array.fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
  );
  assert.equal(key.device, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature = key.sign(new Uint8Array(0));
  assert.equal(
    signature.toHex(),
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  assert.ok(isSigned(new Uint8Array(0), { device: key.device, signature }));
  assert.ok(!isSigned(new Uint8Array(1), { device: key.device, signature }));
});

Deno.test("D3 the same content has the same id in any order of fields, and text counts as it was typed", () => {
  const turned = { value: "OPEN", field: "status", record: "R-1" };
  assert.deepEqual(eventId({ ...event, payload: turned }, place), eventId(event, place));
  const ids = ["é", "e\u0301"].map((value) => eventId({ ...event, payload: { ...payload, value } }, place).toHex());
  assert.notEqual(ids[0], ids[1]);
  for (const value of [NaN, "\ud800"]) assert.match(findUnfit(event.kind, { ...payload, value })!, /needs value/);
});

Deno.test("E3 each event holds the id of the one before it, and the first one that of the dataset", () => {
  const writer = new TestWriter("a");
  const [first, second] = [writer.set("R-1", "a", 1), writer.set("R-1", "a", 2)];
  const { device } = writer.key;
  const firstId = eventId(first.events[0]!, { device, seq: 1, prev: DATASET });
  const feeds = new Feeds({ dataset: DATASET, nowMs: () => START_MS, accepts: () => true });
  feeds.ingest(first);
  feeds.ingest(second);
  const feed = feeds.get(device)!;
  assert.deepEqual(feed.idAt(1), firstId);
  assert.deepEqual(feed.head, eventId(second.events[0]!, { device, seq: 2, prev: firstId }));
});

Deno.test("E4 an id is the SHA-256 of the head, where each part counts, and what was said by its hash", () => {
  const id = eventId(event, place);
  const said = hash("sha256", encodeCbor(payload), "buffer");
  const head = [1, Uint8Array.fromHex(place.device), 2, START_MS, 3, "field.set", place.prev, new Uint8Array(said)];
  assert.deepEqual(id.toHex(), hash("sha256", encodeCbor(head), "hex"));
  assert.equal(id.length, 32);
  const others = [
    eventId({ ...event, wallMs: START_MS + 1 }, place),
    eventId({ ...event, counter: 4 }, place),
    eventId({ ...event, kind: "field.sets" }, place),
    eventId({ ...event, payload: { ...payload, value: "OPEn" } }, place),
    eventId(event, { ...place, seq: 3 }),
    eventId(event, { ...place, device: testKey("b").device }),
    eventId(event, { ...place, prev: place.prev.with(31, 8) }),
  ];
  assert.equal(new Set([id, ...others].map((each) => each.toHex())).size, 8);
  const erased = { ...event, payload: undefined, payloadHash: payloadHash(event) };
  assert.deepEqual(eventId(erased, place), id);
});
