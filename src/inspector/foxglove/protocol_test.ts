import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseSubprotocol, encodeMessage, encodeTime, readRequest } from "./protocol.ts";

Deno.test("chooseSubprotocol() takes either, the newer one where both are offered, and nothing else", () => {
  assert.equal(chooseSubprotocol("foxglove.websocket.v1"), "foxglove.websocket.v1");
  assert.equal(chooseSubprotocol("foxglove.websocket.v1, foxglove.sdk.v1"), "foxglove.sdk.v1");
  for (const header of [null, "", "foxglove.websocket.v2", "xfoxglove.sdk.v1"]) {
    assert.equal(chooseSubprotocol(header), undefined);
  }
});

Deno.test("messages are laid out as the specification has it", () => {
  const message = encodeMessage(0x01020304, 0x1122334455667788n, new Uint8Array([0xaa, 0xbb]));
  assert.equal(message.toHex(), "01" + "04030201" + "8877665544332211" + "aabb");
  assert.equal(encodeTime(5n).toHex(), "02" + "0500000000000000");
});

Deno.test("readRequest() reads what a client asks for, and names what nobody offers", () => {
  const subscribe = { op: "subscribe", subscriptions: [{ id: 0, channelId: 3 }] };
  assert.deepEqual(readRequest(JSON.stringify(subscribe)), subscribe);
  assert.deepEqual(readRequest('{"op":"unsubscribe","subscriptionIds":[0,1]}'), {
    op: "unsubscribe",
    subscriptionIds: [0, 1],
  });
  assert.deepEqual(readRequest('{"op":"setParameters","parameters":[]}'), { op: "other", name: "setParameters" });
});

Deno.test("readRequest() takes nothing that makes no sense", () => {
  const odd = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '{"op":7}',
    '{"op":"subscribe"}',
    '{"op":"subscribe","subscriptions":[null]}',
  ];
  const ids = ["-1", "1.5", '"1"', "4294967296", "null"].map((id) => `{"op":"unsubscribe","subscriptionIds":[${id}]}`);
  for (const text of [...odd, ...ids]) assert.equal(readRequest(text), undefined, text);
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readRequest(text)));
});
