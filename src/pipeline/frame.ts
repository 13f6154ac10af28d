/** Samples of several channels over the same stretch of time, with what is known about them. Nobody changes a frame. */
export interface DataFrame {
  /** Time of the first sample, in microseconds. */
  readonly timestampUs: number;
  /** Counts up from 0 at each source. */
  readonly sequenceId: number;
  /** Samples by the name of the channel; `main_channel` where there is one alone. */
  readonly payload: ReadonlyMap<string, Float64Array>;
  /** Whatever else is known: sample rate, unit, origin. Plain data. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The channel of stages that have but one. */
export const MAIN_CHANNEL = "main_channel";

/** What {@linkcode createFrame} takes. */
export interface FrameFields {
  /** {@linkcode DataFrame.timestampUs} @default {0} */
  readonly timestampUs?: number;
  /** {@linkcode DataFrame.sequenceId} @default {0} */
  readonly sequenceId?: number;
  /** By channel; an array alone is `main_channel`. @default {no channels} */
  readonly payload?: ReadonlyMap<string, Float64Array> | Readonly<Record<string, Float64Array>> | Float64Array;
  /** {@linkcode DataFrame.metadata} @default {{}} */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Makes a frame; nothing is copied. Without a payload it is a trigger. */
export function createFrame(fields: FrameFields = {}): DataFrame {
  const { timestampUs = 0, sequenceId = 0, payload = new Map(), metadata = {} } = fields;
  return { timestampUs, sequenceId, payload: asMap(payload), metadata };
}

function asMap(payload: NonNullable<FrameFields["payload"]>): ReadonlyMap<string, Float64Array> {
  if (payload instanceof Float64Array) return new Map<string, Float64Array>().set(MAIN_CHANNEL, payload);
  return payload instanceof Map ? payload : new Map(Object.entries(payload));
}

/** What a frame may hold at most. A recording takes frames up to its own limit, 64 MiB unless told otherwise. */
export const FRAME_LIMITS: Readonly<Record<"channels" | "samples" | "metadataBytes", number>> = {
  channels: 1024,
  samples: 2 ** 24,
  metadataBytes: 1024 * 1024,
};

/** Why something is not a frame. */
export interface FrameProblem {
  /** Where in the frame: `.payload.left`. */
  readonly at: string;
  /** What is there. */
  readonly value: unknown;
  /** What should be there. */
  readonly expected: string;
}

/**
 * Why `value` is not a frame, or nothing. Samples may be any number, `NaN` and infinities too; channels may be empty, and
 * may differ in length, see {@linkcode haveOneLength}.
 */
export function findFrameProblem(value: unknown): FrameProblem | undefined {
  if (typeof value !== "object" || value === null || !("payload" in value)) {
    return problem("", value, "a frame { timestampUs, sequenceId, payload, metadata }");
  }
  const { timestampUs, sequenceId, payload, metadata } = value as Partial<DataFrame>;
  if (!Number.isFinite(timestampUs)) return problem(".timestampUs", timestampUs, "a finite number");
  if (!Number.isSafeInteger(sequenceId) || sequenceId! < 0) {
    return problem(".sequenceId", sequenceId, "a whole number from 0");
  }
  if (!(payload instanceof Map)) return problem(".payload", payload, "a Map from names to Float64Array");
  if (payload.size > FRAME_LIMITS.channels) {
    return problem(".payload.size", payload.size, `at most ${FRAME_LIMITS.channels} channels`);
  }
  let samples = 0;
  for (const [name, array] of payload as Map<unknown, unknown>) {
    if (typeof name !== "string" || !name.isWellFormed()) return problem(".payload", name, "names that are text");
    if (!(array instanceof Float64Array)) return problem(`.payload.${name}`, array, "a Float64Array");
    samples += array.length;
  }
  if (samples > FRAME_LIMITS.samples) return problem(".payload", samples, `at most ${FRAME_LIMITS.samples} samples`);
  if (!isPlain(metadata)) return problem(".metadata", metadata, "a plain object");
  return undefined;
}

/** Whether all channels have the same number of samples. */
export function haveOneLength({ payload }: DataFrame): boolean {
  let length: number | undefined;
  for (const array of payload.values()) if ((length ??= array.length) !== array.length) return false;
  return true;
}

/** A frame in one line: `#3 @ 4000 μs left[1024] right[1024]`. */
export function describeFrame({ sequenceId, timestampUs, payload }: DataFrame): string {
  const channels = [...payload].map(([name, { length }]) => ` ${name}[${length}]`);
  return `#${sequenceId} @ ${timestampUs} μs${channels.join("") || " empty"}`;
}

function problem(at: string, value: unknown, expected: string): FrameProblem {
  return { at, value, expected };
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
