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
  /** @default {0} */
  readonly timestampUs?: number;
  /** @default {0} */
  readonly sequenceId?: number;
  /** By channel; an array alone is `main_channel`. @default {no channels} */
  readonly payload?: ReadonlyMap<string, Float64Array> | Readonly<Record<string, Float64Array>> | Float64Array;
  /** @default {{}} */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Makes a frame; nothing is copied. Without a payload it is a trigger. */
export function createFrame(fields: FrameFields = {}): DataFrame {
  const { timestampUs = 0, sequenceId = 0, payload = new Map(), metadata = {} } = fields;
  return { timestampUs, sequenceId, payload: asMap(payload), metadata };
}

function asMap(payload: NonNullable<FrameFields["payload"]>): ReadonlyMap<string, Float64Array> {
  if (payload instanceof Float64Array) return new Map([[MAIN_CHANNEL, payload]]);
  return payload instanceof Map ? payload : new Map(Object.entries(payload));
}
