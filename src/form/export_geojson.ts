import { type GeoPoint, parseGeoPoint, parseGeoPoints } from "./geo.ts";
import { cutLine, cutRing, type Position } from "./geo_date_line.ts";
import { TinmanError } from "../errors/mod.ts";
import type { ExportRecord } from "./record.ts";
import type { FieldType, FormSchema } from "./schema.ts";

/** Options of {@linkcode exportGeoJson}. */
export interface ExportGeoJsonOptions {
  /** The field that says where a record is, in no repeat. @default the first one of the form with an answer */
  readonly geometry?: string;
}

/** A geometry of RFC 7946. */
type Geometry =
  | { readonly type: "Point"; readonly coordinates: Position }
  | { readonly type: "LineString"; readonly coordinates: readonly Position[] }
  | { readonly type: "MultiLineString" | "Polygon"; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: "MultiPolygon"; readonly coordinates: readonly (readonly (readonly Position[])[])[] };

/**
 * Records as a FeatureCollection (RFC 7946), one feature each; its geometry is null where no place was given. Longitude
 * comes first, areas turn counter-clockwise, and what crosses the 180th meridian is cut there. Gives the text in pieces, a feature each.
 */
export function* exportGeoJson(
  { fields, groups }: FormSchema,
  records: Iterable<ExportRecord>,
  { geometry }: ExportGeoJsonOptions = {},
): Iterable<string> {
  // A record has one geometry, and any number of places in a repeat.
  const isRepeated = (path: string) => groups.some((group) => group.repeat && path.startsWith(`${group.path}/`));
  const known = fields.filter(({ type, path }) => isPlace(type) && !isRepeated(path));
  const places = known.filter(({ path }) => geometry === undefined || geometry === path);
  if (geometry !== undefined && places.length === 0) {
    const paths = known.map(({ path }) => path).join(", ") || "none";
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
  if (type === "geotrace") {
    const parts = cutLine(positions);
    return parts.length === 1
      ? { type: "LineString", coordinates: parts[0]! }
      : { type: "MultiLineString", coordinates: parts };
  }
  // Two fixes of one place have two altitudes, and a ring ends in the very position in which it begins.
  const rings = cutRing([...positions.slice(0, -1), positions[0]!]);
  return rings.length === 1
    ? { type: "Polygon", coordinates: rings }
    : { type: "MultiPolygon", coordinates: rings.map((ring) => [ring]) };
}

/** Altitude is the third number only where it is known of a point; accuracy has no place in GeoJSON. */
function positionOf({ latitude, longitude, altitude }: GeoPoint): Position {
  return altitude === undefined ? [longitude, latitude] : [longitude, latitude, altitude];
}

function isPlace(type: FieldType): boolean {
  return type === "geopoint" || type === "geotrace" || type === "geoshape";
}
