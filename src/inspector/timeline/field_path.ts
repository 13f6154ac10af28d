import { TinmanError } from "../../errors/mod.ts";

/** One step into a value: a field, an index, or `*` for all numbers of an array, which is the last one. */
export type Step = string | number;

const MAX_STEPS = 16;
const MAX_TEXT = 500;
const STEP = /\[(?<index>\d+|\*)\]|\["(?<quoted>(?:[^"\\]|\\.)*)"\]|\.?(?<name>[^.[\]]+)/gy;

/**
 * Where a number is in a value: `speed`, `pose.x`, `acc[0]`, `payload.main_channel[*]` for all samples of a frame, `["odd name"]`.
 * An empty text is the value itself.
 *
 * @throws {TinmanError} `USAGE`
 */
export function parsePath(text: string): readonly Step[] {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length && text.length <= MAX_TEXT && steps.length < MAX_STEPS) {
    const { index, quoted, name } = STEP.exec(text)?.groups ?? {};
    if (index !== undefined) steps.push(index === "*" ? index : Number(index));
    else if (quoted !== undefined) steps.push(unquote(quoted));
    else if (name !== undefined) steps.push(name);
    else break;
    if (STEP.lastIndex === text.length) return steps;
  }
  if (text === "") return steps;
  throw new TinmanError("USAGE", `Cannot read the path ${JSON.stringify(text.slice(0, 100))} into a value`, {
    argument: "path",
    hint: 'such as pose.x, acc[0], payload.main_channel[*], ["a name.with a dot"]',
  });
}

/** The numbers at a path: one, those of an array, or undefined where there is none. */
export function numbersAt(value: unknown, steps: readonly Step[]): number | ArrayLike<number | bigint> | undefined {
  const found = exactAt(value, steps);
  return typeof found === "bigint" ? Number(found) : found;
}

/** The same, with a large whole number as it is. */
export function exactAt(
  value: unknown,
  steps: readonly Step[],
): number | bigint | ArrayLike<number | bigint> | undefined {
  let at = value;
  for (const step of steps) {
    if (step === "*") return isNumeric(at) ? at : undefined;
    if (at instanceof Map) at = at.get(step) ?? at.get(String(step));
    else if (typeof at === "object" && at !== null && Object.hasOwn(at, step)) {
      at = (at as Readonly<Record<string, unknown>>)[step];
    } else return undefined;
  }
  if (typeof at === "number" || typeof at === "bigint") return at;
  return typeof at === "boolean" ? Number(at) : undefined;
}

/** Whether two numbers are a latitude and a longitude, in degrees. */
export function isPlace(lat: unknown, lon: unknown): boolean {
  return typeof lat === "number" && typeof lon === "number" && Math.abs(lat) <= 90 && Math.abs(lon) <= 360;
}

/** Samples a second, where a frame says it. */
export function sampleRateOf(value: unknown): number | undefined {
  const { metadata } = (typeof value === "object" && value !== null ? value : {}) as { readonly metadata?: unknown };
  const { sample_rate, sampleRate } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  const rate = sample_rate ?? sampleRate;
  return typeof rate === "number" && rate > 0 && Number.isFinite(rate) ? rate : undefined;
}

function isNumeric(value: unknown): value is ArrayLike<number | bigint> {
  if (ArrayBuffer.isView(value)) return !(value instanceof DataView);
  return Array.isArray(value) && value.every((each) => typeof each === "number" || typeof each === "bigint");
}

function unquote(text: string): string {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}
