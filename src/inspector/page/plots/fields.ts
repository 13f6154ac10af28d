/** A place in the values of a channel where numbers are. */
export interface Field {
  /** As the server reads it: `acc[0]`, `payload.main_channel[*]`. */
  readonly path: string;
  /** One number, or the samples of a frame. */
  readonly kind: "number" | "samples";
  /** What was there. */
  readonly sample: string;
}

const MAX_FIELDS = 400;
/** An array of more numbers is a frame of samples, of fewer a vector. */
const VECTOR = 16;

/** The places in a value where numbers are, as `toTree()` of the server wrote it. */
export function listFields(value: unknown): Field[] {
  const found: Field[] = [];
  const walk = (value: unknown, path: string, depth: number): void => {
    if (found.length >= MAX_FIELDS || depth > 8) return;
    if (typeof value === "number" || typeof value === "boolean") {
      found.push({
        path,
        kind: "number",
        sample: `${typeof value === "number" ? Number(value.toPrecision(6)) : value}`,
      });
    } else if (Array.isArray(value)) walkList(value, value.length, path, depth);
    else if (typeof value === "object" && value !== null) {
      const { $, text, items, length } = value as Readonly<Record<string, unknown>>;
      if ($ === "bigint" || $ === "number") found.push({ path, kind: "number", sample: `${text}` });
      else if ($ === "bytes") found.push({ path: `${path}[*]`, kind: "samples", sample: `${length} bytes` });
      else if ($ === "array") walkList(items as unknown[], Number(length), path, depth);
      else if ($ === "map" || $ === "object") {
        for (const [key, each] of items as [unknown, unknown][]) {
          if (typeof key === "string") walk(each, join(path, key), depth + 1);
        }
      } else if ($ === undefined) {
        for (const [key, each] of Object.entries(value)) walk(each, join(path, key), depth + 1);
      }
    }
  };
  const walkList = (items: readonly unknown[], length: number, path: string, depth: number): void => {
    const isNumbers = items.length > 0 && items.every((each) => typeof each === "number" || isNumber(each));
    if (isNumbers && length > VECTOR) {
      found.push({ path: `${path}[*]`, kind: "samples", sample: `${length} samples` });
    } else items.slice(0, VECTOR).forEach((each, i) => walk(each, `${path}[${i}]`, depth + 1));
  };
  walk(value, "", 0);
  return found;
}

/** Latitude and longitude that belong together, in a list of fields. */
export function findPositions(fields: readonly Field[]): { readonly lat: string; readonly lon: string }[] {
  const numbers = new Set(fields.filter(({ kind }) => kind === "number").map(({ path }) => path));
  return [...numbers].flatMap((lat) => {
    const name = /(?:^|\.)(?<name>lat(?:itude)?(?:_deg)?)$/i.exec(lat)?.groups?.name;
    if (name === undefined) return [];
    const before = lat.slice(0, lat.length - name.length);
    const after = name.slice(/latitude/i.test(name) ? 8 : 3);
    const lon = ["lon", "lng", "long", "longitude", "Lon", "Lng", "Longitude", "LON"].map((each) =>
      before + each + after
    )
      .find((each) => numbers.has(each));
    return lon === undefined ? [] : [{ lat, lon }];
  });
}

function isNumber(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    ["bigint", "number"].includes(`${(value as { $?: unknown }).$}`);
}

function join(path: string, key: string): string {
  if (!/^[^.[\]"\\]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
