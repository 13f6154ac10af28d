// Goal: our Noise is the Noise of others, also in what the published vectors do not show: a prologue, keys of chance.
// Method: noise-c, compiled to WebAssembly, is the other side of each handshake, in both roles.
import assert from "node:assert/strict";
import createNoise from "noise-c.wasm";
import { NoiseHandshake } from "../../src/link/noise.ts";
import type { NoiseCipher } from "../../src/link/noise_cipher.ts";
import { createRandom, type Random } from "../../src/random/mod.ts";

/** What we use of it; it brings no types. */
interface NoiseC {
  readonly constants: Readonly<Record<string, number>>;
  readonly HandshakeState: new (name: string, role: number) => {
    Initialize(prologue: Uint8Array, staticKey: Uint8Array): void;
    WriteMessage(payload: Uint8Array): Uint8Array;
    ReadMessage(message: Uint8Array, wantsPayload: boolean): Uint8Array;
    GetHandshakeHash(): Uint8Array;
    Split(): [send: TheirCipher, receive: TheirCipher];
  };
}

interface TheirCipher {
  EncryptWithAd(associated: Uint8Array, plain: Uint8Array): Uint8Array;
  DecryptWithAd(associated: Uint8Array, sealed: Uint8Array): Uint8Array;
}

const NONE = new Uint8Array(0);

Deno.test("NoiseHandshake and NoiseCipher speak with noise-c, in both roles", async () => {
  const judge = await loadJudge();
  for (let seed = 0; seed < 20; seed++) {
    for (const initiator of [true, false]) talk(judge, createRandom(`noise ${seed}`), initiator);
  }
});

function talk({ constants, HandshakeState }: NoiseC, random: Random, initiator: boolean): void {
  const prologue = random.bytes(random.int(50));
  const role = initiator ? constants.NOISE_ROLE_RESPONDER : constants.NOISE_ROLE_INITIATOR;
  const theirs = new HandshakeState("Noise_XX_25519_ChaChaPoly_SHA256", role!);
  theirs.Initialize(prologue, random.bytes(32));
  const ours = new NoiseHandshake({ initiator, prologue, staticKey: random.bytes(32), ephemeralKey: random.bytes(32) });
  for (let i = 0; i < 3; i++) {
    const payload = random.bytes(random.int(200));
    if ((i === 1) !== initiator) {
      const message = Uint8Array.from([...ours.writeKeys(), ...ours.writePayload(payload)]);
      assert.deepEqual(Uint8Array.from(theirs.ReadMessage(message, true)), payload);
    } else {
      assert.ok(ours.readKeys(Uint8Array.from(theirs.WriteMessage(payload))));
      assert.deepEqual(ours.readPayload(), payload);
    }
  }
  assert.deepEqual(Uint8Array.from(theirs.GetHandshakeHash()), ours.hash);
  const [theirSend, theirReceive] = theirs.Split();
  const { send, receive } = ours.split();
  for (let i = 0; i < 10; i++) {
    exchange(random.bytes(random.int(300)), { send, receive, theirSend, theirReceive });
  }
}

function exchange(plain: Uint8Array, { send, receive, theirSend, theirReceive }: {
  readonly send: NoiseCipher;
  readonly receive: NoiseCipher;
  readonly theirSend: TheirCipher;
  readonly theirReceive: TheirCipher;
}): void {
  assert.deepEqual(Uint8Array.from(theirReceive.DecryptWithAd(NONE, send.seal(plain))), plain);
  assert.deepEqual(receive.open(Uint8Array.from(theirSend.EncryptWithAd(NONE, plain))), plain);
}

async function loadJudge(): Promise<NoiseC> {
  const load = createNoise as unknown as (options: object, done: (noise: NoiseC) => void) => void;
  return await new Promise((resolve) => load({ printErr: () => {} }, resolve));
}
