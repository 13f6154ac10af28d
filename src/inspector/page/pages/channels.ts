/// <reference lib="dom" />
import { ChannelList } from "../channel_list.ts";
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import { FrameDetails, type Shown } from "../frame_details.ts";
import { createFrameList, frameKey } from "../frame_list.ts";
import { MAX_ROWS } from "../newest_rows.ts";
import type { Message } from "../live.ts";
import type { Page, View } from "../page.ts";
import type { FrameRow, Snapshot } from "../../snapshot.ts";

const PAGE = 100;
const HELP = "speed>3  name=bob  text~err  or any word";

/** What goes through a channel, as it comes or as it was recorded. */
export const page: Page = {
  keys: [["Space", "pause, go on"], ["/", "filter"], ["↑ ↓", "the frame before, the next"], ["Esc", "close the frame"]],
  open(view) {
    const { main, onSnapshot, onKey } = view;
    const pane = new ChannelPane(view);
    const list = new ChannelList((name) => pane.open(name));
    main.append(h("div", { class: "split" }, list.element, pane.element, pane.details));
    onSnapshot((snapshot) => {
      const { channels } = snapshot;
      const wanted = view.param("channel");
      if (channels.length > 0 && !channels.some(({ name }) => name === wanted)) {
        view.setParam("channel", channels[0]!.name);
      }
      list.show(channels, view.param("channel"));
      pane.show(snapshot);
    });
    onKey(" ", () => pane.togglePause());
    onKey("/", () => pane.focusFilter());
    onKey("ArrowDown", () => pane.step(1));
    onKey("ArrowUp", () => pane.step(-1));
    onKey("Escape", () => pane.close());
  },
};

/** The frames of the channel that was chosen. */
class ChannelPane {
  readonly element: HTMLElement;
  readonly details: HTMLElement;
  readonly #view: View;
  readonly #frames = createFrameList((shown) => this.#choose(shown));
  readonly #frame: FrameDetails;
  readonly #title = h("h1", { class: "cut" });
  readonly #facts = h("span", { class: "dim num" });
  readonly #pause = h("button", { text: "Pause", onClick: () => this.togglePause() });
  readonly #filter = h("input", { type: "search", placeholder: HELP, "aria-label": "filter", class: "grow" });
  readonly #status = h("p", { class: "dim num", role: "status" });
  readonly #older = h("button", { text: "Older", onClick: () => void this.#loadOlder() });
  #channel: string | undefined;
  #stop = () => {};
  #isPaused: boolean;
  /** Frames that came while it was paused, newest first. */
  #held: Shown[] = [];
  #seenAtPause = 0;
  #last = { seen: 0, matched: 0, skipped: 0 };
  #before: number | undefined;

