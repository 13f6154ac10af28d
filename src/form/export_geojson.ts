import { type GeoPoint, parseGeoPoint, parseGeoPoints } from "./geo.ts";
import { TinmanError } from "../errors/mod.ts";
import type { ExportRecord } from "./record.ts";
import type { FieldType, FormSchema } from "./schema.ts";

/** Options of {@linkcode exportGeoJson}. */
export interface ExportGeoJsonOptions {
  /** The field that says where a record is. @default the first one of the form with an answer */
  readonly geometry?: string;
}

type Position = readonly number[];

/** A geometry of RFC 7946. */
type Geometry =
  | { readonly type: "Point"; readonly coordinates: Position }
  | { readonly type: "LineString"; readonly coordinates: readonly Position[] }
  | { readonly type: "Polygon"; readonly coordinates: readonly (readonly Position[])[] };

/**
 * Records as a FeatureCollection (RFC 7946), one feature each; its geometry is null where no place was given. Longitude
 * comes first, and areas turn counter-clockwise. Gives the text in pieces, a feature each.
 */
export function* exportGeoJson(
  { fields }: FormSchema,
  records: Iterable<ExportRecord>,
  { geometry }: ExportGeoJsonOptions = {},
): Iterable<string> {
  const places = fields.filter(({ type, path }) => isPlace(type) && (geometry === undefined || geometry === path));
  if (geometry !== undefined && places.length === 0) {
    const paths = fields.filter(({ type }) => isPlace(type)).map(({ path }) => path).join(", ") || "none";
    throw new TinmanError("NOT_FOUND", `Cannot export ${geometry}: the form has no such place; it has ${paths}`, {
      kind: "place",
      id: geometry,
    });
  }
  yield '{"type":"FeatureCollection","features":[';
  let first = true;
  for (const { id, form, createdBy, createdAt, fields: values, notes, attachments } of records) {
    const found = places.flatMap(({ path, type }) => {
      const value = Object.hasOwn(values, path) ? values[path] : undefined;
      return typeof value === "string" ? geometryOf(type, value) ?? [] : [];
    });
    // The record's own come last: no field can stand in for them.
    const properties = {
      ...values,
      _id: id,
      _form: form,
      _submitted_by: createdBy,
      _submission_time: createdAt,
      _notes: notes,
      _attachments: attachments,
    };
    yield `${first ? "" : ","}\n${JSON.stringify({ type: "Feature", id, geometry: found[0] ?? null, properties })}`;
    first = false;
  }
  yield "\n]}\n";
}

function geometryOf(type: FieldType, text: string): Geometry | undefined {
  if (type === "geopoint") {
    const point = parseGeoPoint(text);
    return "problem" in point ? undefined : { type: "Point", coordinates: positionOf(point) };
  }
  const line = parseGeoPoints(text, type === "geotrace" ? "geotrace" : "geoshape");
  if ("problem" in line) return undefined;
  const positions = line.points.map(positionOf);
  if (type === "geotrace") return { type: "LineString", coordinates: positions };
  return { type: "Polygon", coordinates: [turnsLeft(positions) ? positions : positions.toReversed()] };
}

/** Altitude is the third number only where it is known of a point; accuracy has no place in GeoJSON. */
function positionOf({ latitude, longitude, altitude }: GeoPoint): Position {
  return altitude === undefined ? [longitude, latitude] : [longitude, latitude, altitude];
}

/** Whether a ring turns counter-clockwise: its signed area is positive. */
function turnsLeft(ring: readonly Position[]): boolean {
  let area = 0;
  for (let i = 1; i < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i - 1] as [number, number], ring[i] as [number, number]];
    area += x1 * y2 - x2 * y1;
  }
  return area >= 0;
}

function isPlace(type: FieldType): boolean {
  return type === "geopoint" || type === "geotrace" || type === "geoshape";
}
