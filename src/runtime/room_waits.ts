import type { Out } from "../channel/mod.ts";
import type { Journal } from "./journal.ts";
import { isSame, type Loop, type Place, type Waits } from "./waits.ts";

/** What {@linkcode RoomWaits} needs of the turnstile that it belongs to. */
export interface RoomWaitsOptions {
  readonly journal: Journal;
  readonly waits: Waits;
  /** The fiber that is inside. */
  readonly inside: () => { readonly fiber: number; readonly loop: Loop | undefined };
  /** Called when a wait is over. */
  readonly ended: () => void;
}

/**
 * Makes turns of the waits for room in the outputs of a node. A replay may have room where there was none then: who had
 * to wait waits nevertheless, for its turn. And it may have none where there was: who did not have to wait then takes no
 * turn, and nobody overtakes it.
 */
export class RoomWaits {
  /** How many wait now that did not have to then. */
  unforeseen = 0;
  readonly #outputs: readonly Out<unknown>[];
  readonly #options: RoomWaitsOptions;
  /** Where somebody waits next, if the journal says so. */
  #announced: Place | undefined;
  #isAborted = false;

  /** Outputs keep their place as their number. */
  constructor(outputs: readonly Out<unknown>[], options: RoomWaitsOptions) {
    [this.#outputs, this.#options] = [outputs, options];
    outputs.forEach((out, output) => {
      const placeOf = (at: number, toPublish: boolean) => ({ output, place: at * 2 + Number(toPublish) });
      out.putBehind({ wait: (at, { toPublish, goOn }) => this.#begin(placeOf(at, toPublish), goOn) });
    });
    options.journal.onWait((output, place) => this.#announce({ output, place }));
  }

  /** Something else has come before the wait that was announced. Waits after it keep their numbers; it may still come. */
  passOver(): void {
    if (this.#announced === undefined) return;
    const { waits, inside } = this.#options;
    const { loop, fiber } = inside();
    waits.begin({ wake: undefined, loop, room: { ...this.#announced, fiber } });
    this.#announced = undefined;
  }

  /** The journal is not followed any more. */
  abandon(): void {
    for (const out of this.#outputs) out.waitAt(Infinity);
    [this.#announced, this.unforeseen] = [undefined, 0];
  }

  /** Has who waited for room, and has it, go on at once. */
  abort(): void {
    this.#isAborted = true;
    for (const { room, wake } of this.#options.waits.over) if (room !== undefined) wake?.();
  }

  #announce(at: Place): void {
    this.passOver();
    this.#announced = at;
    this.#outputs[at.output]?.waitAt(Math.floor(at.place / 2));
  }

  #begin(at: Place, goOn: () => void): () => void {
    const { journal, waits, inside, ended } = this.#options;
    const missed = waits.missed(at);
    if (isSame(this.#announced, at)) this.#announced = undefined;
    if (missed === undefined && !journal.wait(at.output, at.place)) {
      this.unforeseen++;
      return () => {
        this.unforeseen--;
        goOn();
      };
    }
    const { loop, fiber } = inside();
    const wait = missed ?? waits.begin({ wake: goOn, loop, room: { ...at, fiber } });
    wait.wake = goOn;
    return () => {
      if (this.#isAborted) return goOn();
      waits.end(wait);
      ended();
    };
  }
}
