import { TinmanError } from "../errors/mod.ts";
import type { DataFrame } from "./frame.ts";

/** The same frame for one reader, which finds nothing in it after {@linkcode unguardFrame} closed it. */
export function guardFrame(frame: DataFrame): DataFrame {
  const payload = new GuardedPayload(frame);
  return payload.guarded = { ...frame, payload };
}

/** The frame without guards: those of `frame` itself, or the one that its payload was taken from. */
export function unguardFrame(frame: DataFrame, { close = false } = {}): DataFrame {
  const { payload } = frame;
  if (!(payload instanceof GuardedPayload)) return frame;
  const plain = payload.open();
  if (close) payload.isClosed = true;
  return payload.guarded === frame ? payload.frame : { ...frame, payload: plain };
}

/** `CLOSED`: somebody looked at samples after it let go of them. */
export function releasedError(problem: string): TinmanError<"CLOSED"> {
  return new TinmanError("CLOSED", `Cannot ${problem}`, {
    hint: "a stage that keeps frames must not say doneOnReturn, or has to copy what it keeps",
  });
}

/** A payload that throws once its reader has released it. */
class GuardedPayload extends Map<string, Float64Array> {
  isClosed = false;
  /** The frame that it is in. */
  guarded: DataFrame | undefined;
  /** The frame behind the guard. */
  readonly frame: DataFrame;

  constructor(frame: DataFrame) {
    super();
    this.frame = frame;
  }

  /** What is behind the guard; `CLOSED` when it was released. */
  open(): ReadonlyMap<string, Float64Array> {
    const { payload, sequenceId } = this.frame;
    if (!this.isClosed) return payload;
    throw releasedError(`look at frame ${sequenceId}: it was released`);
  }

  override get size(): number {
    return this.open().size;
  }
  override get(name: string): Float64Array | undefined {
    return this.open().get(name);
  }
  override has(name: string): boolean {
    return this.open().has(name);
  }
  override keys(): MapIterator<string> {
    return this.open().keys();
  }
  override values(): MapIterator<Float64Array> {
    return this.open().values();
  }
  override entries(): MapIterator<[string, Float64Array]> {
    return this.open().entries();
  }
  override [Symbol.iterator](): MapIterator<[string, Float64Array]> {
    return this.open().entries();
  }
  override forEach(callback: (samples: Float64Array, name: string, map: Map<string, Float64Array>) => void): void {
    for (const [name, samples] of this.open()) callback(samples, name, this);
  }
}
