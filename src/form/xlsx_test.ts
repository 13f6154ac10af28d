import assert from "node:assert/strict";
import { makeZip } from "./workbook_fixture.ts";
import { readWorkbook } from "./xlsx.ts";

/** A workbook whose one sheet has this row; style 1 shows numbers as times. */
function cellsOf(row: string, { strings = "", prefix = "r", target = "s.xml" } = {}): (string | undefined)[] {
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="x/${type}" Target="${target}"/>`;
  const bytes = makeZip({
    "_rels/.rels": `<Relationships>${relation("a", "officeDocument", "xl/workbook.xml")}</Relationships>`,
    "xl/workbook.xml": `<workbook><sheets><sheet name="s" sheetId="1" ${prefix}:id="a"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${relation("a", "worksheet", target)}${
      relation("b", "styles", "styles.xml")
    }${relation("c", "sharedStrings", "strings.xml")}</Relationships>`,
    "xl/s.xml": `<worksheet><sheetData><row>${row}</row></sheetData></worksheet>`,
    "xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="_-* #,##0.00\\ _D_M_-"/></numFmts>` +
      `<cellXfs><xf numFmtId="0"/><xf numFmtId="21"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
    "xl/strings.xml": `<sst>${strings}</sst>`,
  });
  return readWorkbook(bytes, () => true).sheets.flatMap(({ rows }) => rows).flatMap(({ cells }) => [...cells.values()]);
}

Deno.test("readWorkbook() shows a time of day without the day before all days", () => {
  assert.deepEqual(cellsOf(`<c s="1"><v>0.4375</v></c><c s="1"><v>46347.4375</v></c>`), [
    "10:30:00",
    "2026-11-21T10:30:00",
  ]);
});

Deno.test("readWorkbook() takes no amount of money for a day", () => {
  assert.deepEqual(cellsOf(`<c s="2"><v>45000</v></c>`), ["45000"]);
});

Deno.test("readWorkbook() reads the signs that Excel escapes, in shared and in inline texts", () => {
  const row =
    `<c t="s"><v>0</v></c><c t="inlineStr"><is><t>a_x000D_\nb</t></is></c><c t="str"><v>_x005F_x000D_</v></c>`;
  assert.deepEqual(cellsOf(row, { strings: "<si><t>one_x000D_\ntwo</t></si>" }), ["one\ntwo", "a\nb", "_x000D_"]);
});

Deno.test("readWorkbook() finds a sheet whatever prefix its relation has", () => {
  assert.deepEqual(cellsOf(`<c t="str"><v>x</v></c>`, { prefix: "d3p1" }), ["x"]);
});

Deno.test("readWorkbook() finds a part however its target is written", () => {
  for (const target of ["./s.xml", "/xl/s.xml", "../xl/s.xml", "S.XML"]) {
    assert.deepEqual(cellsOf(`<c t="str"><v>x</v></c>`, { target }), ["x"], target);
  }
});
