/// <reference lib="dom" />
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { Page, View } from "../page.ts";
import { Board } from "../plots/board.ts";
import { type Feed, type FeedOptions, LiveFeed, RecordedFeed } from "../plots/feeds.ts";
import { type Choice, choicesOf, FieldList } from "../plots/field_list.ts";
import { Legend } from "../plots/legend.ts";
import { saveNumbers } from "../plots/save.ts";
import { titleOf } from "../plots/series.ts";
import {
  cellsOf,
  cellTitles,
  emptyOf,
  fits,
  keyOf,
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

const SPANS_S = [10, 30, 60, 300, 900];
const MOST = 12;
const SLIDER = 10_000;
const HINTS: Readonly<Record<ViewKind, string>> = {
  time: "Choose fields at the left: each becomes a curve.",
  spectrum: "Choose samples of a frame at the left: fields that end in [*].",
  map: "Choose a position at the left: a channel with latitude and longitude.",
};

/** Numbers over time, spectra of frames, positions on a map; live or recorded. */
export const page: Page = {
  keys: [
    ["Space", "hold what comes, go on"],
    ["1 2 3", "over time, spectrum, map"],
    ["y", "all curves on one scale"],
    ["z x a", "zoom in, out, show all"],
    ["← →", "move the cursor"],
  ],
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
  readonly #views: HTMLButtonElement[];
  readonly #pause = h("button", { text: "Hold", onClick: () => this.#togglePause() });
  readonly #mode = h("button", { onClick: () => this.#toggleMode() });
  readonly #span = h("select", { "aria-label": "how much is shown" });
  readonly #overlay = h("button", { text: "One scale", title: "all curves on one scale (y)" });
  readonly #slider = h("input", { type: "range", class: "when", "aria-label": "time", min: 0, max: SLIDER, step: 1 });
  readonly #range: HTMLElement;
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
    const titles = { time: "Time", spectrum: "Spectrum", map: "Map" };
    this.#views = VIEWS.map((name) => h("button", { text: titles[name], onClick: () => this.#setView(name) }));
    this.#range = h(
      "span",
      { class: "row" },
      tool("+", "zoom in (z)", () => this.#zoom(0.5)),
      tool("−", "zoom out (x)", () => this.#zoom(2)),
      tool("All", "show all of it (a)", () => this.#showAll()),
    );
    this.#span.append(...SPANS_S.map((s) => h("option", { value: s, text: s < 60 ? `${s} s` : `${s / 60} min` })));
    this.#span.value = param("span") || "60";
  }

  /** Builds it, and asks for what it shows. */
  begin(): void {
    const { main, onSnapshot, signal } = this.#view;
    const { canvas } = this.#board;
    main.append(
      h(
        "div",
        { class: "tools" },
        h(
          "div",
          { class: "row" },
          h("div", { class: "switch", role: "group", "aria-label": "view" }, ...this.#views),
          ...[this.#mode, this.#pause, this.#span, this.#overlay, this.#range, this.#slider],
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
    this.#listen();
    signal.addEventListener("abort", () => this.#feed?.stop());
    onSnapshot((snapshot) => this.#update(snapshot));
  }

  #listen(): void {
    const { onKey, setParam } = this.#view;
    this.#span.addEventListener("change", () => {
      setParam("span", this.#span.value);
      this.#begin();
    });
    this.#overlay.addEventListener("click", () => this.#toggleOverlay());
    this.#slider.addEventListener("input", () => {
      this.#setCursor(Number(this.#slider.value) / SLIDER * (this.#feed?.window?.lengthNs ?? 0));
    });
    VIEWS.forEach((name, i) => onKey(`${i + 1}`, () => this.#setView(name)));
    onKey(" ", () => this.#togglePause());
    onKey("y", () => this.#toggleOverlay());
    onKey("z", () => this.#zoom(0.5));
    onKey("x", () => this.#zoom(2));
    onKey("a", () => this.#showAll());
    onKey("ArrowRight", () => this.#moveCursor(1));
    onKey("ArrowLeft", () => this.#moveCursor(-1));
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

  #update({ channels }: Snapshot): void {
    const wanted = this.#view.param("channel");
    if (!this.#hasStarted && channels.length > 0) {
      this.#hasStarted = true;
      const first = channels.find(({ name }) => name === wanted) ?? channels[0]!;
      void this.#fields.open(first.name);
      this.#begin();
    }
    this.#fields.show(channels);
  }

  /** Begins anew: another mode, view or span. */
  #begin(): void {
    this.#feed?.stop();
    const { source: { parts }, param } = this.#view;
    const [isLive, kind] = [this.#isLive, this.#kind];
    this.#views.forEach((button, i) => setAttribute(button, "aria-pressed", `${VIEWS[i] === kind}`));
    this.#mode.hidden = !(parts.includes("timeline") && parts.includes("tail"));
    setText(this.#mode, isLive ? "Live" : "Recorded");
    this.#mode.title = isLive ? "show what was recorded" : "show what comes now";
    this.#pause.hidden = this.#span.hidden = !isLive;
    this.#range.hidden = kind === "spectrum" || isLive && kind === "time";
    this.#overlay.hidden = kind !== "time";
    this.#slider.hidden = isLive || kind === "time";
    setAttribute(this.#overlay, "aria-pressed", `${param("overlay") === "1"}`);
    this.#board.resetMap();
    this.#fields.redraw();
    for (const each of this.#shown) [each.points, each.done, each.spectrum] = [new Float64Array(0), 0, undefined];
    this.#feed = this.#createFeed();
    this.#showPause();
    this.#show();
  }

  #createFeed(): Feed {
    const options: FeedOptions = {
      ...{ view: this.#view, kind: this.#kind, visible: () => this.#visible() },
      columns: () => Math.min(4000, Math.max(100, Math.round(this.#board.canvas.width))),
      onChange: () => this.#show(),
      onError: (error) => this.#fail(error),
    };
    if (this.#isLive) return new LiveFeed(options, Number(this.#span.value));
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
    const found = this.#shown.find((each) => keyOf(each) === key);
    if (found !== undefined) this.#toggle(found);
  }

  #setView(kind: ViewKind): void {
    this.#view.setParam("view", kind === "time" ? "" : kind);
    this.#begin();
    // What fits is shown at once, where nothing else was chosen.
    if (this.#visible().length === 0) void this.#findFitting(kind).catch((error) => this.#fail(error));
  }

  async #findFitting(kind: ViewKind): Promise<void> {
    const own = this.#fields.choices.find((choice) => fits(choice, kind));
    if (own !== undefined) return this.#toggle(own);
    if (!this.#view.source.parts.includes("timeline") || kind === "time") return;
    const { rows } = await this.#view.get("timeline/at", { timeNs: `${2n ** 63n}` }) as {
      rows: { channel: string; value?: unknown }[];
    };
    const found = rows.flatMap(({ channel, value }) => choicesOf(channel, value)).find((each) => fits(each, kind));
    if (found === undefined || this.#kind !== kind || this.#visible().length > 0) return;
    this.#toggle(found);
    void this.#fields.open(found.channel);
  }

  #togglePause(): void {
    if (this.#feed instanceof LiveFeed) this.#feed.isPaused = !this.#feed.isPaused;
    this.#showPause();
  }

  #showPause(): void {
    const isPaused = this.#feed instanceof LiveFeed && this.#feed.isPaused;
    setText(this.#pause, isPaused ? "Go on" : "Hold");
    setAttribute(this.#pause, "aria-pressed", `${isPaused}`);
  }

  #toggleMode(): void {
    this.#view.setParam("mode", this.#isLive ? "recorded" : "");
    this.#begin();
  }

  #toggleOverlay(): void {
    const isOverlay = this.#view.param("overlay") !== "1";
    this.#view.setParam("overlay", isOverlay ? "1" : "");
    setAttribute(this.#overlay, "aria-pressed", `${isOverlay}`);
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
    const [visible, kind, isLive] = [this.#visible(), this.#kind, this.#isLive];
    saveNumbers(this.#view, { visible, kind, isLive, feed: this.#feed });
  }

  // What is shown

  #show(): void {
    const [visible, window, kind] = [this.#visible(), this.#feed?.window, this.#kind];
    const [isLive, { colours }] = [this.#isLive, this.#board];
    setText(this.#hint, HINTS[kind]);
    this.#hint.hidden = visible.length > 0;
    const titles = cellTitles(kind, isLive);
    const cursorNs = isLive ? window?.toNs ?? 0 : this.#cursorNs ?? window?.toNs ?? 0;
    this.#legend.show(
      titles,
      visible.map((each, i) => ({
        key: keyOf(each),
        title: each.path2 === undefined ? titleOf(each) : `${titleOf(each)}, ${each.path2}`,
        colour: colours[i % colours.length] ?? "",
        cells: window === undefined ? titles.map(() => format.UNKNOWN) : cellsOf(each, { kind, window, cursorNs }),
      })),
    );
    if (!this.#slider.matches(":active") && window !== undefined) {
      this.#slider.value = `${Math.round(cursorNs / window.lengthNs * SLIDER)}`;
    }
    this.#say(visible);
    this.#board.canvas.redraw();
  }

  #say(visible: readonly Shown[]): void {
    const problems = visible.reduce((sum, each) => sum + each.problems, 0);
    const done = visible.reduce((sum, each) => sum + each.done, 0) / Math.max(1, visible.length);
    const isReading = !this.#isLive && this.#kind !== "spectrum" && visible.length > 0 && done < 1;
    const parts = [
      ...this.#cursorNs === undefined || this.#isLive ? [] : [offset(this.#cursorNs)],
      ...isReading ? [`${Math.floor(done * 100)} % read`] : [],
      ...problems > 0 ? [`${format.count(problems)} frames without a number there`] : [],
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
