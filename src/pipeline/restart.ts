import type { Clock } from "../clock/mod.ts";
import type { Problems } from "../jsonc/mod.ts";
import type { Random } from "../random/mod.ts";

/** `restart` of a stage: how it is made anew after an error. Times in milliseconds. */
export type RestartConfig =
  | { readonly strategy: "never" }
  | {
    readonly strategy: "immediate";
    /** Failures in a row that are answered with a new stage and the same frame; the next is for the error policy. */
    readonly max_attempts: number;
  }
  | {
    readonly strategy: "exponential";
    /** Wait before the first new stage; doubled for each after it. */
    readonly base_ms: number;
    /** Longest wait; at least `base_ms`. */
    readonly max_ms: number;
    /** As for `immediate`. */
    readonly max_attempts: number;
    /** Each wait is longer or shorter by up to this part of it, by chance. */
    readonly jitter: number;
    /** Attempts count from nothing again when the stage has worked for this long. */
    readonly reset_ms: number;
  }
  | {
    readonly strategy: "circuit_breaker";
    /** Errors within `window_ms` that open it. */
    readonly error_threshold: number;
    readonly window_ms: number;
    /** How long it is open: frames are given up without a call of the stage. */
    readonly timeout_ms: number;
    /** Frames in a row that a new stage has to pass before it is closed again. */
    readonly half_open: number;
  };

/** The rules for each value of a strategy: default, least, greatest. */
const FIELDS = {
  never: {},
  immediate: { max_attempts: [3, 1, 1e6] },
  exponential: {
    base_ms: [100, 0, 3.6e6],
    max_ms: [10_000, 0, 8.64e7],
    max_attempts: [5, 1, 1e6],
    jitter: [0.1, 0, 1],
    reset_ms: [10_000, 0, 8.64e7],
  },
  circuit_breaker: {
    error_threshold: [5, 1, 1e6],
    window_ms: [10_000, 0, 8.64e7],
    timeout_ms: [5_000, 0, 8.64e7],
    half_open: [1, 1, 1e6],
  },
} as const satisfies Record<RestartConfig["strategy"], Readonly<Record<string, readonly [number, number, number]>>>;

/** Values that are whole numbers. */
export const WHOLE: ReadonlySet<string> = new Set(["max_attempts", "error_threshold", "half_open"]);

/** The strategies and what each takes, as `[default, least, greatest]`; the JSON Schema is held to it. */
export const RESTART_FIELDS: Readonly<
  Record<RestartConfig["strategy"], Readonly<Record<string, readonly [number, number, number]>>>
> = FIELDS;

/** Reads `restart`: the name of a strategy, or an object with its name and values. */
export function readRestart(given: unknown, at: string, problems: Problems): RestartConfig {
  const never = { strategy: "never" } as const;
  if (given === undefined) return never;
  const names = Object.keys(FIELDS) as RestartConfig["strategy"][];
  const named = typeof given === "string" ? { strategy: given } : problems.object(given, at);
  if (typeof given !== "string" && (typeof given !== "object" || given === null || Array.isArray(given))) return never;
  const strategy = problems.oneOf(named.strategy, typeof given === "string" ? at : `${at}.strategy`, names);
  if (strategy === undefined) return never;
  const fields: Readonly<Record<string, readonly [number, number, number]>> = FIELDS[strategy];
  problems.object(named, at, ["strategy", ...Object.keys(fields)]);
  const values = Object.entries(fields).map(([name, [usual, min, max]]) => {
    const value = Object.hasOwn(named, name) ? named[name] : usual;
    const whole = WHOLE.has(name);
    const fits = typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!fits) {
      const what = whole ? "a whole number" : "a number";
      problems.add(`${at}.${name}`, `expected ${what} from ${min} to ${max}, found ${JSON.stringify(value)}`);
    }
    return [name, value];
  });
  const read = { strategy, ...Object.fromEntries(values) };
  if (strategy !== "exponential" || !(read.max_ms < read.base_ms)) return read;
  if (!Object.hasOwn(named, "max_ms")) return { ...read, max_ms: read.base_ms };
  problems.add(`${at}.max_ms`, `expected at least base_ms, which is ${read.base_ms}, found ${read.max_ms}`);
  return read;
}

