/// <reference lib="dom" />
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { tool } from "../tool.ts";
import type { Snapshot } from "../../snapshot.ts";

/** Faster than this and the pace is no longer what holds it back; the terminal has the same. */
const MAX_SPEED = 1024;

/** What moves in time: a replay that runs, or the cursor alone. */
export interface Transport {
  readonly isPaused: boolean;
  /** Infinity is as fast as it goes. */
  readonly speed: number;
  /** Undefined where nobody knows. */
  readonly actualSpeed: number | undefined;
  toggle(): void;
  step(frames: number): void;
  setSpeed(speed: number): void;
  /** Ends it, where it can be ended. */
  readonly stop?: () => void;
}

/** Buttons for a transport, and the same keys as the terminal's. */
export class TransportBar {
  readonly element: HTMLElement;
  readonly #transport: Transport;
  readonly #play: HTMLButtonElement;
  readonly #buttons: HTMLButtonElement[];
  readonly #speed = h("span", { class: "num speed" });
  readonly #view: View;
  #stopAskedMs = -Infinity;

  constructor(view: View, transport: Transport, { canStepBack }: { readonly canStepBack: boolean }) {
    [this.#view, this.#transport] = [view, transport];
    this.#play = tool("", "", () => this.#do(() => transport.toggle()));
    this.#play.classList.add("play");
    const back = canStepBack
      ? tool("◂ 1", "the frame before (←)", () => this.#do(() => transport.step(-1)))
      : tool("▸ 10", "step ten frames (←)", () => this.#do(() => transport.step(10)));
    const one = tool("▸ 1", "step one frame (→)", () => this.#do(() => transport.step(1)));
    const slower = tool("½×", "half the speed (↓)", () => this.#slower());
    const faster = tool("2×", "twice the speed (↑)", () => this.#faster());
    this.#buttons = [this.#play, ...canStepBack ? [back, one] : [one, back], slower, faster];
    if (transport.stop !== undefined) {
      this.#buttons.push(tool("End", "end the replay (q, twice)", () => this.#stop()));
    }
    this.element = h(
      "div",
      { class: "transport", role: "group", "aria-label": "playing" },
      ...this.#buttons,
      this.#speed,
    );
    for (
      const [key, action] of [
        [" ", () => transport.toggle()],
        ["ArrowRight", () => transport.step(1)],
        [".", () => transport.step(1)],
        ["ArrowLeft", () => transport.step(canStepBack ? -1 : 10)],
        ["ArrowUp", () => this.#faster()],
        ["+", () => this.#faster()],
        ["ArrowDown", () => this.#slower()],
        ["-", () => this.#slower()],
        ["q", () => this.#stop()],
      ] as const
    ) view.onKey(key, () => this.#do(action));
    this.show();
  }

  /** Shows how it is now. */
  show(): void {
    const { isPaused, speed, actualSpeed } = this.#transport;
    setText(this.#play, isPaused ? "▶ Play" : "❚❚ Pause");
    setAttribute(this.#play, "aria-label", isPaused ? "go on (space)" : "pause (space)");
    const asked = speed === Infinity ? "as fast as it goes" : `asked ${Number(speed.toPrecision(3))}×`;
    const actual = isPaused ? "paused" : actualSpeed === undefined ? "" : `runs at ${format.rate(actualSpeed)}×`;
    setText(this.#speed, [asked, actual].filter((text) => text !== "").join(" · "));
    const isSlow = !isPaused && actualSpeed !== undefined && speed !== Infinity && actualSpeed < speed * 0.8;
    setAttribute(this.#speed, "data-tone", isSlow ? "warn" : undefined);
  }

  #do(action: () => void): void {
    if (!this.#buttons[0]!.disabled) action();
    this.show();
  }

  /** Nothing may be changed. */
  disable(reason: string): void {
    for (const button of this.#buttons) {
      button.disabled = true;
      button.title = reason;
    }
  }

  #faster(): void {
    const { speed } = this.#transport;
    this.#transport.setSpeed(speed >= MAX_SPEED ? Infinity : speed * 2);
    this.show();
  }

  #slower(): void {
    const { speed } = this.#transport;
    this.#transport.setSpeed(speed === Infinity ? MAX_SPEED : Math.max(speed / 2, 1 / MAX_SPEED));
    this.show();
  }

  // In a terminal q is the way out; here it would end something for others, too.
  #stop(): void {
    if (this.#transport.stop === undefined) return;
    if (performance.now() - this.#stopAskedMs < 3000) return this.#transport.stop();
    this.#stopAskedMs = performance.now();
    this.#view.say("Once more to end the replay");
  }
}

/** Steers a replay that runs elsewhere. */
export class ReplayTransport implements Transport {
  readonly #view: View;
  #isPaused = false;
  #speed = 1;
  #actualSpeed: number | undefined;
  /** Whether it can begin anew at an earlier time. */
  canRestart = false;
  /** Whether nothing more will come. */
  isOver = false;
  readonly #onMove: () => void;
  #heldUntilMs = 0;

  /** `onMove` hears when somebody moves it. */
  constructor(view: View, onMove: () => void) {
    [this.#view, this.#onMove] = [view, onMove];
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get speed(): number {
    return this.#speed;
  }

  get actualSpeed(): number | undefined {
    return this.#actualSpeed;
  }

  /** What is known of it now. */
  update(replay: NonNullable<Snapshot["replay"]>, phase: Snapshot["phase"]): void {
    this.isOver = phase === "ended";
    this.#actualSpeed = replay.actualSpeed;
    this.canRestart = replay.canRestart;
    // A snapshot that was on its way does not take back what was asked for just now.
    if (performance.now() < this.#heldUntilMs) return;
    this.#isPaused = replay.isPaused;
    this.#speed = replay.speed ?? Infinity;
  }

  toggle(): void {
    this.#isPaused = !this.#isPaused;
    this.#post({ action: this.#isPaused ? "pause" : "resume" });
  }

  step(frames: number): void {
    this.#isPaused = true;
    this.#post({ action: "step", frames });
  }

  setSpeed(speed: number): void {
    this.#speed = speed;
    this.#post({ action: "speed", speed: speed === Infinity ? "max" : speed });
  }

  stop(): void {
    this.#post({ action: "stop" });
  }

  /** Goes on to a later time as fast as it can. */
  seek(timeNs: bigint): void {
    this.#post({ action: "seek", timeNs: `${timeNs}` });
  }

  /** Has the nodes started anew from a time. */
  restart(timeNs: bigint): void {
    this.#post({ action: "restart", timeNs: `${timeNs}` });
  }

  #post(said: Readonly<Record<string, unknown>>): void {
    if (said.action !== "pause" && said.action !== "speed") this.#onMove();
    this.#heldUntilMs = performance.now() + 700;
    this.#view.post("replay", said).catch((error: unknown) => this.#view.say((error as Error).message));
  }
}

/** Plays by moving the cursor, from `inNs` to `outNs` again and again where they are set. */
export class CursorTransport implements Transport {
  isPaused = true;
  speed = 1;
  readonly #move: (byNs: number) => void;
  readonly #step: (frames: number) => void;
  readonly #signal: AbortSignal;
  #lastMs = 0;

  constructor(
    { move, step, signal }: {
      /** Moves on by so much. */
      readonly move: (byNs: number) => void;
      readonly step: (frames: number) => void;
      readonly signal: AbortSignal;
    },
  ) {
    [this.#move, this.#step, this.#signal] = [move, step, signal];
  }

  get actualSpeed(): number | undefined {
    return undefined;
  }

  toggle(): void {
    this.isPaused = !this.isPaused;
    if (this.isPaused) return;
    this.#lastMs = performance.now();
    requestAnimationFrame((ms) => this.#tick(ms));
  }

  step(frames: number): void {
    this.isPaused = true;
    this.#step(frames);
  }

  setSpeed(speed: number): void {
    this.speed = Math.min(MAX_SPEED, speed);
  }

  #tick(ms: number): void {
    if (this.isPaused || this.#signal.aborted) return;
    this.#move(Math.max(0, ms - this.#lastMs) * 1e6 * this.speed);
    this.#lastMs = ms;
    requestAnimationFrame((ms) => this.#tick(ms));
  }
}
