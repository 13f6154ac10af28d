import { type ByteReader, type ByteWriter, decodeUtf8, encodeUtf8 } from "tinman/codec";

/** Writes texts as `n × u32 end | UTF-8`, the ends counted from where the UTF-8 begins. */
export function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  const joined = texts.join("");
  let end = 0;
  // Without characters beyond ASCII, lengths in units are lengths in bytes.
  if (isAscii(joined)) {
    for (const text of texts) writer.u32(end += text.length);
    writer.text(joined);
    return;
  }
  const parts = texts.map(encodeUtf8);
  for (const part of parts) writer.u32(end += part.length);
  for (const part of parts) writer.bytes(part);
}

/** Reads `count` texts that {@linkcode writeTexts} wrote. */
export function readTexts(reader: ByteReader, count: number): string[] {
  const ends = reader.bytes(count * 4);
  const view = new DataView(ends.buffer, ends.byteOffset, ends.byteLength);
  const utf8 = reader.bytes(count === 0 ? 0 : view.getUint32(count * 4 - 4, true));
  const joined = decodeUtf8(utf8);
  const isPlain = joined.length === utf8.length;
  const texts: string[] = [];
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = view.getUint32(i * 4, true);
    if (end < start || end > utf8.length) throw new RangeError(`text ${i} goes from ${start} to ${end}`);
    texts.push(isPlain ? joined.slice(start, end) : decodeUtf8(utf8.subarray(start, end)));
    start = end;
  }
  return texts;
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
