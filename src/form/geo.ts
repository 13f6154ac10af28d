import { plainNumber, readNumber } from "./number_text.ts";

/** A place on Earth, in degrees (WGS 84) and metres. */
export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude?: number;
  /** Radius in metres within which it is. */
  readonly accuracy?: number;
}

/** Most points of one line or area. */
const MAX_POINTS = 20_000;

/** A place as ODK writes it, `latitude longitude [altitude [accuracy]]`, or what is wrong with it. */
export function parseGeoPoint(text: string): GeoPoint | { readonly problem: string } {
  const parts = text.trim().split(/\s+/);
  if (parts.length < 2 || parts.length > 4) {
    return { problem: "expected latitude, longitude and perhaps altitude and accuracy, with spaces between them" };
  }
  const numbers = parts.map(readNumber);
  const wrong = numbers.indexOf(undefined);
  if (wrong >= 0) return { problem: `expected a number, found ${JSON.stringify(parts[wrong]!.slice(0, 40))}` };
  const [latitude, longitude, altitude, accuracy] = numbers as [number, number, number?, number?];
  if (Math.abs(latitude) > 90) return { problem: `latitude goes from -90 to 90, found ${parts[0]}` };
  if (Math.abs(longitude) > 180) return { problem: `longitude goes from -180 to 180, found ${parts[1]}` };
  if (accuracy !== undefined && accuracy < 0) return { problem: `accuracy is not negative, found ${parts[3]}` };
  return {
    latitude,
    longitude,
    ...(altitude !== undefined && { altitude }),
    ...(accuracy !== undefined && { accuracy }),
  };
}

/** A place in the one form in which it is kept. */
export function formatGeoPoint({ latitude, longitude, altitude, accuracy }: GeoPoint): string {
  const rest = accuracy !== undefined ? [altitude ?? 0, accuracy] : altitude !== undefined ? [altitude] : [];
  return [latitude, longitude, ...rest].map(plainNumber).join(" ");
}

/** The points of a trace or a shape, with `;` between them, or what is wrong with them. */
export function parseGeoPoints(
  text: string,
  kind: "geotrace" | "geoshape",
): { readonly points: readonly GeoPoint[] } | { readonly problem: string } {
  const parts = text.split(";").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  if (parts.length > MAX_POINTS) return { problem: `it has ${parts.length} points, more than ${MAX_POINTS}` };
  const points: GeoPoint[] = [];
  for (const [i, part] of parts.entries()) {
    const point = parseGeoPoint(part);
    if ("problem" in point) return { problem: `point ${i + 1}: ${point.problem}` };
    points.push(point);
  }
  if (kind === "geotrace" && points.length < 2) {
    return { problem: `a line has at least 2 points, found ${points.length}` };
  }
  if (kind === "geoshape") {
    if (points.length < 4) {
      return { problem: `an area has at least 4 points, the last as the first, found ${points.length}` };
    }
    const [first, last] = [points[0]!, points.at(-1)!];
    if (first.latitude !== last.latitude || first.longitude !== last.longitude) {
      return { problem: "an area ends where it begins, and this one does not" };
    }
  }
  return { points };
}
