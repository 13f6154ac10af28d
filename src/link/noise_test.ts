import assert from "node:assert/strict";
import { NoiseHandshake } from "./noise.ts";
import { NoiseCipher } from "./noise_cipher.ts";

const hex = Uint8Array.fromHex;
const KEYS = {
  initiator: {
    staticKey: hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
    ephemeralKey: hex("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"),
  },
  responder: {
    staticKey: hex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
    ephemeralKey: hex("4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60"),
  },
};

// The vectors for this protocol that the implementations snow and noise-c share: without and with payloads.
const TRANSPORT = [
  ["79656c6c6f777375626d6172696e65", "a52ef02ba60e12696d1d6b9ef4245c88fca757b6134ad6e76b56e310a6adf6"],
  ["7375626d6172696e6579656c6c6f77", "2445aa438ebd649281c636cc7269ca82f1d9023d72520943aeabf909cdf521"],
] as const;
const VECTORS = [
  [
    ["", "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254"],
    [
      "",
      "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d484663414af878d3e46a2f58911a816d6e8346d4ea17a6f2a0bb4ef4ed56c133cff4560a34e36ea82109f26cf2e5a5caf992b608d55c747f615e5a3425a7a19eefb8f",
    ],
    [
      "",
      "87f864c11ba449f46a0a4f4e2eacbb7b0457784f4fca1937f572c93603e9c4d97e5ea11b16f3968710b23a3be3202dc1b5e1ce3c963347491e74f5c0768a9b42",
    ],
  ],
  [
    ["746573745f6d73675f30", "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254746573745f6d73675f30"],
    [
      "746573745f6d73675f31",
      "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d484663414af878d3e46a2f58911a816d6e8346d4ea17a6f2a0bb4ef4ed56c133cff4572e7a2ba5123ac30618b3d205f5c2d17f50cbca216483ac56bcc78e33bf520303278db641e5e731b2e3a",
    ],
    [
      "746573745f6d73675f32",
      "87f864c11ba449f46a0a4f4e2eacbb7b0457784f4fca1937f572c93603e9c4d9f27e318e43ba630594c4d08eeb3b36d97c7377a2f4f9144b2f0c8095ad92140505b2ab53eff244b14138",
    ],
  ],
] as const;

Deno.test("NoiseHandshake says what the published vectors say", () => {
  for (const vector of VECTORS) {
    const sides = pair();
    vector.forEach(([payload, message], i) => {
      const [speaker, listener] = i === 1 ? [sides[1], sides[0]] : sides;
      const said = speak(speaker, hex(payload));
      assert.equal(said.toHex(), message);
      assert.ok(listener.readKeys(said));
      assert.equal(listener.readPayload()?.toHex(), payload);
      assert.deepEqual(listener.hash, speaker.hash);
    });
    const [ours, theirs] = [sides[0].split(), sides[1].split()];
    const ways = [[ours.send, theirs.receive], [theirs.send, ours.receive]] as const;
    TRANSPORT.forEach(([plain, sealed], i) => {
      assert.equal(ways[i]![0].seal(hex(plain)).toHex(), sealed);
      assert.equal(ways[i]![1].open(hex(sealed))?.toHex(), plain);
    });
  }
});

Deno.test("NoiseHandshake refuses every message with a flipped bit, and every one that was cut off", () => {
  for (let i = 0; i < 3; i++) {
    const good = messages();
    for (let bit = 0; bit < good[i]!.length * 8; bit += 7) {
      const wrong = good.map((message) => message.slice());
      wrong[i]![bit >> 3]! ^= 1 << (bit & 7);
      // A key that came changed in the first message is noticed in the second, by whoever sent it.
      if (i > 0) assert.equal(hears(wrong, i), false, `bit ${bit} of message ${i}`);
    }
    for (let length = 0; length < good[i]!.length; length++) {
      const wrong = good.map((message, j) => j === i ? message.slice(0, length) : message);
      if (i > 0 || length < 32) assert.equal(hears(wrong, i), false, `${length} bytes of message ${i}`);
    }
  }
});

