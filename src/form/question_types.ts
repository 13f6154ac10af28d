import type { FieldType } from "./schema.ts";

/** What the column `type` says. */
export type QuestionType =
  | { readonly kind: "begin"; readonly repeat: boolean }
  | { readonly kind: "end"; readonly repeat: boolean }
  | { readonly kind: "field"; readonly type: FieldType; readonly metadata?: string }
  | { readonly kind: "select"; readonly type: FieldType; readonly list: string; readonly other: boolean }
  | { readonly kind: "selectFile"; readonly type: FieldType; readonly file: string }
  | { readonly kind: "ignored" }
  | { readonly kind: "unserved"; readonly why: string };

const plain: Readonly<Record<string, FieldType>> = {
  text: "text",
  string: "text",
  integer: "integer",
  int: "integer",
  decimal: "decimal",
  boolean: "boolean",
  date: "date",
  time: "time",
  datetime: "datetime",
  date_time: "datetime",
  geopoint: "geopoint",
  gps: "geopoint",
  location: "geopoint",
  geotrace: "geotrace",
  geoshape: "geoshape",
  note: "note",
  calculate: "calculate",
  calculation: "calculate",
  hidden: "hidden",
  acknowledge: "acknowledge",
  trigger: "acknowledge",
  barcode: "barcode",
  range: "range",
  image: "image",
  photo: "image",
  audio: "audio",
  video: "video",
  file: "file",
};

/** Where values come from that nobody is asked for, with the type they have. */
export const metadataTypes: Readonly<Record<string, FieldType>> = {
  start: "datetime",
  end: "datetime",
  today: "date",
  deviceid: "text",
  imei: "text",
  subscriberid: "text",
  simserial: "text",
  phonenumber: "text",
  phone_number: "text",
  username: "text",
  email: "text",
  audit: "file",
  "start-geopoint": "geopoint",
  start_geopoint: "geopoint",
  "background-geopoint": "geopoint",
  background_geopoint: "geopoint",
  "background-audio": "audio",
  background_audio: "audio",
};

const unserved: Readonly<Record<string, string>> = {
  loop: "a loop asks the same for every choice; write a repeat or the questions themselves",
  kobomatrix: "Kobo makes questions of it when a form is deployed: download the form there as XML and import that",
  score: "Kobo makes questions of it when a form is deployed: download the form there as XML and import that",
  rank: "Kobo makes questions of it when a form is deployed: download the form there as XML and import that",
};

const SELECT =
  /^(select_one|select_multiple|rank)(_from_file|_external)?\s+(.+?)(\s+(?:or_other|or other|or_specify_other|or specify other))?$/i;

/** Reads a type as authors write it: `select_one yes_no or_other`; undefined when there is none such. */
export function readQuestionType(text: string): QuestionType | undefined {
  const words = text.trim().replace(/\s+/g, " ");
  const lower = words.toLowerCase();
  const bracket = /^(begin|end)[ _](group|lgroup|repeat|looped group|loop|kobomatrix|score|rank)$/.exec(lower);
  if (bracket !== null) {
    const [, kind, what] = bracket as unknown as [string, "begin" | "end", string];
    if (Object.hasOwn(unserved, what)) return { kind: "unserved", why: unserved[what]! };
    return { kind, repeat: what !== "group" };
  }
  const key = lower.replaceAll(" ", "_");
  if (Object.hasOwn(plain, key)) return { kind: "field", type: plain[key]! };
  if (Object.hasOwn(metadataTypes, key)) {
    return {
      kind: "field",
      type: metadataTypes[key]!,
      metadata: key === "imei" ? "deviceid" : key.replaceAll("_", "-"),
    };
  }
  if (key === "xml-external" || key === "csv-external") return { kind: "ignored" };
  if (/^osm\b/.test(lower)) return { kind: "unserved", why: "OpenStreetMap features are not served" };
  return readSelect(words);
}

/** Every word that a type may begin with, to guess what was meant. */
export function typeNames(): readonly string[] {
  return [...Object.keys(plain), ...Object.keys(metadataTypes), ...["begin_group", "end_group", "begin_repeat"], ...[
    "end_repeat",
    "select_one",
    "select_multiple",
    "rank",
  ]];
}

function readSelect(words: string): QuestionType | undefined {
  const modern = words
    .replace(
      /^(?:add )?select (?:one|1)(?: prompt using| from)? (file )?/i,
      (_, file) => `select_one${file ? "_from_file" : ""} `,
    )
    .replace(/^select1(?: from)? /i, "select_one ")
    .replace(
      /^(?:add )?select (?:multiple|all that apply)(?: prompt using| from)? (file )?/i,
      (_, file) => `select_multiple${file ? "_from_file" : ""} `,
    );
  const found = SELECT.exec(modern);
  if (found === null) return undefined;
  const [, what, from, list, other] = found;
  const type = what!.toLowerCase() as FieldType;
  if (from !== undefined) return { kind: "selectFile", type, file: list! };
  return { kind: "select", type, list: list!, other: other !== undefined };
}
