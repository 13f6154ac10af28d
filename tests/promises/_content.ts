/** What is written into channel `channel` as value number `index`: anybody can tell whether it is whole. */
export function contentOf(channel: number, index: number): Uint8Array {
  const dice = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  // Mostly small; some larger than a buffer, some larger than a block.
  const length = dice % 97 === 0 ? 80_000 : dice % 1009 === 1 ? 400_000 : dice % 200;
  const bytes = new Uint8Array(12 + length).fill(dice & 255);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, channel);
  view.setUint32(4, index);
  view.setUint32(8, length);
  return bytes;
}

/** The channels that are written. */
export const channelNames: readonly string[] = ["small", "../outside", "with space", "ünïcode"];
