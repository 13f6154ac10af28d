import { type DataFrame, FRAME_LIMITS, MAIN_CHANNEL } from "../pipeline/mod.ts";

/** What a value that is no frame does not say of itself. */
export type FrameRest = Pick<DataFrame, "timestampUs" | "sequenceId" | "metadata">;

/** Levels of lists and objects in a value that becomes a frame. */
const MAX_DEPTH = 8;
const FRAME_KEYS: ReadonlySet<string> = new Set(["timestampUs", "sequenceId", "payload", "metadata"]);

/**
 * The frame of a value that a node of a plugin published:
 *
 * - a number is one sample of the main channel, a list of numbers or bytes are its samples;
 * - `{ payload, timestampUs?, sequenceId?, metadata? }`, whose payload is an object, is a frame: by channel a number, a list
 *   of numbers, or bytes;
 * - of any other object each field with numbers is a channel, that of an object or list inside it `memory.free`,
 *   `cores.0.busyMs`; texts go into the metadata.
 *
 * Booleans are 0 and 1, bigints numbers, null NaN. What the value does not say is taken from `rest`.
 *
 * @throws {TypeError} Names the place and what is there.
 */
export function frameOfValue(value: unknown, rest: FrameRest): DataFrame {
  const found = isObject(value) && isFrame(value) ? readFrame(value, rest) : { ...rest, ...readFields(value, rest) };
  if (found.payload.size === 0) throw new TypeError(`it gave ${describe(value)} without a number in it`);
  return found;
}

function isFrame(value: Readonly<Record<string, unknown>>): boolean {
  return isObject(value.payload) && Object.keys(value).every((key) => FRAME_KEYS.has(key));
}

function readFrame(value: Readonly<Record<string, unknown>>, rest: FrameRest): DataFrame {
  const { timestampUs = rest.timestampUs, sequenceId = rest.sequenceId, metadata = {}, payload } = value;
  if (!isObject(metadata)) throw refuse(".metadata", metadata, "an object");
  const channels = Object.entries(payload as object).map(([name, each]) => {
    const samples = samplesOf(each, `.payload.${name}`) ?? [numberOf(each, `.payload.${name}`)];
    return [name, Float64Array.from(samples)] as const;
  });
  return {
    timestampUs: numberOf(timestampUs, ".timestampUs"),
    sequenceId: numberOf(sequenceId, ".sequenceId"),
    payload: new Map(channels),
    metadata: { ...rest.metadata, ...metadata },
  };
}

function readFields(value: unknown, rest: FrameRest): Pick<DataFrame, "payload" | "metadata"> {
  const payload = new Map<string, Float64Array>();
  const texts: [string, string][] = [];
  const walk = (each: unknown, name: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw refuse(`.${name}`, each, `at most ${MAX_DEPTH} levels`);
    const samples = samplesOf(each, `.${name}`);
    if (samples !== undefined) put(name, Float64Array.from(samples));
    else if (typeof each === "string" && depth > 0) texts.push([name, each]);
    else if (typeof each !== "object" || each === null) put(name, Float64Array.of(numberOf(each, depth && `.${name}`)));
    else for (const [key, inner] of Object.entries(each)) walk(inner, name === "" ? key : `${name}.${key}`, depth + 1);
  };
  const put = (name: string, samples: Float64Array) => {
    payload.set(name === "" ? MAIN_CHANNEL : name, samples);
    if (payload.size > FRAME_LIMITS.channels) {
      throw new TypeError(
        `it gave ${describe(value)} with more than ${FRAME_LIMITS.channels} numbers of different names`,
      );
    }
  };
  walk(value, "", 0);
  return { payload, metadata: texts.length === 0 ? rest.metadata : { ...rest.metadata, ...Object.fromEntries(texts) } };
}

/** The numbers of a list of numbers, or of bytes; undefined for what is no such list. */
function samplesOf(value: unknown, at: string): Iterable<number> | undefined {
  if (value instanceof Uint8Array) return value;
  if (!Array.isArray(value)) return undefined;
  // A list that begins with a number is one of numbers; what else is in it is a mistake.
  if (value.length > 0 && typeof value[0] === "object" && value[0] !== null) return undefined;
  return value.map((each, i) => numberOf(each, `${at === "." ? "" : at}[${i}]`));
}

function numberOf(value: unknown, at: string | 0): number {
  switch (typeof value) {
    case "number":
      return value;
    case "boolean":
    case "bigint":
      return Number(value);
    default:
      if (value === null) return NaN;
      throw refuse(at || "", value, "a number");
  }
}

function refuse(at: string, value: unknown, expected: string): TypeError {
  return new TypeError(`it gave ${describe(value)}${at === "" ? "" : ` at ${at.slice(0, 100)}`}, expected ${expected}`);
}

/** A value for a message, such as `the text "NaN"`, `a list`. */
function describe(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/**
 * What a node of a plugin is given for a frame: plain data, samples as lists of numbers. As `rows` one object for each row of
 * samples, `{ time_us, left, right }`, as CsvSink writes them; a channel that is shorter has no field in its last rows.
 */
export function* valuesOfFrame(frame: DataFrame, takes: "frames" | "rows" = "frames"): Iterable<unknown> {
  const { timestampUs, sequenceId, payload, metadata } = frame;
  if (takes === "frames") {
    const channels = [...payload].map(([name, samples]) => [name, Array.from(samples)]);
    yield { timestampUs, sequenceId, payload: Object.fromEntries(channels), metadata };
    return;
  }
  const rate = metadata.sample_rate;
  const stepUs = typeof rate === "number" && rate > 0 ? 1e6 / rate : 0;
  const length = Math.max(0, ...[...payload.values()].map((each) => each.length));
  for (let i = 0; i < length; i++) {
    const row: Record<string, number> = { time_us: timestampUs + i * stepUs };
    for (const [name, samples] of payload) if (i < samples.length) row[name] = samples[i]!;
    yield row;
  }
}
