import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter } from "../../bytes/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { mutatedBytes } from "../../testing/hostile.ts";
import { BlobPeer, someBytes, talk } from "./_exchange.ts";
import type { BlobExchange } from "./blob_exchange.ts";
import { encodeGet, encodeNone, encodePart, encodeSeek, MAX_ASKS, MAX_SLOTS } from "./exchange_messages.ts";
import { LEAF_BYTES, treeOf } from "./tree.ts";

// Goal: whoever breaks a rule of the exchange is told so by `PROTOCOL`, which ends the contact, and nothing of it is kept.
// Method: one real side, the other by hand.

const BYTES = someBytes(3 * LEAF_BYTES);
const { ref: REF } = treeOf(BYTES);

function numbers(...all: readonly number[]): Uint8Array {
  const writer = new ByteWriter();
  for (const number of all) writer.varint(number);
  return writer.take();
}

function isRefused(exchange: BlobExchange, message: Uint8Array): void {
  assert.throws(() => exchange.receive(message), (error) => isTinmanError(error, "PROTOCOL"));
}

/** Bob, who has asked mallory for the first leaves. */
function asking(): { readonly bob: BlobPeer; readonly exchange: BlobExchange } {
  const bob = new BlobPeer("bob");
  bob.wanted = [REF];
  const exchange = bob.exchange("mallory");
  assert.deepEqual(exchange.next(1000), encodeSeek([REF.blob]));
  exchange.receive(numbers(/* have */ 1, /* read */ 1, /* slot */ 0, REF.size, /* all of it */ 0));
  assert.equal(exchange.next(1000)![0], /* get */ 2);
  return { bob, exchange };
}

Deno.test("A11: a wrong leaf, and a right one with a wrong proof, end the contact and are not kept", () => {
  const unit = treeOf(BYTES).unit(0, BYTES.subarray(0, LEAF_BYTES));
  for (const at of [0, LEAF_BYTES - 1, LEAF_BYTES, unit.length - 1]) {
    const { bob, exchange } = asking();
    const wrong = unit.with(at, unit[at]! ^ 1);
    const pieces = Array.from(
      { length: Math.ceil(wrong.length / 500) },
      (_, i) => wrong.subarray(i * 500, (i + 1) * 500),
    );
    const refused = pieces.findIndex((piece) => {
      // It waits until it is asked for more.
      exchange.next(1000);
      try {
        exchange.receive(encodePart(piece));
        return false;
      } catch (error) {
        return isTinmanError(error, "PROTOCOL");
      }
    });
    assert.equal(refused, pieces.length - 1);
    assert.equal(bob.store.begin(REF)!.leaves.count, 0);
    assert.equal(bob.store.begin(REF)!.nextAt(0, "ann"), 0);
  }
});

Deno.test("A11: who sends what was not asked for, more than was allowed, or nothing, is left", () => {
  isRefused(new BlobPeer("bob").exchange("mallory"), encodePart(BYTES.subarray(0, 10)));
  isRefused(new BlobPeer("bob").exchange("mallory"), encodeNone());
  isRefused(asking().exchange, encodePart(BYTES.subarray(0, 4000)));
  isRefused(asking().exchange, encodePart(new Uint8Array()));
  const bob = new BlobPeer("bob");
  bob.wanted = [treeOf(BYTES.subarray(0, 100)).ref];
  const exchange = bob.exchange("mallory");
  exchange.next(1000);
  exchange.receive(numbers(1, 1, 0, 100, 0));
  exchange.next(1000);
  isRefused(exchange, encodePart(BYTES.subarray(0, 101)));
});

Deno.test("A11: a blob of 2^40 bytes is neither sought nor made room for, whoever claims it", () => {
  const bob = new BlobPeer("bob");
  bob.wanted = [{ blob: REF.blob, size: 2 ** 40 - 1 }];
  assert.equal(bob.exchange("mallory").next(1000), undefined);
  bob.wanted = [REF];
  const exchange = bob.exchange("mallory");
  exchange.next(1000);
  exchange.receive(numbers(1, 1, 0, 2 ** 40, 1, 0, 2 ** 26));
  exchange.receive(numbers(1, 1, 0, 2 ** 52, /* all of it */ 0));
  assert.equal(exchange.next(1000), undefined);
  assert.equal(bob.store.usedBytes, 0);
});

