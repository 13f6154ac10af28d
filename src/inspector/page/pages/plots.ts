/// <reference lib="dom" />
import { h, setText } from "../dom.ts";
import type { Page, View } from "../page.ts";
import { Board } from "../plots/board.ts";
import { HINTS, PlotControls, type PlotHandlers, plotKeyHelp, plotKeys } from "../plots/controls.ts";
import { type Feed, type FeedOptions, LiveFeed, RecordedFeed } from "../plots/feeds.ts";
import { type Choice, FieldList, findChoice } from "../plots/field_list.ts";
import { Legend } from "../plots/legend.ts";
import { saveNumbers } from "../plots/save.ts";
import {
  cellTitles,
  emptyOf,
  fits,
  keyOf,
  legendRows,
  progressOf,
  readShown,
  type Shown,
  type ViewKind,
  VIEWS,
  writeShown,
} from "../plots/shown.ts";
import type { Snapshot } from "../../snapshot.ts";
import { placeInAddress } from "../time/address.ts";
import { useStyle } from "../time/canvas.ts";
import { offset, readSeconds } from "../time/time_window.ts";
import { tool } from "../tool.ts";

const MOST = 12;
/** Numbers over time, spectra of frames, positions on a map; live or recorded. */
export const page: Page = {
  keys: plotKeyHelp,
  open(view) {
    void useStyle("/assets/time/time.css").then(() => view.signal.aborted || new PlotsPane(view).begin());
  },
};

class PlotsPane {
  readonly #view: View;
  readonly #board: Board;
  readonly #legend = new Legend((key) => this.#remove(key));
  readonly #fields: FieldList;
  readonly #note = h("span", { class: "dim num note", role: "status" });
  readonly #hint = h("p", { class: "dim hint" });
  readonly #controls: PlotControls;
  readonly #keepPlace: ReturnType<typeof placeInAddress>;
  #shown: Shown[];
  #feed: Feed | undefined;
  #cursorNs: number | undefined;
  #hasStarted = false;

