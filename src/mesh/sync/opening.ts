import type { Common } from "./common.ts";
import type { Frontier } from "./frontier.ts";
import type { Message } from "./messages.ts";
import { Ranges } from "./ranges.ts";
import { refuse, within } from "./refuse.ts";

/** What {@linkcode Opening} needs of a contact. */
export interface OpeningOptions {
  readonly common: Common;
  /** Our own device. */
  readonly own: string | undefined;
  /** Whether whole ids are told, and no digest is believed. */
  readonly isFull: boolean;
  /** Of more devices ranges are compared first. */
  readonly maxPlainDevices: number;
  say(message: Message): void;
}

/** How a contact begins. */
export interface Beginning {
  /** The same for both, and for no other contact. */
  readonly salt: Uint8Array;
  /** Whether the two have other devices than each other. */
  readonly hasTags: boolean;
  /** Whether we begin when both have so many devices that ranges are compared; the other does not. */
  readonly isFirst: boolean;
}

/** How both come to know what the other has: by all of it, or by ranges that differ if both have many devices. (S18) */
export class Opening {
  readonly #options: OpeningOptions;
  #hasTags = true;
  #ranges: Ranges | undefined;
  #isOver = false;

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  /** Whether it is still open what each has. */
  get isComparing(): boolean {
    return this.#ranges !== undefined;
  }

  /** Says what we have, or begins to compare it. */
  begin({ salt, hasTags, isFirst }: Beginning): void {
    const { common, own, isFull, maxPlainDevices, say } = this.#options;
    this.#hasTags = hasTags;
    common.begin(salt);
    if (isFull || common.count <= maxPlainDevices) return this.#sayAll();
    this.#ranges = new Ranges(common.frontier({ hasTags: true, own, isFull: true, isPlain: false }), salt);
    if (isFirst) say({ type: "ranges", bytes: this.#ranges.begin() });
  }

  /** The other has said all that it has: it has few devices, or wants to know it for sure. */
  heardAll(): void {
    if (this.#ranges !== undefined) this.#sayAll();
    this.#ranges = undefined;
  }

  /** We have said all anew, so nothing is compared any more. */
  saidAll(): void {
    this.#ranges = undefined;
  }

  /** Goes on to compare; gives all that the other has when that is known. @throws {TinmanError} `PROTOCOL` */
  read(bytes: Uint8Array): Frontier | undefined {
    if (this.#ranges === undefined) {
      // Who has many devices does not know at first that we have few.
      if (this.#isOver) within("ranges", () => refuse("nobody asked for them"));
      this.#isOver = true;
      return undefined;
    }
    const answer = this.#ranges.read(bytes);
    if (answer !== undefined) this.#options.say({ type: "ranges", bytes: answer });
    const { frontier } = this.#ranges;
    if (frontier !== undefined) [this.#ranges, this.#isOver] = [undefined, true];
    return frontier;
  }

  #sayAll(): void {
    const { common, own, isFull, say } = this.#options;
    say({ type: "frontier", frontier: common.frontier({ hasTags: this.#hasTags, own, isFull, isPlain: false }) });
  }
}
