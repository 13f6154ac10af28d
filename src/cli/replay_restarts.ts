import type { ReplayControl } from "../runtime/mod.ts";

/**
 * Nodes cannot go back, so whoever wants to has them started anew from an earlier time: with the speed that the replay had, and
 * held where it was held.
 */
export class ReplayRestarts {
  #control: ReplayControl | undefined;
  #fromNs: bigint | undefined;
  #asked = Promise.withResolvers<void>();
  #before: { readonly speed: number; readonly paused: boolean } | undefined;

  /** A replay has begun. */
  begun(control: ReplayControl): void {
    this.#control = control;
    if (this.#before === undefined) return;
    control.setSpeed(this.#before.speed);
    if (this.#before.paused) control.pause();
  }

  /** Ends what goes on, if anything does, and asks for another one from `timeNs` on. */
  readonly restart = (timeNs: bigint): void => {
    const { speed, paused } = this.#control!;
    this.#before = { speed, paused };
    this.#fromNs = timeNs;
    this.#control!.stop();
    this.#asked.resolve();
  };

  /** Resolves when somebody asks. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Whether somebody has asked. */
  get isAsked(): boolean {
    return this.#fromNs !== undefined;
  }

  /** From where; undefined when nobody asked. Nobody has asked then. */
  take(): bigint | undefined {
    const fromNs = this.#fromNs;
    this.#fromNs = undefined;
    this.#asked = Promise.withResolvers();
    return fromNs;
  }
}