Deno.test("NoiseHandshake refuses a key of low order", () => {
  const [, responder] = pair();
  assert.ok(responder.readKeys(new Uint8Array(32)));
  responder.readPayload();
  const [initiator] = pair();
  speak(initiator, new Uint8Array(0));
  assert.equal(initiator.readKeys(new Uint8Array(96)), false);
});

Deno.test("NoiseHandshake fails when the two do not agree beforehand", () => {
  const [a, b] = pair(Uint8Array.of(1), Uint8Array.of(2));
  const first = speak(a, new Uint8Array(0));
  assert.ok(b.readKeys(first));
  b.readPayload();
  assert.equal(a.readKeys(speak(b, new Uint8Array(0))), false);
});

Deno.test("NoiseCipher opens only in order, once, and with the same key", () => {
  const { send, receive } = ciphers();
  const [one, two] = [send.seal(Uint8Array.of(1)), send.seal(Uint8Array.of(2))];
  assert.equal(receive.open(two), undefined);
  assert.deepEqual(receive.open(one), Uint8Array.of(1));
  assert.equal(receive.open(one), undefined);
  assert.deepEqual(receive.open(two), Uint8Array.of(2));
  assert.equal(receive.open(new Uint8Array(3)), undefined);
  send.rekey();
  const three = send.seal(Uint8Array.of(3));
  assert.equal(receive.open(three), undefined);
  receive.rekey();
  assert.deepEqual(receive.open(three), Uint8Array.of(3));
});

Deno.test("NoiseCipher.rekey() makes the key that revision 34 of Noise says", () => {
  const cipher = new NoiseCipher(Uint8Array.from({ length: 32 }, (_, i) => i));
  cipher.seal(new Uint8Array(3));
  cipher.rekey();
  // Made with @noble/ciphers 2.4.0: the number of the message goes on.
  assert.equal(cipher.seal(new TextEncoder().encode("after")).toHex(), "591348e4065f9fd2ffc331c5233f19d20b3d47c7fd");
});

function pair(...prologues: Uint8Array[]): [NoiseHandshake, NoiseHandshake] {
  const [a = new Uint8Array(0), b = a] = prologues;
  return [
    new NoiseHandshake({ ...KEYS.initiator, initiator: true, prologue: a }),
    new NoiseHandshake({ ...KEYS.responder, initiator: false, prologue: b }),
  ];
}

function speak(side: NoiseHandshake, payload: Uint8Array): Uint8Array {
  const keys = side.writeKeys();
  return Uint8Array.from([...keys, ...side.writePayload(payload)]);
}

/** The three messages, and what follows from them. */
function talk(): { messages: Uint8Array[]; ciphers: { send: NoiseCipher; receive: NoiseCipher } } {
  const [a, b] = pair();
  const messages = [a, b, a].map((side, i) => {
    const message = speak(side, Uint8Array.of(i));
    const other = side === a ? b : a;
    assert.ok(other.readKeys(message));
    other.readPayload();
    return message;
  });
  return { messages, ciphers: { send: a.split().send, receive: b.split().receive } };
}

function messages(): Uint8Array[] {
  return talk().messages;
}

function ciphers(): { send: NoiseCipher; receive: NoiseCipher } {
  return talk().ciphers;
}

/** Whether the one who hears message `i` takes it. */
function hears(messages: readonly Uint8Array[], i: number): boolean {
  const [a, b] = pair();
  for (let j = 0; j <= i; j++) {
    const [speaker, listener] = j === 1 ? [b, a] : [a, b];
    speak(speaker, Uint8Array.of(j));
    const heard = listener.readKeys(messages[j]!) && listener.readPayload() !== undefined;
    if (!heard) return false;
  }
  return true;
}