Deno.test("A11: bitmaps and lists that are too long, or of what is not there, are refused", () => {
  const sought = () => {
    const bob = new BlobPeer("bob");
    bob.wanted = [REF];
    const exchange = bob.exchange("mallory");
    exchange.next(1000);
    return exchange;
  };
  isRefused(sought(), numbers(1, 1, 0, REF.size, 1, 0, 2 ** 40));
  isRefused(sought(), numbers(1, 1, 0, REF.size, 1, 3, 1));
  isRefused(sought(), numbers(1, 1, 0, REF.size, 2 ** 50));
  isRefused(sought(), numbers(1, 1, 1, REF.size, 0));
  isRefused(sought(), numbers(1, 2));
  isRefused(sought(), numbers(9));
  isRefused(sought(), new Uint8Array());
  const ann = new BlobPeer("ann").exchange("mallory");
  ann.receive(encodeSeek(Array(MAX_SLOTS).fill(REF.blob)));
  isRefused(ann, encodeSeek([REF.blob]));
});

Deno.test("A11: who asks for everything and never reads draws nothing more than it allows, and holds one leaf in memory", () => {
  const ann = new BlobPeer("ann");
  ann.store.put(BYTES);
  const exchange = ann.exchange("mallory");
  exchange.receive(encodeSeek([REF.blob]));
  exchange.next(1000);
  exchange.receive(encodeGet(5000, Array.from({ length: MAX_ASKS }, () => ({ slot: 0, leaf: 0, at: 0 }))));
  let sent = 0;
  for (let message; (message = exchange.next(1000)) !== undefined;) sent += message.length - 1;
  assert.ok(sent <= 5000 && sent > 4900, `${sent} bytes`);
  isRefused(exchange, encodeGet(0, [{ slot: 0, leaf: 0, at: 0 }]));
  isRefused(exchange, encodeGet(2 ** 40, []));
});

Deno.test("A11: who asks for what it did not seek is refused, and for a place that is not there gets none of it", () => {
  const ann = new BlobPeer("ann");
  ann.store.put(BYTES);
  const exchange = ann.exchange("mallory");
  isRefused(exchange, encodeGet(0, [{ slot: 0, leaf: 0, at: 0 }]));
  exchange.receive(encodeSeek([REF.blob]));
  exchange.next(1000);
  for (
    const ask of [{ slot: 0, leaf: 3, at: 0 }, { slot: 0, leaf: 2 ** 40, at: 0 }, { slot: 0, leaf: 0, at: 2 ** 40 }]
  ) {
    exchange.receive(encodeGet(1000, [ask]));
    assert.deepEqual(exchange.next(1000), encodeNone());
  }
});

Deno.test("A11: what may not be had by a peer is not offered to it, even when it knows the name", () => {
  const ann = new BlobPeer("ann");
  ann.store.put(BYTES);
  const exchange = ann.exchange("mallory", { serves: () => false });
  exchange.receive(encodeSeek([REF.blob]));
  assert.deepEqual(exchange.next(1000), numbers(1, 1));
  exchange.receive(encodeGet(1000, [{ slot: 0, leaf: 0, at: 0 }]));
  assert.deepEqual(exchange.next(1000), encodeNone());
});

Deno.test("A11: two that lie about half a leaf each cannot keep an honest one from giving it", () => {
  const [ann, bob] = [new BlobPeer("ann"), new BlobPeer("bob")];
  bob.wanted = [ann.store.put(BYTES)];
  for (let i = 0; i < 5; i++) {
    const { exchange } = { exchange: bob.exchange(`mallory ${i}`) };
    exchange.next(1000);
    exchange.receive(numbers(1, 1, 0, REF.size, 0));
    exchange.next(1000);
    exchange.receive(encodePart(new Uint8Array(200).fill(i)));
    exchange.close();
  }
  talk(bob.exchange("ann"), ann.exchange("bob"));
  assert.deepEqual(bob.read(REF), BYTES);
});

Deno.test("A11: whatever bytes come, they are taken or refused by PROTOCOL, and what is kept is right", () => {
  const samples = [
    numbers(1, 1, 0, REF.size, 2, 0, 1, 1, 1),
    encodeSeek([REF.blob]),
    encodeGet(1000, [{ slot: 0, leaf: 1, at: 20 }]),
    encodePart(BYTES.subarray(0, 300)),
    encodeNone(),
  ];
  fc.assert(fc.property(fc.array(mutatedBytes(samples), { minLength: 1, maxLength: 8 }), (messages) => {
    const { bob, exchange } = asking();
    try {
      for (const message of messages) {
        exchange.receive(message);
        while (exchange.next(1000) !== undefined);
      }
    } catch (error) {
      assert.ok(isTinmanError(error, "PROTOCOL"), String(error));
    }
    assert.equal(bob.store.begin(REF)!.leaves.count, 0);
  }));
});