/** Watches over one stage: whether it may be called, and what to do after an error. */
export interface Supervisor {
  /** Before each frame: call the stage, make it anew and call it, or give the frame up without a call. */
  enter(): "call" | "renew" | "refuse";
  /** The stage has done a frame. */
  passed(): void;
  /**
   * The stage failed. Milliseconds to wait until it is made anew and given the same frame again; undefined when that
   * frame is for the error policy.
   */
  failed(): number | undefined;
}

/** Makes the supervisor for a strategy, on the time and chance of the run. */
export function createSupervisor(
  config: RestartConfig,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Supervisor {
  if (config.strategy === "circuit_breaker") return new CircuitBreaker(config, clock);
  if (config.strategy === "never") return { enter: () => "call", passed() {}, failed: () => undefined };
  return new Retrier(config, clock, random);
}

class Retrier implements Supervisor {
  readonly #config: Extract<RestartConfig, { strategy: "immediate" | "exponential" }>;
  readonly #clock: Clock;
  readonly #random: Random;
  #attempts = 0;
  /** Since when it has worked without an error, after one. */
  #healthyNs: number | undefined;

  constructor(config: Extract<RestartConfig, { max_attempts: number }>, clock: Clock, random: Random) {
    [this.#config, this.#clock, this.#random] = [config, clock, random];
  }

  enter(): "call" {
    return "call";
  }

  passed(): void {
    // The clock is only asked while an error is remembered: a run writes each reading down.
    if (this.#attempts === 0) return;
    const resetMs = this.#config.strategy === "exponential" ? this.#config.reset_ms : 0;
    const now = this.#clock.elapsedNs();
    this.#healthyNs ??= now;
    if (now - this.#healthyNs < resetMs * 1e6) return;
    this.#attempts = 0;
    this.#healthyNs = undefined;
  }

  failed(): number | undefined {
    const config = this.#config;
    if (this.#healthyNs !== undefined) this.passed();
    this.#healthyNs = undefined;
    if (this.#attempts >= config.max_attempts) return undefined;
    const exponent = this.#attempts++;
    if (config.strategy === "immediate") return 0;
    const wait = Math.min(config.max_ms, config.base_ms * 2 ** exponent);
    return config.jitter === 0 ? wait : wait * (1 + config.jitter * (2 * this.#random.next() - 1));
  }
}

/** Nygard, Release It! (2007): closed, open for a time, then half open until it has proved itself. */
class CircuitBreaker implements Supervisor {
  readonly #config: Extract<RestartConfig, { strategy: "circuit_breaker" }>;
  readonly #clock: Clock;
  #errorsNs: number[] = [];
  #openUntilNs: number | undefined;
  /** Frames that are still to pass while it is half open. */
  #trials = 0;

  constructor(config: Extract<RestartConfig, { strategy: "circuit_breaker" }>, clock: Clock) {
    [this.#config, this.#clock] = [config, clock];
  }

  enter(): "call" | "renew" | "refuse" {
    if (this.#openUntilNs === undefined) return "call";
    if (this.#clock.elapsedNs() < this.#openUntilNs) return "refuse";
    this.#openUntilNs = undefined;
    this.#trials = this.#config.half_open;
    return "renew";
  }

  passed(): void {
    if (this.#trials > 0 && --this.#trials === 0) this.#errorsNs = [];
  }

  failed(): undefined {
    const { error_threshold, window_ms, timeout_ms } = this.#config;
    const now = this.#clock.elapsedNs();
    this.#errorsNs = [...this.#errorsNs.filter((at) => now - at <= window_ms * 1e6), now];
    if (this.#trials === 0 && this.#errorsNs.length < error_threshold) return;
    this.#trials = 0;
    this.#errorsNs = [];
    this.#openUntilNs = now + timeout_ms * 1e6;
  }
}
