import { elementsOf, parseXml } from "./xml.ts";

/** For each cell style whether it shows numbers as days or times (ECMA-376 part 1, 18.8.30). */
export function readDateStyles(bytes: Uint8Array, path: string): boolean[] {
  const sheet = parseXml(bytes, path);
  const formats = new Map(
    elementsOf(sheet, "numFmts").flatMap((each) => elementsOf(each, "numFmt")).map(({ attributes }) =>
      [attributes.numFmtId ?? "", attributes.formatCode ?? ""] as const
    ),
  );
  return elementsOf(sheet, "cellXfs").flatMap((each) => elementsOf(each, "xf")).map(({ attributes }) => {
    const id = attributes.numFmtId ?? "0";
    const code = formats.get(id);
    return code === undefined ? isDateId(Number(id)) : isDateCode(code);
  });
}

// Those that every workbook knows without saying so.
function isDateId(id: number): boolean {
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

function isDateCode(code: string): boolean {
  // Texts in quotes, colours and locales in brackets, what a backslash makes a letter, and what a space is as wide as or is
  // filled with (`_D_M` of an amount of money) are no part of it.
  const bare = code.slice(0, 500).replace(/"[^"]*"|\[[^\]]*\]|[\\_*]./g, "");
  return /[ymdhs]/i.test(bare) && !/general/i.test(bare);
}
