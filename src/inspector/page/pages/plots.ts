/// <reference lib="dom" />
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { Page, View } from "../page.ts";
import { drawCurves } from "../plots/curves.ts";
import { type Choice, choicesOf, FieldList } from "../plots/field_list.ts";
import { Legend } from "../plots/legend.ts";
import { drawMap, lengthOf, type MapWindow, meters, moved, placeAt, windowOf, zoomed } from "../plots/map_view.ts";
import { append, fetchSeries, number, numbersOf, rangeOf, titleOf, valueAt } from "../plots/series.ts";
import { drawSpectra, peakOf, type Spectrum } from "../plots/spectrum_view.ts";
import type { Snapshot } from "../../snapshot.ts";
import { Canvas, type Palette, saveAs, useStyle } from "../time/canvas.ts";
import { fetchLive, fetchStrips, Newest } from "../time/recording.ts";
import { listenTo } from "../time/strips.ts";
import { offset, readSeconds, TimeWindow, writeSeconds } from "../time/time_window.ts";

const SPANS_S = [10, 30, 60, 300, 900];
const VIEWS = ["time", "spectrum", "map"] as const;
const SERIES_COLOURS = 8;

/** Numbers over time, spectra of frames, positions on a map; live or recorded. */
export const page: Page = {
  keys: [
    ["Space", "hold what comes, go on"],
    ["1 2 3", "over time, spectrum, map"],
    ["v", "all curves on one scale"],
    ["z x a", "zoom in, out, show all"],
    ["drag, wheel", "cursor; zoom, with shift sideways"],
  ],
  open(view) {
    void useStyle("/assets/time/time.css").then(() => view.signal.aborted || new PlotsPane(view).begin());
  },
};

/** One thing that is shown: a curve, a spectrum or a track, by what it is. */
interface Shown extends Choice {
  points: Float64Array;
  done: number;
  problems: number;
  spectrum: Spectrum | undefined;
}

