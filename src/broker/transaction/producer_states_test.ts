import assert from "node:assert/strict";
import fc from "fast-check";
import { ProducerStates } from "./producer_states.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { readBatch, type RecordBatch } from "../protocol/record_batch.ts";
import { writeBatch } from "../protocol/records.ts";

Deno.test("ProducerStates knows the last five batches, and no others", () => {
  const states = new ProducerStates();
  for (let i = 0; i < 7; i++) states.wrote(batchOf(1, 0, i * 10, 10), 100 + i * 10);
  for (let i = 2; i < 7; i++) {
    assert.deepEqual(states.find(batchOf(1, 0, i * 10, 10)), { error: ERROR.NONE, baseOffset: 100 + i * 10 });
  }
  const old = batchOf(1, 0, 10, 10);
  assert.deepEqual([states.find(old), states.checkSequence(old)], [undefined, ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER]);
  // As long as another one, but not it.
  assert.equal(states.find(batchOf(1, 0, 60, 9)), undefined);
  assert.equal(states.checkSequence(batchOf(1, 0, 70, 1)), ERROR.NONE);
  assert.equal(states.checkSequence(batchOf(1, 0, 71, 1)), ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER);
});

Deno.test("ProducerStates: sequence numbers go on at 0 behind the last of 31 bits", () => {
  const states = new ProducerStates();
  const over = batchOf(1, 0, 2 ** 31 - 2, 4);
  assert.equal(states.checkSequence(over), ERROR.NONE, "nothing is known of the producer, so it may go on anywhere");
  states.wrote(over, 0);
  assert.deepEqual(states.find(over), { error: ERROR.NONE, baseOffset: 0 });
  assert.equal(states.checkSequence(batchOf(1, 0, 2, 1)), ERROR.NONE);
  const last = new ProducerStates();
  last.wrote(batchOf(1, 0, 2 ** 31 - 1, 1), 0);
  assert.equal(last.checkSequence(batchOf(1, 0, 0, 1)), ERROR.NONE);
});

Deno.test("ProducerStates: a new epoch begins at 0, an old one is over", () => {
  const states = new ProducerStates();
  states.wrote(batchOf(1, 3, 0, 5), 0);
  assert.equal(states.find(batchOf(1, 2, 5, 1))?.error, ERROR.INVALID_PRODUCER_EPOCH);
  assert.equal(states.checkSequence(batchOf(1, 4, 5, 1)), ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.equal(states.checkSequence(batchOf(1, 4, 0, 1)), ERROR.NONE);
  // A marker of a later epoch shuts it out, and its own next epoch begins at 0.
  states.marked({ producerId: 1, epoch: 4, isCommit: false }, { timestampMs: 0, offset: 9 });
  assert.equal(states.find(batchOf(1, 3, 5, 1))?.error, ERROR.INVALID_PRODUCER_EPOCH);
  assert.deepEqual(
    [states.checkSequence(batchOf(1, 4, 5, 1)), states.checkSequence(batchOf(1, 4, 0, 1))],
    [ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER, ERROR.NONE],
  );
  // One of the same epoch changes nothing.
  states.wrote(batchOf(1, 4, 0, 5), 9);
  states.marked({ producerId: 1, epoch: 4, isCommit: true }, { timestampMs: 0, offset: 9 });
  assert.equal(states.checkSequence(batchOf(1, 4, 5, 1)), ERROR.NONE);
});

Deno.test("ProducerStates forgets who wrote least recently, never one whose transaction is open", () => {
  const states = new ProducerStates({ maxProducers: 2, isBusy: (id) => id === 1 });
  for (const id of [1, 2, 3, 2, 4]) states.wrote(batchOf(id, 0, 0, 1), 0);
  assert.deepEqual([...states.all.keys()], [1, 4]);
});

Deno.test("ProducerStates: whatever is sent again or lost, each batch is put down once and in order", () => {
  const deliveries = fc.array(fc.record({ from: fc.nat({ max: 4 }), lost: fc.boolean() }), { maxLength: 60 });
  fc.assert(fc.property(deliveries, fc.constantFrom(0, 2 ** 31 - 7), (steps, start) => {
    const states = new ProducerStates();
    const put: number[] = [];
    const sequence = (i: number) => (start + i * 3) % 2 ** 31;
    // A producer that sends again from some batch that was not answered, at most five back.
    let acknowledged = 0;
    for (const { from, lost } of steps) {
      const at = Math.max(0, acknowledged - from);
      const batch = batchOf(1, 0, sequence(at), 3);
      const found = states.find(batch);
      if (found === undefined) {
        if (states.checkSequence(batch) !== ERROR.NONE) throw new Error(`batch ${at} is refused`);
        states.wrote(batch, at * 3);
        put.push(at);
      } else assert.deepEqual(found, { error: ERROR.NONE, baseOffset: at * 3 });
      if (!lost && at === acknowledged) acknowledged++;
    }
    assert.deepEqual(put, put.map((_, i) => i));
  }));
});

function batchOf(id: number, epoch: number, sequence: number, count: number): RecordBatch {
  const record = { key: null, value: new Uint8Array(), headers: [], timestampMs: 0 };
  return readBatch(writeBatch(Array.from({ length: count }, () => record), { producer: { id, epoch, sequence } }));
}
