/// <reference lib="dom" />
import { h } from "../dom.ts";
import type { View } from "../page.ts";
import { offset } from "./time_window.ts";
import type { ReplayTransport } from "./transport.ts";

/** Offers to have a replay go where the cursor is: on, or anew, since nodes cannot go back. */
export class ReplayOffer {
  readonly #view: Pick<View, "say">;
  readonly #transport: ReplayTransport;
  readonly #place: HTMLElement;
  #button: HTMLElement | undefined;
  #shown: { readonly ns: number; readonly isLater: boolean; readonly baseNs: bigint } | undefined;

  /** The offer is made inside of `place`. */
  constructor(view: Pick<View, "say">, transport: ReplayTransport, place: HTMLElement) {
    [this.#view, this.#transport, this.#place] = [view, transport, place];
  }

  /** Offers `ns`, seen from where the replay is. */
  show(ns: number, headNs: number | undefined, baseNs: bigint | undefined): void {
    this.clear();
    if (headNs === undefined || baseNs === undefined) return;
    const transport = this.#transport;
    const at = baseNs + BigInt(Math.round(ns));
    const isLater = this.#isLater(ns, headNs);
    this.#shown = { ns, isLater, baseNs };
    if (!isLater && !transport.canRestart) {
      return this.#view.say("This replay plays once (--verify, --record): the cursor looks at what was recorded");
    }
    this.#button = h("button", {
      class: "main",
      text: isLater ? `Go on to ${offset(ns)}` : `Start anew from ${offset(ns)}`,
      title: isLater ? "as fast as it goes (Enter)" : "nodes cannot go back: they are started anew from here (Enter)",
      onClick: () => isLater ? transport.seek(at) : transport.restart(at),
    });
    this.#place.append(this.#button);
  }

  /** The replay has gone on, maybe past what was offered. */
  update(headNs: number): void {
    const shown = this.#shown;
    if (shown === undefined) return;
    const isLater = this.#isLater(shown.ns, headNs);
    // While it begins anew it cannot yet be sent there.
    const isOwed = this.#button === undefined && (isLater || this.#transport.canRestart);
    if (isLater !== shown.isLater || isOwed) this.show(shown.ns, headNs, shown.baseNs);
  }

  #isLater(ns: number, headNs: number): boolean {
    return ns > headNs && !this.#transport.isOver;
  }

  /** Does what is offered, if anything is. */
  take(): void {
    this.#button?.click();
  }

  /** Offers nothing. */
  clear(): void {
    this.#button?.remove();
    this.#button = this.#shown = undefined;
  }
}