  constructor(view: View) {
    this.#view = view;
    this.#frame = new FrameDetails(view, { onClose: () => this.close() });
    this.details = this.#frame.element;
    this.#isPaused = view.param("paused") === "1";
    this.#filter.value = view.param("filter");
    this.#filter.addEventListener("change", () => {
      view.setParam("filter", this.#filter.value.trim());
      this.#begin();
    });
    this.#pause.hidden = !view.source.parts.includes("tail");
    this.element = h(
      "div",
      { class: "channel" },
      h("div", { class: "row" }, this.#title, this.#facts),
      h("div", { class: "row" }, this.#filter, this.#pause),
      this.#status,
      this.#frames.element,
      this.#older,
    );
    this.#showPause();
  }

  /** Shows another channel. */
  open(name: string): void {
    this.#view.setParam("channel", name);
    this.#view.setParam("frame", "");
    this.#begin();
  }

  /** What is known of the channel now. */
  show({ channels }: Snapshot): void {
    const name = this.#view.param("channel");
    if (name !== this.#channel && name !== "") this.#begin();
    const channel = channels.find((each) => each.name === name);
    if (channel === undefined) return;
    const { codec, count, hz, bytesPerS, isEstimate } = channel;
    setText(
      this.#facts,
      [
        ...codec === undefined ? [] : [codec],
        `${format.count(count)} messages`,
        ...hz === undefined ? [] : [`${format.rate(hz)}/s`],
        ...bytesPerS === undefined ? [] : [`${isEstimate ? "≈ " : ""}${format.bytesPerS(bytesPerS)}`],
      ].join(" · "),
    );
  }

  togglePause(): void {
    if (this.#pause.hidden) return;
    this.#isPaused = !this.#isPaused;
    this.#view.setParam("paused", this.#isPaused ? "1" : "");
    this.#seenAtPause = this.#last.matched;
    if (!this.#isPaused) this.#add(this.#held.splice(0));
    this.#showPause();
    this.#showStatus();
  }

  focusFilter(): void {
    this.#filter.focus();
    this.#filter.select();
  }

  step(by: 1 | -1): void {
    this.#frames.step(by);
  }

  close(): void {
    this.#view.setParam("frame", "");
    this.#frame.show(undefined, "");
    this.#frames.choose(undefined);
  }

  #begin(): void {
    const { source, param } = this.#view;
    this.#stop();
    this.#channel = param("channel");
    [this.#held, this.#seenAtPause] = [[], 0];
    this.#last = { seen: 0, matched: 0, skipped: 0 };
    setText(this.#title, this.#channel);
    this.#frame.show(undefined, "");
    this.#frames.choose(undefined);
    this.#frames.show([], "waiting for the next message…");
    this.#older.hidden = true;
    this.#status.removeAttribute("data-tone");
    setText(this.#status, "");
    if (source.parts.includes("history")) void this.#loadNewest();
    else this.#follow();
  }

  #follow(): void {
    const { listen, param } = this.#view;
    this.#stop = listen("tail", { channel: this.#channel, filter: param("filter") }, {
      onMessage: (message) => this.#receive(message),
      onError: (text) => this.#complain(text),
    });
  }

  #receive({ json, bytes }: Message): void {
    const { rows, seen, matched, skipped } = json as {
      rows: FrameRow[];
      seen: number;
      matched: number;
      skipped: number;
    };
    this.#last = { seen, matched, skipped };
    const shown = rows.map((row) => ({ row, data: bytes.slice(row.at, row.at + row.shown) })).reverse();
    if (this.#isPaused) this.#held = [...shown, ...this.#held].slice(0, MAX_ROWS);
    else this.#add(shown);
    this.#showStatus();
  }

  #add(shown: readonly Shown[]): void {
    this.#frames.show([...shown, ...this.#frames.rows], "waiting for the next message…");
  }

  async #loadNewest(): Promise<void> {
    this.#before = undefined;
    await this.#load((rows) => rows);
    const wanted = this.#view.param("frame");
    const found = this.#frames.rows.find(({ row }) => `${row.index}` === wanted);
    if (found !== undefined) this.#choose(found);
    if (this.#view.source.parts.includes("tail")) this.#follow();
  }

  async #loadOlder(): Promise<void> {
    await this.#load((rows) => [...this.#frames.rows, ...rows]);
  }

  async #load(join: (rows: Shown[]) => readonly Shown[]): Promise<void> {
    const channel = this.#channel!;
    const filter = this.#view.param("filter");
    try {
      const query = { channel, before: this.#before, limit: PAGE, filter: filter === "" ? undefined : filter };
      const { total, from, rows } = await this.#view.get("frames", query) as {
        total: number;
        from: number;
        rows: FrameRow[];
      };
      if (channel !== this.#channel) return;
      this.#before = from;
      this.#frames.show(join(rows.toReversed().map((row) => ({ row, data: undefined }))), "no such frame");
      this.#older.hidden = from === 0;
      const shown = this.#frames.rows.length;
      setText(
        this.#status,
        `${format.count(shown)} of ${format.count(total)} frames${
          filter === "" ? "" : `, those that match from frame ${format.count(from)} on`
        }`,
      );
    } catch (error) {
      if (!this.#view.signal.aborted) this.#complain((error as Error).message);
    }
  }

  #choose(shown: Shown): void {
    this.#view.setParam("frame", `${shown.row.index}`);
    this.#frame.show(shown, this.#channel!);
    this.#frames.choose(frameKey(shown));
  }

  #complain(text: string): void {
    setText(this.#status, text);
    setAttribute(this.#status, "data-tone", "bad");
  }

  #showPause(): void {
    setText(this.#pause, this.#isPaused ? "Go on" : "Pause");
    setAttribute(this.#pause, "aria-pressed", `${this.#isPaused}`);
  }

  #showStatus(): void {
    const { seen, matched, skipped } = this.#last;
    const filter = this.#view.param("filter");
    setText(
      this.#status,
      [
        this.#isPaused ? `paused: ${format.count(matched - this.#seenAtPause)} since` : "live",
        filter === "" ? `${format.count(seen)} seen` : `${format.count(matched)} of ${format.count(seen)} match`,
        ...skipped > 0 ? [`${format.count(skipped)} not shown: they come faster than anybody reads`] : [],
      ].join(" · "),
    );
  }
}
