import { hash } from "node:crypto";
import { createDeviceKey, type DeviceKey, headMessage } from "./device.ts";
import { checkOf, eventId, type MeshEvent, type Payload } from "./event.ts";
import type { Run } from "./run.ts";

/** The id of the dataset of tests. */
export const DATASET: Uint8Array = new Uint8Array(32).fill(0xda);
/** When tests take place. */
export const START_MS = Date.UTC(2026, 10, 21);

/** A key that is the same in each test run. */
export function testKey(name: string): DeviceKey {
  return createDeviceKey(hash("sha256", `device ${name}`, "buffer"));
}

/** A device without a store: writes runs as they come over the air, right or wrong. */
export class TestWriter {
  readonly key: DeviceKey;
  seq = 0;
  wallMs = START_MS;
  head: Uint8Array;

  constructor(name: string, dataset: Uint8Array = DATASET) {
    [this.key, this.head] = [testKey(name), dataset];
  }

  /** A copy that goes on by itself: a device restored from a backup. */
  clone(): TestWriter {
    const copy = new TestWriter("");
    return Object.assign(copy, this);
  }

  /** The next events, signed at the last. */
  run(...said: readonly { readonly kind: string; readonly payload: Payload }[]): Run {
    const from = this.seq + 1;
    const after = checkOf(this.head);
    const events = said.map((each): MeshEvent => ({ wallMs: this.wallMs += 1000, counter: 0, ...each }));
    for (const event of events) {
      this.head = eventId(event, { device: this.key.device, seq: ++this.seq, prev: this.head });
    }
    return { device: this.key.device, from, after, events, signature: this.key.sign(headMessage(this.head)) };
  }

  /** One event: a field of a record. */
  set(record: string, field: string, value: unknown): Run {
    return this.run({ kind: "field.set", payload: { record, field, value } });
  }
}
