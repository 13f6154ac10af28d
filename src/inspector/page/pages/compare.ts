/// <reference lib="dom" />
import { type Compared, rowsOfRecordings, rowsOfVerdict, type Verdict } from "../compare/answers.ts";
import { help } from "../compare/help.ts";
import { Pair, type Side } from "../compare/pair.ts";
import { createTable, type Difference, type Row, summaryOf, what } from "../compare/rows.ts";
import type { DataTable } from "../data_table.ts";
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { Page, View } from "../page.ts";
import type { FrameRow } from "../../snapshot.ts";
import { useStyle } from "../time/canvas.ts";
import { Parts } from "../time/parts.ts";
import type { Mark } from "../time/recording.ts";
import { StripView } from "../time/strips.ts";
import { offset } from "../time/time_window.ts";
import { tool } from "../tool.ts";

const POLL_MS = 1000;

/** Two recordings beside each other, or what a replay gives beside what was recorded. */
export const page: Page = {
  keys: [["n N", "the next difference, the one before"], ["z x a", "zoom in, out, show all"]],
  open(view) {
    void useStyle("/assets/time/time.css").then(() => view.signal.aborted || new ComparePane(view).begin());
  },
};

class ComparePane {
  readonly #view: View;
  readonly #strips: StripView;
  readonly #table: DataTable<Row>;
  readonly #pair = new Pair();
  readonly #parts: Parts;
  readonly #status = h("span", { class: "dim num note", role: "status" });
  readonly #with: HTMLSelectElement;
  readonly #isReplay: boolean;
  #rows: readonly Row[] = [];
  #baseNs = 0n;
  #cursorNs = 0;
  #chosen = "";

