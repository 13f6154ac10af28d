import type { ReplayControl } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { type KeyAction, readActions } from "./keys.ts";
import { count } from "./output.ts";
import { formatDuration } from "./time.ts";

/** The line below a replay on a terminal, and the keys that steer it. Dispose it when the replay has ended. */
export class ReplayView implements Disposable {
  readonly #context: Context;
  readonly #bounds: { readonly firstNs: bigint; readonly lastNs: bigint };
  readonly #ended = new AbortController();
  #control: ReplayControl | undefined;
  #timeNs: bigint;
  #frames = 0;

  /** Shows a replay of a recording from `firstNs` to `lastNs`. */
  constructor(context: Context, bounds: { readonly firstNs: bigint; readonly lastNs: bigint }) {
    this.#context = context;
    this.#bounds = bounds;
    this.#timeNs = bounds.firstNs;
  }

  /** Begins to listen and to show, where a person looks. */
  start(control: ReplayControl): void {
    this.#control = control;
    const { io, settings } = this.#context;
    if (!io.stderr.isTerminal) return;
    const { signal } = this.#ended;
    this.#show();
    void this.#tick(signal).catch(() => {});
    if (io.keys !== undefined && !settings.noInput) void this.#listen(io.keys(signal)).catch(() => {});
  }

  /** The replay has come to here. */
  progress(timeNs: bigint, frames: number): void {
    [this.#timeNs, this.#frames] = [timeNs, frames];
  }

  /** Ends: the terminal is as it was. */
  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#context.out.settle();
  }

  async #tick(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#context.io.environment.clock.every(200, { signal })) this.#show();
  }

  async #listen(keys: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of keys) {
      for (const action of readActions(bytes)) if (this.#control !== undefined) applyAction(action, this.#control);
      this.#show();
    }
  }

  #show(): void {
    const { firstNs, lastNs } = this.#bounds;
    const control = this.#control!;
    const at = formatDuration(Math.max(0, Number(this.#timeNs - firstNs) / 1e6));
    const speed = control.speed === Infinity ? "max" : `${Number(control.speed.toPrecision(3))}x`;
    const state = control.paused ? "paused" : "playing";
    const line = `${state} · ${at} of ${formatDuration(Number(lastNs - firstNs) / 1e6)} · ${speed} · ${
      count(this.#frames, "frame")
    }`;
    const keys = this.#context.io.keys === undefined || this.#context.settings.noInput ? "" : " · space → ↑ ↓ q";
    this.#context.out.live(line + keys);
  }
}

// Faster than this and the pace is no longer what holds it back.
const MAX_SPEED = 1024;

/** Does what a key asks for. */
export function applyAction(action: KeyAction, control: ReplayControl): void {
  const { speed, paused } = control;
  if (action === "quit") control.stop();
  else if (action === "pause") paused ? control.resume() : control.pause();
  else if (action === "step") control.step(1);
  else if (action === "step10") control.step(10);
  else if (action === "faster") control.setSpeed(speed >= MAX_SPEED ? Infinity : speed * 2);
  else control.setSpeed(speed === Infinity ? MAX_SPEED : Math.max(speed / 2, 1 / MAX_SPEED));
}
