import type { FieldType } from "./schema.ts";
import { metadataTypes } from "./question_types.ts";
import type { XmlElement } from "./xml.ts";

const bindTypes: Readonly<Record<string, FieldType>> = {
  string: "text",
  select1: "text",
  select: "text",
  int: "integer",
  integer: "integer",
  long: "integer",
  decimal: "decimal",
  double: "decimal",
  boolean: "boolean",
  date: "date",
  time: "time",
  dateTime: "datetime",
  datetime: "datetime",
  geopoint: "geopoint",
  geotrace: "geotrace",
  geoshape: "geoshape",
  barcode: "barcode",
  binary: "file",
  intent: "text",
  anyURI: "file",
};

/** The type of a field: what its bind says of the value, and what its control says of how it is asked for. */
export function typeOf(
  bind: XmlElement | undefined,
  control: XmlElement | undefined,
): { readonly type: FieldType; readonly metadata?: string; readonly problem?: string } {
  const { type: full = "string", readonly, calculate } = bind?.attributes ?? {};
  const type = full.slice(full.indexOf(":") + 1);
  const metadata = metadataOf(bind);
  if (metadata !== undefined) {
    return { type: Object.hasOwn(metadataTypes, metadata) ? metadataTypes[metadata]! : "text", metadata };
  }
  const plain = Object.hasOwn(bindTypes, type) ? bindTypes[type]! : undefined;
  switch (control?.name) {
    case "select1":
      return { type: "select_one" };
    case "select":
      return { type: "select_multiple" };
    case "rank":
    case "range":
      return { type: control.name };
    case "trigger":
      return { type: "acknowledge" };
    case "upload": {
      const kind = (control.attributes.mediatype ?? "").split("/")[0]!;
      return { type: kind === "image" || kind === "audio" || kind === "video" ? kind : "file" };
    }
    case undefined:
      return {
        type: calculate === undefined && plain !== "text" && plain !== undefined
          ? plain
          : calculate === undefined
          ? "hidden"
          : "calculate",
      };
  }
  if (plain === undefined) return { type: "text", problem: `there is no type ${JSON.stringify(type.slice(0, 40))}` };
  return {
    type: plain === "text" && /^true(\(\))?$/.test(readonly?.trim() ?? "") && calculate === undefined ? "note" : plain,
  };
}

/** Values that the device notes by itself. */
function metadataOf(bind: XmlElement | undefined): string | undefined {
  const params = bind?.attributes["jr:preloadParams"];
  switch (bind?.attributes["jr:preload"]) {
    case "timestamp":
      return params === "end" ? "end" : "start";
    case "date":
      return "today";
    case "property":
      return params ?? "deviceid";
  }
  return undefined;
}