  constructor(view: View) {
    this.#view = view;
    const { param, signal } = view;
    this.#keepPlace = placeInAddress(view);
    this.#shown = readShown(param("y"));
    this.#board = new Board({
      signal,
      state: () => ({
        ...{ kind: this.#kind, visible: this.#visible(), window: this.#feed?.window, isLive: this.#isLive },
        cursorNs: this.#isLive ? undefined : this.#cursorNs,
        isOverlay: param("overlay") === "1",
      }),
      onCursor: (ns) => this.#setCursor(ns),
      onWindow: () => this.#windowChanged(),
    });
    this.#fields = new FieldList(view, {
      onToggle: (choice) => this.#toggle(choice),
      isChosen: (choice) => this.#shown.some((each) => keyOf(each) === keyOf(choice)),
      fits: (choice) => fits(choice, this.#kind),
    });
    const handlers: PlotHandlers = {
      onView: (kind) => this.#setView(kind),
      onMode: () => this.#toggleMode(),
      onPause: () => this.#togglePause(),
      onSpan: (spanS) => {
        view.setParam("span", `${spanS}`);
        this.#begin();
      },
      onOverlay: () => this.#toggleOverlay(),
      onZoom: (factor) => this.#zoom(factor),
      onAll: () => this.#showAll(),
      onTime: (share) => this.#setCursor(share * (this.#feed?.window?.lengthNs ?? 0)),
      onMove: (pixels) => this.#moveCursor(pixels),
    };
    this.#controls = new PlotControls(handlers, Number(param("span") || 60));
    plotKeys(view, handlers);
  }

  /** Builds it, and asks for what it shows. */
  begin(): void {
    const { main, onSnapshot, signal } = this.#view;
    const { canvas } = this.#board;
    this.#showControls();
    main.append(
      h(
        "div",
        { class: "tools" },
        h(
          "div",
          { class: "row" },
          ...this.#controls.elements,
          h("span", { class: "grow" }),
          this.#note,
          tool("CSV", "save the numbers that are shown as a table", () => this.#saveCsv()),
          tool("PNG", "save the picture", () => canvas.save("plot.png")),
        ),
      ),
      h(
        "div",
        { class: "split" },
        this.#fields.element,
        h("div", { class: "board" }, h("div", { class: "field" }, canvas.element, this.#hint), this.#legend.element),
      ),
    );
    signal.addEventListener("abort", () => this.#feed?.stop());
    onSnapshot((snapshot) => this.#update(snapshot));
  }

  get #kind(): ViewKind {
    const said = this.#view.param("view");
    return VIEWS.find((name) => name === said) ?? "time";
  }

  /** Whether it shows what comes, and not what was recorded. */
  get #isLive(): boolean {
    const { source: { parts }, param } = this.#view;
    return !parts.includes("timeline") || parts.includes("tail") && param("mode") !== "recorded";
  }

  #visible(): Shown[] {
    return this.#shown.filter((each) => fits(each, this.#kind));
  }

  #update({ channels, phase }: Snapshot): void {
    // A run may have channels later; an empty recording will have none.
    if (!this.#hasStarted && (channels.length > 0 || phase === "ended")) {
      this.#hasStarted = true;
      const first = channels.find(({ name }) => name === this.#view.param("channel")) ?? channels[0];
      if (first !== undefined) void this.#fields.open(first.name);
      this.#begin();
    }
    this.#fields.show(channels);
  }

  /** Begins anew: another mode, view or span. */
  #begin(): void {
    this.#feed?.stop();
    this.#showControls();
    this.#board.resetMap();
    this.#fields.redraw();
    for (const each of this.#shown) [each.points, each.done, each.spectrum] = [new Float64Array(0), 0, undefined];
    this.#feed = this.#createFeed();
    this.#showPause();
    this.#show();
  }

  #showControls(): void {
    const { source: { parts }, param } = this.#view;
    const hasBoth = parts.includes("timeline") && parts.includes("tail");
    this.#controls.show({ kind: this.#kind, isLive: this.#isLive, hasBoth, isOverlay: param("overlay") === "1" });
  }

  #createFeed(): Feed {
    const options: FeedOptions = {
      ...{ view: this.#view, kind: this.#kind, visible: () => this.#visible() },
      columns: () => Math.min(4000, Math.max(100, Math.round(this.#board.canvas.width))),
      onChange: () => this.#show(),
      onError: (error) => this.#fail(error),
    };
    if (this.#isLive) return new LiveFeed(options, this.#controls.spanS);
    const { param } = this.#view;
    return new RecordedFeed(options, (window) => {
      const [from, to] = [readSeconds(param("from")), readSeconds(param("to"))];
      if (from !== undefined && to !== undefined && to > from) window.show(from, to);
      this.#cursorNs = readSeconds(param("at")) ?? window.lengthNs / 2;
      this.#feed?.refresh(this.#cursorNs);
      this.#show();
    });
  }

  // What somebody does

  #toggle(choice: Choice): void {
    const at = this.#shown.findIndex((each) => keyOf(each) === keyOf(choice));
    if (at >= 0) this.#shown.splice(at, 1);
    else if (this.#visible().length >= MOST) return this.#view.say("Twelve at once are enough");
    else this.#shown.push(emptyOf(choice));
    this.#view.setParam("y", writeShown(this.#shown));
    this.#begin();
  }

  #remove(key: string): void {
    for (const each of this.#shown.filter((each) => keyOf(each) === key)) this.#toggle(each);
  }

  #setView(kind: ViewKind): void {
    this.#view.setParam("view", kind === "time" ? "" : kind);
    this.#begin();
    // What fits is shown at once, where nothing else was chosen.
    if (this.#visible().length === 0) void this.#findFitting(kind).catch((error) => this.#fail(error));
  }

  async #findFitting(kind: ViewKind): Promise<void> {
    const found = this.#fields.choices.find((choice) => fits(choice, kind)) ?? await findChoice(this.#view, kind);
    if (found === undefined || this.#kind !== kind || this.#visible().length > 0) return;
    this.#toggle(found);
    void this.#fields.open(found.channel);
  }

  #togglePause(): void {
    if (this.#feed instanceof LiveFeed) this.#feed.isPaused = !this.#feed.isPaused;
    this.#showPause();
  }

  #showPause(): void {
    this.#controls.showPause(this.#feed instanceof LiveFeed && this.#feed.isPaused);
  }

  #toggleMode(): void {
    this.#view.setParam("mode", this.#isLive ? "recorded" : "");
    this.#begin();
  }

  #toggleOverlay(): void {
    this.#view.setParam("overlay", this.#view.param("overlay") === "1" ? "" : "1");
    this.#showControls();
    this.#board.canvas.redraw();
  }

  #zoom(factor: number): void {
    if (this.#board.zoomMap(1 / factor)) return;
    this.#feed?.window?.zoom(factor, this.#cursorNs ?? 0);
    this.#windowChanged();
  }

  #showAll(): void {
    this.#board.resetMap();
    if (!this.#isLive) this.#feed?.window?.all();
    this.#windowChanged();
  }

  #windowChanged(): void {
    this.#remember();
    this.#feed?.refresh(this.#cursorNs);
    this.#show();
  }

  #setCursor(ns: number): void {
    this.#cursorNs = ns;
    this.#remember();
    this.#feed?.refresh(ns);
    this.#show();
  }

  #moveCursor(pixels: number): void {
    const window = this.#feed?.window;
    if (window === undefined || this.#isLive) return;
    const ns = (this.#cursorNs ?? 0) + pixels * (window.toNs - window.fromNs) / this.#board.canvas.width;
    this.#setCursor(Math.min(window.lengthNs, Math.max(0, Math.round(ns))));
  }

  #remember(): void {
    this.#keepPlace(() => this.#isLive ? undefined : { cursorNs: this.#cursorNs, window: this.#feed?.window });
  }

  #saveCsv(): void {
    const shown = { visible: this.#visible(), kind: this.#kind, isLive: this.#isLive };
    saveNumbers(this.#view, { ...shown, feed: this.#feed });
  }

  // What is shown

  #show(): void {
    const [visible, window, kind] = [this.#visible(), this.#feed?.window, this.#kind];
    const [isLive, { colours }] = [this.#isLive, this.#board];
    setText(this.#hint, HINTS[kind]);
    this.#hint.hidden = visible.length > 0;
    const cursorNs = isLive ? window?.toNs ?? 0 : this.#cursorNs ?? window?.toNs ?? 0;
    this.#legend.show(cellTitles(kind, isLive), legendRows(visible, { kind, isLive, window, cursorNs, colours }));
    if (window !== undefined) this.#controls.showTime(cursorNs / window.lengthNs);
    this.#say(visible);
    this.#board.canvas.redraw();
  }

  #say(visible: readonly Shown[]): void {
    const parts = [
      ...this.#cursorNs === undefined || this.#isLive ? [] : [offset(this.#cursorNs)],
      ...progressOf(visible, !this.#isLive && this.#kind !== "spectrum"),
    ];
    setText(this.#note, parts.join(" · "));
    delete this.#note.dataset.tone;
  }

  #fail(error: unknown): void {
    if (this.#view.signal.aborted) return;
    setText(this.#note, error instanceof Error ? error.message : String(error));
    this.#note.dataset.tone = "bad";
  }
}