class PlotsPane {
  readonly #view: View;
  readonly #canvas: Canvas;
  readonly #legend: Legend;
  readonly #fields: FieldList;
  readonly #note = h("span", { class: "dim num note", role: "status" });
  readonly #hint = h("p", { class: "dim hint" });
  readonly #views: HTMLButtonElement[];
  readonly #pause = h("button", { text: "Hold", onClick: () => this.#togglePause() });
  readonly #mode = h("button", { onClick: () => this.#toggleMode() });
  readonly #span = h("select", { "aria-label": "how much is shown" });
  readonly #overlay = h("button", {
    text: "One scale",
    title: "all curves on one scale (v)",
    onClick: () => this.#toggleOverlay(),
  });
  readonly #slider = h("input", { type: "range", class: "when", "aria-label": "time", min: 0, max: 10_000, step: 1 });
  readonly #range = h("span", { class: "row" });
  readonly #reader: Newest<null>;
  #shown: Shown[];
  #stops: (() => void)[] = [];
  #window: TimeWindow | undefined;
  #map: MapWindow | undefined;
  #baseNs = 0n;
  #nowNs = 0;
  #cursorNs: number | undefined;
  #hoverX: number | undefined;
  #isPaused = false;
  #hasStarted = false;

  constructor(view: View) {
    this.#view = view;
    const { param, signal } = view;
    this.#shown = readShown(param("y"));
    this.#reader = new Newest(() => this.#read(), (error) => this.#fail(error));
    this.#canvas = new Canvas({
      label: "plot; the table below has its numbers",
      className: "plot",
      signal,
      draw: (context, width, height, palette) => this.#draw(context, width, height, palette),
    });
    this.#legend = new Legend((key) => this.#remove(key));
    this.#fields = new FieldList(view, {
      onToggle: (choice) => this.#toggle(choice),
      isChosen: (choice) => this.#shown.some((each) => keyOf(each) === keyOf(choice)),
      fits: (choice) => fits(choice, this.#kind),
    });
    this.#views = VIEWS.map((name, i) =>
      h("button", { text: ["Time", "Spectrum", "Map"][i], onClick: () => this.#setView(name) })
    );
    this.#span.append(...SPANS_S.map((s) => h("option", { value: s, text: s < 60 ? `${s} s` : `${s / 60} min` })));
    this.#span.value = param("span") || "60";
    this.#span.addEventListener("change", () => {
      view.setParam("span", this.#span.value);
      this.#begin();
    });
  }

  /** Builds it, and asks for what it shows. */
  begin(): void {
    const { main, onSnapshot } = this.#view;
    const button = (text: string, title: string, action: () => void) =>
      h("button", { text, title, "aria-label": title, onClick: action });
    this.#range.append(
      button("+", "zoom in (z)", () => this.#zoom(0.5)),
      button("−", "zoom out (x)", () => this.#zoom(2)),
      button("All", "show all of it (a)", () => this.#showAll()),
    );
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
          button("CSV", "save the numbers that are shown as a table", () => this.#saveCsv()),
          button("PNG", "save the picture", () => this.#canvas.save("plot.png")),
        ),
      ),
      h(
        "div",
        { class: "split" },
        this.#fields.element,
        h(
          "div",
          { class: "board" },
          h("div", { class: "field" }, this.#canvas.element, this.#hint),
          this.#legend.element,
        ),
      ),
    );
    this.#listen();
    onSnapshot((snapshot) => this.#update(snapshot));
  }

  #listen(): void {
    const { element } = this.#canvas;
    const { onKey } = this.#view;
    listenTo(element, {
      window: () => this.#kind === "time" ? this.#window : undefined,
      onScrub: (ns) => this.#setCursor(ns),
      onHover: () => {},
      onWindow: () => this.#windowChanged(),
    });
    element.addEventListener("pointermove", (event) => {
      if (this.#kind === "map" && event.buttons === 1 && this.#map !== undefined) {
        this.#map = moved(this.#map, event.movementX, event.movementY);
      }
      this.#hoverX = event.offsetX;
      if (this.#kind !== "time") this.#canvas.redraw();
    });
    element.addEventListener("pointerleave", () => {
      this.#hoverX = undefined;
      this.#canvas.redraw();
    });
    element.addEventListener("wheel", (event) => {
      if (this.#kind !== "map" || this.#map === undefined) return;
      event.preventDefault();
      const [dx, dy] = [event.offsetX - element.clientWidth / 2, event.offsetY - element.clientHeight / 2];
      this.#map = zoomed(this.#map, 1.0015 ** -event.deltaY, dx, dy);
      this.#canvas.redraw();
    }, { passive: false });
    this.#slider.addEventListener("input", () => {
      this.#setCursor(Number(this.#slider.value) / 10_000 * (this.#window?.lengthNs ?? 0));
    });
    VIEWS.forEach((name, i) => onKey(`${i + 1}`, () => this.#setView(name)));
    onKey(" ", () => this.#togglePause());
    onKey("v", () => this.#toggleOverlay());
    onKey("z", () => this.#zoom(0.5));
    onKey("x", () => this.#zoom(2));
    onKey("a", () => this.#showAll());
    onKey("ArrowRight", () => this.#setCursor((this.#cursorNs ?? 0) + this.#pixelNs()));
    onKey("ArrowLeft", () => this.#setCursor((this.#cursorNs ?? 0) - this.#pixelNs()));
  }

  #pixelNs(): number {
    return this.#window === undefined ? 0 : (this.#window.toNs - this.#window.fromNs) / this.#canvas.width;
  }

  get #kind(): typeof VIEWS[number] {
    const said = this.#view.param("view");
    return VIEWS.find((name) => name === said) ?? "time";
  }

  /** Whether it shows what comes, and not what was recorded. */
  get #isLive(): boolean {
    const { source: { parts }, param } = this.#view;
    if (!parts.includes("timeline")) return true;
    return parts.includes("tail") && param("mode") !== "recorded";
  }

  #update({ channels }: Snapshot): void {
    const wanted = this.#view.param("channel");
    if (!this.#hasStarted && channels.length > 0) {
      this.#hasStarted = true;
      const first = channels.find(({ name }) => name === wanted) ?? channels[0]!;
      void this.#fields.open(first.name).then(() => this.#begin());
    }
    this.#fields.show(channels);
  }

  /** Begins anew: another mode, view or span. */
  #begin(): void {
    for (const stop of this.#stops.splice(0)) stop();
    const isLive = this.#isLive;
    this.#views.forEach((button, i) => setAttribute(button, "aria-pressed", `${VIEWS[i] === this.#kind}`));
    const { parts } = this.#view.source;
    this.#mode.hidden = !(parts.includes("timeline") && parts.includes("tail"));
    setText(this.#mode, isLive ? "Live" : "Recorded");
    this.#mode.title = isLive ? "show what was recorded" : "show what comes now";
    this.#pause.hidden = this.#span.hidden = !isLive;
    this.#range.hidden = this.#kind === "spectrum" || isLive && this.#kind === "time";
    this.#overlay.hidden = this.#kind !== "time";
    this.#slider.hidden = isLive || this.#kind === "time";
    setAttribute(this.#overlay, "aria-pressed", this.#view.param("overlay") === "1" ? "true" : "false");
    this.#map = undefined;
    this.#fields.redraw();
    for (const each of this.#shown) [each.points, each.done, each.spectrum] = [new Float64Array(0), 0, undefined];
    if (isLive) this.#follow();
    else void this.#load();
    this.#show();
  }

  // Live

  #follow(): void {
    const spanS = Number(this.#span.value);
    this.#window = new TimeWindow(1);
    for (const each of this.#visible()) {
      const isSpectrum = this.#kind === "spectrum";
      const { channel, path, path2 } = each;
      const columns = Math.min(2000, Math.max(100, this.#canvas.width));
      const params = { channel, path, columns, spanS, ...(path2 !== undefined && { path2 }) };
      this.#stops.push(this.#view.listen(isSpectrum ? "spectrum" : "plot", params, {
        onMessage: ({ json, bytes }) => {
          if (this.#isPaused) return;
          if (isSpectrum) each.spectrum = { ...json, title: titleOf(each), decibels: numbersOf(bytes) };
          else this.#append(each, json, numbersOf(bytes));
          this.#show();
        },
        onError: (message) => this.#fail(new Error(message)),
      }));
    }
  }

  #append(each: Shown, json: { baseNs: string; nowNs: string; problems: number }, points: Float64Array): void {
    const spanNs = Number(this.#span.value) * 1e9;
    this.#baseNs = BigInt(json.baseNs);
    this.#nowNs = Math.max(this.#nowNs, Number(BigInt(json.nowNs) - this.#baseNs));
    const width = each.path2 === undefined ? 2 : 3;
    each.points = append(each.points, points, { fromNs: this.#nowNs - spanNs, width });
    [each.problems, each.done] = [json.problems, 1];
    if (this.#window !== undefined) [this.#window.fromNs, this.#window.toNs] = [this.#nowNs - spanNs, this.#nowNs];
  }

  // Recorded

  async #load(): Promise<void> {
    const { param } = this.#view;
    try {
      const whole = await fetchStrips(this.#view, { columns: 1 });
      const window = new TimeWindow(whole.lengthNs);
      const [from, to] = [readSeconds(param("from")), readSeconds(param("to"))];
      if (from !== undefined && to !== undefined && to > from) window.show(from, to);
      [this.#window, this.#baseNs] = [window, whole.baseNs];
      this.#cursorNs = readSeconds(param("at")) ?? whole.lengthNs / 2;
      this.#show();
      this.#reader.want(null);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Reads what is not read yet, a part of each curve at a time. */
  async #read(): Promise<void> {
    const window = this.#window;
    if (window === undefined || this.#isLive) return;
    const visible = this.#visible();
    if (this.#kind === "spectrum") {
      for (const each of visible) each.spectrum = await this.#fetchSpectrum(each);
      return this.#show();
    }
    const isMap = this.#kind === "map";
    for (const each of visible) {
      const { channel, path, path2 } = each;
      const columns = isMap ? 4000 : Math.min(4000, Math.max(100, Math.round(this.#canvas.width)));
      const part = { from: this.#at(Math.max(0, window.fromNs)), to: this.#at(window.toNs) + 1n, columns };
      const found = await fetchSeries(this.#view, { channel, path, ...(path2 !== undefined && { path2 }) }, part);
      [each.points, each.done, each.problems] = [found.points, found.done, found.problems];
      this.#show();
    }
    if (visible.some(({ done }) => done < 1)) this.#reader.want(null);
  }

  async #fetchSpectrum({ channel, path, ...each }: Shown): Promise<Spectrum | undefined> {
    const columns = Math.min(4000, Math.max(100, Math.round(this.#canvas.width)));
    const query = { channel, path, columns, timeNs: this.#at(this.#cursorNs ?? 0) };
    const { json, bytes } = await fetchLive(this.#view, "spectrum", query);
    return { ...json as Spectrum, title: titleOf({ channel, path, ...each }), decibels: numbersOf(bytes) };
  }

  #at(ns: number): bigint {
    return this.#baseNs + BigInt(Math.round(ns));
  }

  // What somebody does

  #visible(): Shown[] {
    return this.#shown.filter((each) => fits(each, this.#kind));
  }

  #toggle(choice: Choice): void {
    const at = this.#shown.findIndex((each) => keyOf(each) === keyOf(choice));
    if (at >= 0) this.#shown.splice(at, 1);
    else if (this.#visible().length >= 12) return this.#view.say("Twelve at once are enough");
    else this.#shown.push(emptyOf(choice));
    this.#remember();
    this.#begin();
  }

  #remove(key: string): void {
    this.#shown = this.#shown.filter((each) => keyOf(each) !== key);
    this.#remember();
    this.#begin();
  }

  #remember(): void {
    const said = this.#shown.map(({ channel, path, path2 }) => [channel, path, ...path2 === undefined ? [] : [path2]]);
    this.#view.setParam("y", said.length === 0 ? "" : JSON.stringify(said));
  }

  #setView(name: typeof VIEWS[number]): void {
    this.#view.setParam("view", name === "time" ? "" : name);
    // What fits is shown at once, where nothing else was chosen.
    if (this.#visible().length === 0) void this.#findFitting(name);
    this.#begin();
  }

  async #findFitting(view: typeof VIEWS[number]): Promise<void> {
    const own = this.#fields.choices.find((choice) => fits(choice, view));
    if (own !== undefined) return this.#toggle(own);
    if (!this.#view.source.parts.includes("timeline") || view === "time") return;
    const { rows } = await this.#view.get("timeline/at", { timeNs: `${2n ** 63n}` }) as {
      rows: { channel: string; value?: unknown }[];
    };
    const found = rows.flatMap(({ channel, value }) => choicesOf(channel, value)).find((each) => fits(each, view));
    if (found === undefined || this.#kind !== view || this.#visible().length > 0) return;
    this.#toggle(found);
    void this.#fields.open(found.channel);
  }

  #togglePause(): void {
    if (!this.#isLive) return;
    this.#isPaused = !this.#isPaused;
    setText(this.#pause, this.#isPaused ? "Go on" : "Hold");
    setAttribute(this.#pause, "aria-pressed", `${this.#isPaused}`);
  }

  #toggleMode(): void {
    this.#view.setParam("mode", this.#isLive ? "recorded" : "");
    this.#begin();
  }

  #toggleOverlay(): void {
    this.#view.setParam("overlay", this.#view.param("overlay") === "1" ? "" : "1");
    setAttribute(this.#overlay, "aria-pressed", this.#view.param("overlay") === "1" ? "true" : "false");
    this.#canvas.redraw();
  }

  #zoom(factor: number): void {
    if (this.#kind === "map" && this.#map !== undefined) {
      this.#map = zoomed(this.#map, 1 / factor, 0, 0);
      return this.#canvas.redraw();
    }
    this.#window?.zoom(factor, this.#cursorNs ?? 0);
    this.#windowChanged();
  }

  #showAll(): void {
    this.#map = undefined;
    if (!this.#isLive) this.#window?.all();
    this.#windowChanged();
  }

  #windowChanged(): void {
    if (this.#isLive) return this.#canvas.redraw();
    this.#rememberSoon();
    this.#reader.want(null);
    this.#show();
  }

  #setCursor(ns: number): void {
    this.#cursorNs = ns;
    this.#rememberSoon();
    if (this.#kind === "spectrum") this.#reader.want(null);
    this.#show();
  }

  #timer: ReturnType<typeof setTimeout> | undefined;
  #rememberSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const window = this.#window;
      if (this.#isLive || window === undefined) return;
      const { setParam } = this.#view;
      setParam("at", this.#cursorNs === undefined ? "" : writeSeconds(this.#cursorNs));
      setParam("from", window.isAll ? "" : writeSeconds(Math.max(0, window.fromNs)));
      setParam("to", window.isAll ? "" : writeSeconds(window.toNs));
    }, 150);
  }

  #saveCsv(): void {
    const visible = this.#visible();
    const [window, isMap] = [this.#window, this.#kind === "map"];
    if (visible.length === 0 || window === undefined) return this.#view.say("There is nothing to save");
    if (this.#isLive || this.#kind === "spectrum") return saveAs(new Blob([this.#csv(visible)]), "plot.csv");
    const query = new URLSearchParams({
      from: `${this.#at(Math.max(0, window.fromNs))}`,
      to: `${this.#at(window.toNs)}`,
    });
    for (const { channel, path, path2 } of visible) {
      query.append("series", JSON.stringify([channel, path]));
      if (isMap && path2 !== undefined) query.append("series", JSON.stringify([channel, path2]));
    }
    h("a", { href: `/api/sources/${this.#view.source.id}/plot.csv?${query}`, download: "plot.csv" }).click();
  }

  /** What is on the screen as a table. */
  #csv(visible: readonly Shown[]): string {
    const quote = (text: string) => `"${(/^[=+\-@]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;
    const lines = visible.flatMap((each) => {
      const { points, path2, spectrum } = each;
      if (spectrum !== undefined) {
        const { decibels, top } = spectrum;
        return [...decibels].map((db, i) => `${quote(titleOf(each))},${i / (decibels.length - 1) * top},${db}`);
      }
      const width = path2 === undefined ? 2 : 3;
      return Array.from(
        { length: points.length / width },
        (_, i) =>
          [quote(titleOf(each)), this.#at(points[i * width]!), ...points.slice(i * width + 1, (i + 1) * width)].join(
            ",",
          ),
      );
    });
    const head = this.#kind === "spectrum" ? "field,frequency,decibels" : "field,time_ns,value";
    return `${head}\n${lines.join("\n")}\n`;
  }

  // What is shown

  #show(): void {
    const visible = this.#visible();
    const hints = {
      time: "Choose fields at the left: each becomes a curve.",
      spectrum: "Choose samples of a frame at the left: fields that end in [*].",
      map: "Choose a position at the left: a channel with latitude and longitude.",
    };
    setText(this.#hint, hints[this.#kind]);
    this.#hint.hidden = visible.length > 0;
    this.#showLegend(visible);
    if (!this.#slider.matches(":active") && this.#window !== undefined) {
      this.#slider.value = `${Math.round((this.#cursorNs ?? 0) / this.#window.lengthNs * 10_000)}`;
    }
    const problems = visible.reduce((sum, each) => sum + each.problems, 0);
    const done = visible.length === 0 ? 1 : visible.reduce((sum, each) => sum + each.done, 0) / visible.length;
    const isReading = !this.#isLive && this.#kind !== "spectrum" && done < 1;
    setText(
      this.#note,
      [
        ...this.#cursorNs === undefined || this.#isLive ? [] : [offset(this.#cursorNs)],
        ...isReading ? [`${Math.floor(done * 100)} % read`] : [],
        ...problems > 0 ? [`${format.count(problems)} frames without a number there`] : [],
      ].join(" · "),
    );
    delete this.#note.dataset.tone;
    this.#canvas.redraw();
  }

  #showLegend(visible: readonly Shown[]): void {
    const window = this.#window;
    const colours = this.#colours;
    const titles = {
      time: [this.#isLive ? "now" : "at the cursor", "lowest", "highest"],
      spectrum: ["peak at", "dB", "samples"],
      map: ["latitude", "longitude", "length"],
    }[this.#kind];
    this.#legend.show(
      titles,
      visible.map((each, i) => ({
        key: keyOf(each),
        title: each.path2 === undefined ? titleOf(each) : `${titleOf(each)}, ${each.path2}`,
        colour: colours[i % colours.length] ?? "",
        cells: window === undefined ? titles.map(() => format.UNKNOWN) : this.#cells(each, window),
      })),
    );
  }

  #cells({ points, spectrum }: Shown, window: TimeWindow): string[] {
    const cursor = this.#isLive ? window.toNs : this.#cursorNs ?? window.toNs;
    if (this.#kind === "spectrum") {
      if (spectrum === undefined) return [format.UNKNOWN, format.UNKNOWN, format.UNKNOWN];
      const { at, decibels } = peakOf(spectrum);
      return [
        `${number(Number(at.toPrecision(5)))}${spectrum.rate === undefined ? "" : " Hz"}`,
        decibels.toFixed(1),
        format.count(spectrum.samples),
      ];
    }
    if (this.#kind === "map") {
      const at = placeAt(points, cursor);
      if (at < 0) return [format.UNKNOWN, format.UNKNOWN, meters(lengthOf(points))];
      return [points[at + 1]!.toFixed(6), points[at + 2]!.toFixed(6), meters(lengthOf(points))];
    }
    const range = rangeOf(points, window);
    return [number(valueAt(points, cursor)), number(range?.low), number(range?.high)];
  }

  get #colours(): string[] {
    return this.#canvas.colours("series", SERIES_COLOURS);
  }

  #draw(context: CanvasRenderingContext2D, width: number, height: number, palette: Palette): void {
    const [visible, window, colours] = [this.#visible(), this.#window, this.#colours];
    if (window === undefined) return;
    if (this.#kind === "spectrum") {
      const spectra = visible.map(({ spectrum }) => spectrum);
      return drawSpectra(context, { spectra, colours, palette, width, height, hoverX: this.#hoverX });
    }
    const cursorNs = this.#isLive ? undefined : this.#cursorNs;
    if (this.#kind === "map") {
      const tracks = visible.map(({ points }) => points);
      const isWhole = visible.every(({ done }) => done >= 1);
      const map = this.#map ?? windowOf(tracks, width, height);
      if (map === undefined) return;
      // It keeps still once all is there, or somebody has moved it.
      if (isWhole && !this.#isLive) this.#map = map;
      return drawMap(context, { tracks, window: map, colours, palette, width, height, cursorNs });
    }
    const isOverlay = this.#view.param("overlay") === "1";
    drawCurves(context, { series: visible, window, palette, colours, width, height, isOverlay, cursorNs });
  }

  #fail(error: unknown): void {
    if (this.#view.signal.aborted) return;
    setText(this.#note, error instanceof Error ? error.message : String(error));
    this.#note.dataset.tone = "bad";
  }
}

function fits({ kind, path2 }: Choice, view: typeof VIEWS[number]): boolean {
  if (view === "map") return path2 !== undefined;
  return view === "spectrum" ? kind === "samples" : kind !== "position";
}

function keyOf({ channel, path, path2 }: Choice): string {
  return JSON.stringify([channel, path, path2]);
}

function emptyOf(choice: Choice): Shown {
  return { ...choice, points: new Float64Array(0), done: 0, problems: 0, spectrum: undefined };
}

/** What an address says. */
function readShown(text: string): Shown[] {
  try {
    const said: unknown = JSON.parse(text);
    return (Array.isArray(said) ? said : []).slice(0, 24).flatMap((each) => {
      const [channel, path, path2] = Array.isArray(each) ? each : [];
      if (typeof channel !== "string" || typeof path !== "string") return [];
      if (typeof path2 === "string") return [emptyOf({ channel, path, path2, kind: "position", sample: "" })];
      return [emptyOf({ channel, path, kind: path.endsWith("[*]") ? "samples" : "number", sample: "" })];
    });
  } catch {
    return [];
  }
}
