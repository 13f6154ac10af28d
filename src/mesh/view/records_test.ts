import assert from "node:assert/strict";
import type { EventRef } from "../event.ts";
import { Records } from "./records.ts";
import { refOf, type Write } from "./write.ts";

/** Records of devices that have not forked, and which of them were told of. */
function create() {
  const told: string[] = [];
  const feeds = { of: () => [], get: () => undefined };
  return {
    told,
    records: new Records({ feeds, isReplaced: () => false, isErased: () => false }, (record) => told.push(record)),
  };
}

function write(device: string, seq: number, what: { readonly value: string; readonly supersedes?: EventRef[] }): Write {
  const payload = { record: "R-1", field: "status", ...what };
  const event = { wallMs: 1000 + seq, counter: 0, kind: "field.set", payload };
  return { event, source: event, device, seq, check: seq };
}

const standing = ({ records }: ReturnType<typeof create>) =>
  records.at({ record: "R-1", what: "field", key: "status" })?.heads.map(({ event }) => event.payload?.value) ?? [];

Deno.test("V3 Records.size counts what has something that stands, and a record goes with its last write", () => {
  const all = create();
  const { records } = all;
  const first = write("a", 1, { value: "OPEN" });
  records.add(first);
  assert.deepEqual([records.size, records.version, standing(all)], [1, 1, ["OPEN"]]);
  records.add(write("a", 2, { value: "CLOSED", supersedes: [refOf(first)] }));
  assert.deepEqual([records.size, records.version, standing(all)], [1, 1, ["CLOSED"]]);
});

Deno.test("V3 Records.remove() forgets a record with the last write that speaks of it", () => {
  const all = create();
  const { records, told } = all;
  const [first, second] = [write("a", 1, { value: "OPEN" }), write("a", 2, { value: "CLOSED" })];
  [first, second].forEach((each) => records.add(each));
  records.remove(second);
  assert.deepEqual([records.size, standing(all)], [1, ["OPEN"]]);
  records.remove(first);
  assert.deepEqual([records.size, records.version, records.states.size, standing(all)], [0, 2, 0, []]);
  assert.deepEqual(told, ["R-1", "R-1", "R-1", "R-1"]);
});

Deno.test("O2 Records.contested has a place for as long as more than one write stands there", () => {
  const all = create();
  const { records } = all;
  const [ours, theirs] = [write("a", 1, { value: "OPEN" }), write("b", 2, { value: "CLOSED" })];
  records.add(ours);
  assert.equal(records.contested.size, 0);
  records.add(theirs);
  assert.deepEqual([...records.contested.get("R-1")!.values()], [{ record: "R-1", what: "field", key: "status" }]);
  assert.deepEqual(standing(all), ["CLOSED", "OPEN"]);
  records.add(write("a", 3, { value: "BOTH", supersedes: [refOf(theirs)] }));
  assert.deepEqual([records.contested.size, standing(all)], [0, ["BOTH"]]);
});

Deno.test("V1 Records.addLate() comes to the same as add(), whatever order the writes of a device come in", () => {
  const [early, late] = [create(), create()];
  const writes = [1, 2, 3].map((seq) => write("a", seq, { value: `${seq}` }));
  writes.forEach((each) => early.records.add(each));
  writes.toReversed().forEach((each) => late.records.addLate(each));
  assert.deepEqual(standing(early), ["3"]);
  assert.deepEqual(standing(late), ["3"]);
});

Deno.test("Records.add() does nothing with what is not about a record", () => {
  const { records, told } = create();
  const event = { wallMs: 1, counter: 0, kind: "member.add", payload: { device: "b" } };
  records.add({ event, source: event, device: "a", seq: 1, check: 1 });
  assert.deepEqual([records.states.size, told], [0, []]);
});
