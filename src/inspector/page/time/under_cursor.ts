/// <reference lib="dom" />
import { FrameDetails } from "../frame_details.ts";
import type { View } from "../page.ts";
import type { FrameRow } from "../../snapshot.ts";
import { FramesAt } from "./frames_at.ts";
import { type FrameAt, Newest } from "./recording.ts";
import { recordingView } from "./recording_view.ts";

/** What lies under the cursor: a frame of each channel, and all of the one that is chosen, which stands in the address. */
export class UnderCursor {
  /** The list, and the details beside it. */
  readonly elements: readonly HTMLElement[];
  readonly #view: View;
  readonly #table: FramesAt;
  readonly #details: FrameDetails;
  readonly #wanted: Newest<bigint>;
  readonly #onChoose: () => void;
  #rows: readonly FrameAt[] = [];
  #chosen: string;

  constructor(view: View, { onChoose, onError }: {
    readonly onChoose: () => void;
    readonly onError: (error: unknown) => void;
  }) {
    [this.#view, this.#onChoose, this.#chosen] = [view, onChoose, view.param("channel")];
    this.#table = new FramesAt(view, (channel) => this.choose(channel));
    this.#details = new FrameDetails(recordingView(view), { onClose: () => this.choose("") });
    this.#wanted = new Newest((timeNs) => this.#fetch(timeNs), onError);
    this.elements = [this.#table.element, this.#details.element];
  }

  /** The channel that is chosen; empty for none. */
  get chosen(): string {
    return this.#chosen;
  }

  /** Shows what lies at a time, as soon as it is known. */
  want(timeNs: bigint): void {
    this.#wanted.want(timeNs);
  }

  /** Chooses a channel, or not any more. */
  choose(channel: string): void {
    this.#chosen = this.#chosen === channel ? "" : channel;
    this.#view.setParam("channel", this.#chosen);
    this.#showDetails();
    this.#onChoose();
  }

  async #fetch(timeNs: bigint): Promise<void> {
    const { rows } = await this.#view.get("timeline/at", { timeNs: `${timeNs}` }) as { rows: FrameAt[] };
    this.#rows = rows;
    this.#table.show(timeNs, rows);
    this.#view.main.dataset.at = `${timeNs}`;
    this.#showDetails();
  }

  #showDetails(): void {
    const found = this.#rows.find(({ channel }) => channel === this.#chosen);
    if (found?.index === undefined) return this.#details.show(undefined, "");
    const { index, timeNs, size, value, problem } = found;
    const row = { index, timeNs, size, at: 0, shown: 0, ...(problem === undefined ? { value } : { problem }) };
    this.#details.show({ row: row as FrameRow, data: undefined }, found.channel);
  }
}
