// Workbooks for tests: sheets of rows in, the bytes of an .xlsx out.
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../bytes/mod.ts";

/** A cell: text, a number, a truth, or nothing. */
export type Cell = string | number | boolean | undefined;

/** An .xlsx with these sheets. Texts are shared strings, as Excel has them. */
export function makeWorkbook(sheets: Readonly<Record<string, readonly (readonly Cell[])[]>>): Uint8Array {
  const strings: string[] = [];
  const names = Object.keys(sheets);
  const files: Record<string, string> = {
    "_rels/.rels":
      `<Relationships xmlns="r"><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook xmlns:r="r"><sheets>${
      names.map((name, i) => `<sheet name="${escape(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")
    }</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${
      names.map((_, i) => `<Relationship Id="rId${i + 1}" Type="x/worksheet" Target="worksheets/s${i + 1}.xml"/>`)
        .join("")
    }<Relationship Id="rIdS" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
  };
  names.forEach((name, i) => {
    const rows = sheets[name]!.map((row, r) =>
      `<row r="${r + 1}">${row.map((cell, c) => cellXml(cell, `${letters(c)}${r + 1}`)).join("")}</row>`
    );
    files[`xl/worksheets/s${i + 1}.xml`] = `<worksheet><sheetData>${rows.join("")}</sheetData></worksheet>`;
  });
  files["xl/sharedStrings.xml"] = `<sst>${strings.map((text) => `<si><t>${escape(text)}</t></si>`).join("")}</sst>`;
  return makeZip(files);

  function cellXml(cell: Cell, place: string): string {
    if (cell === undefined || cell === "") return "";
    if (typeof cell === "number") return `<c r="${place}"><v>${cell}</v></c>`;
    if (typeof cell === "boolean") return `<c r="${place}" t="b"><v>${cell ? 1 : 0}</v></c>`;
    return `<c r="${place}" t="s"><v>${strings.push(cell) - 1}</v></c>`;
  }
}

/** A ZIP archive of texts. */
export function makeZip(files: Readonly<Record<string, string>>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, bytes] = [new TextEncoder().encode(path), new TextEncoder().encode(text)];
    const packed = new Uint8Array(deflateRawSync(bytes));
    const common = [
      ...[u16(20), u16(0), u16(8), u16(0), u16(0), u32(crc32(bytes)), u32(packed.length), u32(bytes.length)],
      ...[u16(name.length), u16(0)],
    ];
    const local = join([u32(0x04034b50), ...common, name, packed]);
    parts.push(local);
    directory.push(
      join([u32(0x02014b50), u16(20), ...common, u16(0), u16(0), u16(0), u32(0), u32(at), name]),
    );
    at += local.length;
  }
  const list = join(directory);
  const count = directory.length;
  return join([
    ...parts,
    list,
    u32(0x06054b50),
    ...[u16(0), u16(0), u16(count), u16(count), u32(list.length), u32(at), u16(0)],
  ]);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function letters(column: number): string {
  return column < 26 ? String.fromCharCode(65 + column) : letters(Math.floor(column / 26) - 1) + letters(column % 26);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
