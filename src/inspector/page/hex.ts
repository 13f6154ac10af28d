/** Bytes a row shows. */
const ROW = 16;

/** Bytes as people read them: `00000000  48 65 6c 6c 6f                                    Hello`. */
export function hexDump(bytes: Uint8Array, most = 4096): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += ROW) {
    const row = bytes.subarray(at, Math.min(at + ROW, most));
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
    const pairs = `${hex.slice(0, 8).join(" ")}  ${hex.slice(8).join(" ")}`.padEnd(ROW * 3 + 1);
    const text = Array.from(row, (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·").join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${pairs}  ${text}`);
  }
  if (bytes.length > most) lines.push(`… ${bytes.length - most} bytes more`);
  return lines.join("\n");
}
