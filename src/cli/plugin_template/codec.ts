import { definePlugin } from "tinman/plugin";

/** A place on Earth, in degrees. */
interface Position {
  readonly lat: number;
  readonly lon: number;
}

export default definePlugin({ codecs: { NAME: { version: 1, encode, decode } } });

// 8 bytes: latitude and longitude as int32, big endian, in 1e-7 degrees (about a centimetre).
const SCALE = 1e7;

function encode({ lat, lon }: Position): Uint8Array {
  check(lat, 90, "lat");
  check(lon, 180, "lon");
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, Math.round(lat * SCALE));
  view.setInt32(4, Math.round(lon * SCALE));
  return new Uint8Array(view.buffer);
}

/** Throws for bytes that `encode` cannot have made: whoever reads a recording wants to know. */
function decode(bytes: Uint8Array): Position {
  if (bytes.length !== 8) throw new Error(`expected 8 bytes, found ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const [lat, lon] = [view.getInt32(0) / SCALE, view.getInt32(4) / SCALE];
  check(lat, 90, "lat");
  check(lon, 180, "lon");
  return { lat, lon };
}

function check(degrees: number, most: number, name: string): void {
  if (!(Math.abs(degrees) <= most)) throw new Error(`${name} is ${degrees}, expected -${most} to ${most}`);
}
