/**
 * Counts what runs, so that a replay can tell when everything rests. A *fiber* is one line of work inside a node; it is
 * at rest while it waits in one of our calls. Work that waits for something else counts as running until the event loop
 * turns, see `runtime/settle.ts`.
 */
export class Tally {
  /** How many fibers run. */
  running = 0;
  /** Called when the last one comes to rest. */
  onRest: (() => void) | undefined;

  /** One more runs. */
  start(): void {
    this.running++;
  }

  /** One less runs. */
  rest(): void {
    if (--this.running === 0) this.onRest?.();
  }
}

/** The fibers of one node. */
export class Fibers {
  /** How many of the node's fibers run; a node starts with one. */
  running = 0;
  readonly #tally: Tally;

  /** Counts into `tally` as well. */
  constructor(tally: Tally = new Tally()) {
    this.#tally = tally;
  }

  /** A fiber was given what it waited for. */
  wake(): void {
    this.running++;
    this.#tally.start();
  }

  /** A fiber waits. Fibers that the node started itself were never counted, so there may be none to take off. */
  park(): void {
    if (this.running === 0) return;
    this.running--;
    this.#tally.rest();
  }

  /** The node has ended. */
  end(): void {
    while (this.running > 0) this.park();
  }
}