  constructor(view: View) {
    this.#view = view;
    const { source, sources, signal, param, setParam } = view;
    this.#isReplay = source.parts.includes("verdict");
    const others = sources.filter(({ id, kind, parts }) =>
      id !== source.id && kind === "recording" && parts.includes("timeline")
    );
    this.#with = h(
      "select",
      { "aria-label": "compare with" },
      ...others.map(({ id, name }) => h("option", { value: id, text: name })),
    );
    this.#with.value = others.some(({ id }) => id === param("with")) ? param("with") : others[0]?.id ?? "";
    this.#with.addEventListener("change", () => {
      setParam("with", this.#with.value);
      void this.#compare();
    });
    this.#strips = new StripView({
      signal,
      onScrub: (ns) => this.#goNear(ns),
      onHover: () => {},
      onWindow: () => this.#windowChanged(),
      onChoose: (channel) => this.#choose(channel),
    });
    this.#parts = new Parts(view, {
      width: () => this.#strips.canvas.width,
      onChange: () => this.#draw(),
      onError: (error) => this.#fail(error),
    });
    this.#table = createTable(view, (channel) => this.#choose(channel));
  }

  /** Builds it, and begins to compare. */
  begin(): void {
    const { main, onKey, signal } = this.#view;
    if (!this.#isReplay && this.#with.options.length === 0) return main.append(help());
    main.append(
      h(
        "div",
        { class: "tools" },
        h(
          "div",
          { class: "row" },
          ...this.#isReplay
            ? [h("span", { text: "with what was recorded", class: "dim" })]
            : [h("span", { class: "dim", text: "with" }), this.#with],
          tool("◂ Before", "the difference before (N)", () => this.#go(-1)),
          tool("Next ▸", "the next difference (n)", () => this.#go(1)),
          h("span", { class: "grow" }),
          this.#status,
        ),
      ),
      this.#strips.element,
      h("div", { class: "split both" }, this.#table.element, this.#pair.element),
    );
    onKey("n", () => this.#go(1));
    onKey("N", () => this.#go(-1));
    onKey("z", () => this.#zoom(0.5));
    onKey("x", () => this.#zoom(2));
    onKey("a", () => {
      this.#parts.window?.all();
      this.#windowChanged();
    });
    void this.#load().then(() => this.#isReplay ? this.#follow() : this.#compare());
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  async #load(): Promise<void> {
    try {
      this.#baseNs = (await this.#parts.load()).baseNs;
      this.#draw();
    } catch (error) {
      this.#fail(error);
    }
  }

  #timer: ReturnType<typeof setTimeout> | undefined;
  async #compare(): Promise<void> {
    clearTimeout(this.#timer);
    const id = this.#with.value;
    try {
      const answer = await this.#view.get("compare", { with: id }) as Compared;
      if (id !== this.#with.value) return;
      const { done } = answer;
      this.#rows = rowsOfRecordings(answer);
      this.#show(done < 1 ? `${Math.floor(done * 100)} % compared` : "");
      if (done < 1) this.#timer = setTimeout(() => void this.#compare(), 0);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A replay goes on: what it found by now. */
  async #follow(): Promise<void> {
    try {
      this.#rows = rowsOfVerdict(await this.#view.get("verdict") as Verdict);
      this.#show("a channel is compared up to its first difference");
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#view.signal.aborted) this.#timer = setTimeout(() => void this.#follow(), POLL_MS);
  }

  #show(note: string): void {
    this.#table.show(this.#rows);
    const differing = this.#rows.filter(({ differences }) => differences.length > 0).length;
    const { text, tone } = summaryOf(this.#rows, note === "");
    setText(this.#status, [text, note].filter(Boolean).join(" · "));
    setAttribute(this.#status, "title", note);
    this.#status.dataset.tone = tone;
    this.#draw();
    const wanted = this.#view.param("channel");
    if (this.#chosen === "" && (wanted !== "" || differing > 0)) {
      const row = this.#rows.find(({ name }) => name === wanted) ??
        this.#rows.find((each) => each.differences.length > 0);
      if (row !== undefined) this.#choose(row.name);
    }
  }

  // Going from one to the next

  #all(): { readonly row: Row; readonly one: Difference; readonly atNs: number }[] {
    return this.#rows.flatMap((row) =>
      row.differences.map((one) => ({ row, one, atNs: Number(BigInt(one.timeNs) - this.#baseNs) }))
    ).sort((a, b) => a.atNs - b.atNs);
  }

  #go(by: 1 | -1): void {
    const all = this.#all();
    const next = by === 1
      ? all.find(({ atNs }) => atNs > this.#cursorNs)
      : all.findLast(({ atNs }) => atNs < this.#cursorNs);
    if (next === undefined) return this.#view.say("No more of them");
    void this.#open(next);
  }

  #goNear(ns: number): void {
    const [near] = this.#all().sort((a, b) => Math.abs(a.atNs - ns) - Math.abs(b.atNs - ns));
    if (near !== undefined) void this.#open(near);
    else this.#setCursor(ns);
  }

  #choose(channel: string): void {
    const first = this.#all().find(({ row }) => row.name === channel);
    this.#chosen = channel;
    this.#view.setParam("channel", channel);
    if (first !== undefined) void this.#open(first);
    else {
      this.#pair.show("", undefined);
      this.#draw();
    }
  }

  async #open(
    { row, one, atNs }: { readonly row: Row; readonly one: Difference; readonly atNs: number },
  ): Promise<void> {
    this.#chosen = row.name;
    this.#view.setParam("channel", row.name);
    this.#setCursor(atNs);
    const title = `${row.name}: ${what(one)} at ${offset(atNs)}`;
    if (this.#isReplay) {
      const side = (title: string, key: "recorded" | "replayed"): Side => ({
        ...{ title, short: title, note: `frame ${format.count(one.a)}` },
        ...(key in one && { value: one[key] }),
      });
      return this.#pair.show(title, [side("recorded", "recorded"), side("replayed", "replayed")]);
    }
    const { source } = this.#view;
    const [a, b] = await Promise.all([
      one.kind === "extra" ? undefined : this.#frame(source.id, row.name, one.a),
      one.kind === "missing" ? undefined : this.#frame(this.#with.value, row.name, one.b),
    ]);
    const side = (name: string, short: string, [index, frame]: [number, FrameRow | undefined]): Side => ({
      ...{
        title: `${name} (${short})`,
        short,
        note: frame === undefined ? "" : `frame ${format.count(index)} · ${format.bytes(frame.size)}`,
      },
      ...(frame !== undefined && (frame.problem === undefined ? { value: frame.value } : { problem: frame.problem })),
    });
    if (this.#cursorNs !== atNs) return;
    this.#pair.show(title, [
      side(source.name, "this", [one.a, a]),
      side(this.#with.selectedOptions[0]?.text ?? "", "the other", [one.b, b]),
    ]);
  }

  async #frame(source: string, channel: string, index: number): Promise<FrameRow | undefined> {
    try {
      return await this.#view.get(`/api/sources/${source}/frame`, { channel, index }) as FrameRow;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #setCursor(ns: number): void {
    this.#cursorNs = ns;
    if (this.#parts.window?.reveal(ns)) this.#windowChanged();
    this.#draw();
  }

  #zoom(factor: number): void {
    this.#parts.window?.zoom(factor, this.#cursorNs);
    this.#windowChanged();
  }

  #windowChanged(): void {
    this.#parts.refresh();
    this.#draw();
  }

  #draw(): void {
    const [shown, window] = [this.#parts.shown, this.#parts.window];
    if (shown === undefined || window === undefined) return;
    const marks = this.#all().map(({ row, one, atNs }): Mark => ({
      ...{ atNs, about: row.name, message: what(one) },
      level: one.kind === "changed" ? "error" : "warn",
    }));
    const overlay = { cursorNs: this.#cursorNs, hoverNs: undefined, headNs: undefined, bookmarks: [], marks };
    const loop = { inNs: undefined, outNs: undefined };
    this.#strips.show(shown, window, { overlay: { ...overlay, loop }, chosen: this.#chosen });
  }

  #fail(error: unknown): void {
    if (this.#view.signal.aborted) return;
    setText(this.#status, error instanceof Error ? error.message : String(error));
    this.#status.dataset.tone = "bad";
  }
}
