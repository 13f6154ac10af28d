/// <reference lib="dom" />
import { h, setText } from "../dom.ts";
import * as format from "../format.ts";
import { FrameDetails } from "../frame_details.ts";
import type { Page, View } from "../page.ts";
import type { FrameRow, Snapshot } from "../../snapshot.ts";
import { useStyle } from "../time/canvas.ts";
import { FramesAt } from "../time/frames_at.ts";
import { placeInAddress } from "../time/address.ts";
import { OverviewBar } from "../time/overview_bar.ts";
import { changeLoop, type Loop, readLoop, writeLoop } from "../time/loop.ts";
import { Places } from "../time/places.ts";
import { Parts } from "../time/parts.ts";
import { type FrameAt, type Mark, Newest } from "../time/recording.ts";
import type { Overlay } from "../time/marks.ts";
import { StripView } from "../time/strips.ts";
import { offset, readSeconds } from "../time/time_window.ts";
import { ReplayOffer } from "../time/replay_offer.ts";
import { tool } from "../tool.ts";
import { CursorTransport, ReplayTransport, TransportBar } from "../time/transport.ts";

/** A recording in time: where its frames are, which ones lie under the cursor, what went wrong; and steers its replay. */
export const page: Page = {
  keys: [
    ["Space", "play, pause"],
    ["→ ←", "the next frame, the one before (of a replay: one, ten)"],
    ["↑ ↓", "twice the speed, half of it"],
    ["[ ]", "loop from here, to here; \\ no loop"],
    ["b", "bookmark; B the next one"],
    ["e", "the first error; n the next warning or error"],
    ["z x a", "zoom in, out, show all"],
    ["Home End", "the beginning, the end"],
    ["Enter", "have the replay go to the cursor"],
    ["q", "end the replay (twice)"],
  ],
  open(view) {
    void useStyle("/assets/time/time.css").then(() => view.signal.aborted || new TimelinePane(view).begin());
  },
};

class TimelinePane {
  readonly #view: View;
  readonly #strips: StripView;
  readonly #bar: OverviewBar;
  readonly #table: FramesAt;
  readonly #details: FrameDetails;
  readonly #transport: ReplayTransport | CursorTransport;
  readonly #controls: TransportBar;
  readonly #offer: ReplayOffer | undefined;
  readonly #clock = h("output", { class: "clock num", "aria-live": "off" });
  readonly #note = h("p", { class: "dim num note", role: "status" });
  readonly #places: Places;
  readonly #keepPlace: ReturnType<typeof placeInAddress>;
  readonly #frames: Newest<number>;
  readonly #parts: Parts;
  readonly #isReplay: boolean;
  #cursorNs = 0;
  #hoverNs: number | undefined;
  #headNs: number | undefined;
  #loop: Loop;
  #marks: readonly Mark[] = [];
  #rows: readonly FrameAt[] = [];
  #chosen: string;
  #isFollowing = true;

  constructor(view: View) {
    this.#view = view;
    const { signal, param } = view;
    this.#isReplay = view.source.parts.includes("replay");
    this.#keepPlace = placeInAddress(view);
    this.#chosen = param("channel");
    this.#loop = readLoop(view);
    this.#places = new Places(view, { onGo: (ns) => this.#go(ns), onChange: () => this.#draw() });
    this.#frames = new Newest((ns) => this.#fetchFrames(ns), (error) => this.#fail(error));
    this.#parts = new Parts(view, {
      width: () => this.#strips.canvas.width,
      onChange: () => this.#draw(),
      onError: (error) => this.#fail(error),
    });
    this.#transport = this.#isReplay ? new ReplayTransport(view, () => this.#follow()) : new CursorTransport({
      signal,
      move: (byNs) => this.#play(byNs),
      step: (frames) => void this.#stepFrame(frames > 0 ? 1 : -1),
    });
    this.#controls = new TransportBar(view, this.#transport, { canStepBack: !this.#isReplay });
    if (this.#transport instanceof ReplayTransport && !view.isReadOnly) {
      this.#offer = new ReplayOffer(view, this.#transport, this.#controls.element);
    }
    if (this.#isReplay && view.isReadOnly) this.#controls.disable("this inspector is read-only");
    this.#strips = new StripView({
      signal,
      onScrub: (ns) => this.#scrub(ns),
      onHover: (ns) => {
        this.#hoverNs = ns;
        this.#draw();
      },
      onWindow: () => this.#windowChanged(),
      onChoose: (channel) => this.#choose(channel),
    });
    this.#bar = new OverviewBar(signal, () => this.#windowChanged());
    this.#table = new FramesAt(view, (channel) => this.#choose(channel));
    this.#details = new FrameDetails(recordingView(view), { onClose: () => this.#choose("") });
  }

  /** Builds it, and asks for what it shows. */
  begin(): void {
    const { main, onSnapshot } = this.#view;
    main.append(
      this.#toolbar(),
      this.#bar.canvas.element,
      this.#strips.element,
      h("div", { class: "split" }, this.#table.element, this.#details.element),
    );
    this.#keys();
    void this.#load();
    onSnapshot((snapshot) => this.#update(snapshot));
  }

  #toolbar(): HTMLElement {
    return h(
      "div",
      { class: "tools" },
      h("div", { class: "row" }, this.#controls.element, h("span", { class: "grow" }), this.#clock),
      h(
        "div",
        { class: "row" },
        tool("First error", "the first error (e)", () => this.#jumpToError("first")),
        tool("[ In", "loop from here ([)", () => this.#setLoop({ inNs: this.#cursorNs })),
        tool("Out ]", "loop to here (])", () => this.#setLoop({ outNs: this.#cursorNs })),
        tool("★ Bookmark", "bookmark this place, or not any more (b)", () => this.#bookmark()),
        tool("+", "zoom in (z)", () => this.#zoom(0.5)),
        tool("−", "zoom out (x)", () => this.#zoom(2)),
        tool("All", "show all of it (a)", () => this.#showAll()),
        this.#places.element,
        h("span", { class: "grow" }),
        this.#note,
      ),
    );
  }

  #keys(): void {
    const { onKey } = this.#view;
    onKey("e", () => this.#jumpToError("first"));
    onKey("n", () => this.#jumpToError("next"));
    onKey("[", () => this.#setLoop({ inNs: this.#cursorNs }));
    onKey("]", () => this.#setLoop({ outNs: this.#cursorNs }));
    onKey("\\", () => this.#setLoop({ inNs: undefined, outNs: undefined }));
    onKey("b", () => this.#bookmark());
    onKey("B", () => this.#places.next(this.#cursorNs));
    onKey("z", () => this.#zoom(0.5));
    onKey("x", () => this.#zoom(2));
    onKey("a", () => this.#showAll());
    onKey("Home", () => this.#go(0));
    onKey("End", () => this.#go(this.#parts.window?.lengthNs ?? 0));
    onKey("Enter", () => this.#offer?.take());
    onKey("Escape", () => this.#choose(""));
  }

  async #load(): Promise<void> {
    const { param, get, signal } = this.#view;
    try {
      const whole = await this.#parts.load();
      this.#setCursor(readSeconds(param("at")) ?? 0, false);
      const { marks } = await get("timeline/marks") as { marks: (Omit<Mark, "atNs"> & { readonly timeNs: string })[] };
      if (signal.aborted) return;
      this.#marks = marks.map(({ timeNs, ...mark }) => ({ ...mark, atNs: Number(BigInt(timeNs) - whole.baseNs) }));
      this.#say();
      this.#draw();
    } catch (error) {
      this.#fail(error);
    }
  }

  #update({ replay, phase }: Snapshot): void {
    if (replay !== undefined && this.#transport instanceof ReplayTransport) {
      this.#transport.update(replay, phase);
      this.#controls.show();
      if (this.#parts.whole !== undefined) {
        this.#headNs = Number(BigInt(replay.timeNs) - this.#parts.whole.baseNs);
        if (this.#isFollowing && phase !== "ended") {
          this.#parts.window!.reveal(this.#headNs) && this.#windowChanged();
          this.#setCursor(this.#headNs, false);
        }
      }
    }
    if (phase === "running" && !this.#isReplay) this.#parts.grow();
  }

  // The cursor

  #scrub(ns: number): void {
    this.#isFollowing = false;
    this.#setCursor(ns, true);
    this.#offer?.show(ns, this.#headNs, this.#parts.whole?.baseNs);
  }

  /** The cursor goes with the replay again. */
  #follow(): void {
    this.#isFollowing = true;
    this.#offer?.clear();
  }

  #go(ns: number): void {
    this.#isFollowing = false;
    if (this.#parts.window?.reveal(ns)) this.#windowChanged();
    this.#setCursor(ns, true);
    this.#offer?.show(ns, this.#headNs, this.#parts.whole?.baseNs);
  }

  #setCursor(ns: number, isChosen: boolean): void {
    if (this.#parts.whole === undefined) return;
    this.#cursorNs = Math.min(Math.max(0, ns), this.#parts.whole.lengthNs);
    if (isChosen) this.#remember();
    setText(
      this.#clock,
      `${offset(this.#cursorNs, 1e6)} of ${offset(this.#parts.whole.lengthNs, 1e8)} · ${
        format.time(`${this.#parts.whole.baseNs + BigInt(Math.round(this.#cursorNs))}`, { date: false })
      }`,
    );
    this.#frames.want(this.#cursorNs);
    this.#draw();
  }

  #remember(): void {
    this.#keepPlace(() => ({ cursorNs: this.#cursorNs, window: this.#parts.window }));
  }

  #play(byNs: number): void {
    const { inNs = 0, outNs = this.#parts.window?.lengthNs ?? 0 } = this.#loop;
    const isLoop = this.#loop.inNs !== undefined || this.#loop.outNs !== undefined;
    let to = this.#cursorNs + byNs;
    if (isLoop && (to > outNs || to < inNs)) to = inNs;
    else if (to >= outNs) {
      (this.#transport as CursorTransport).isPaused = true;
      this.#controls.show();
    }
    if (this.#parts.window?.reveal(to)) this.#windowChanged();
    this.#setCursor(to, true);
  }

  async #stepFrame(by: 1 | -1): Promise<void> {
    if (this.#parts.whole === undefined) return;
    const { baseNs } = this.#parts.whole;
    const query = { timeNs: `${baseNs + BigInt(Math.round(this.#cursorNs))}`, step: by };
    try {
      const { timeNs } = await this.#view.get("timeline/at", query) as { timeNs: string };
      this.#go(Number(BigInt(timeNs) - baseNs));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #fetchFrames(ns: number): Promise<void> {
    const { baseNs } = this.#parts.whole!;
    const at = baseNs + BigInt(Math.round(ns));
    const { rows } = await this.#view.get("timeline/at", { timeNs: `${at}` }) as { rows: FrameAt[] };
    this.#rows = rows;
    this.#table.show(at, rows);
    this.#view.main.dataset.at = `${at}`;
    this.#showDetails();
  }

  // The part that is shown

  #windowChanged(): void {
    this.#remember();
    this.#parts.refresh();
    this.#draw();
  }

  #zoom(factor: number): void {
    this.#parts.window?.zoom(factor, this.#cursorNs);
    this.#windowChanged();
  }

  #showAll(): void {
    this.#parts.window?.all();
    this.#windowChanged();
  }

  // Loops, places, errors

  #setLoop(change: Partial<Loop>): void {
    this.#loop = changeLoop(this.#loop, change);
    writeLoop(this.#view, this.#loop);
    this.#say();
    this.#draw();
  }

  #bookmark(): void {
    const window = this.#parts.window;
    if (window !== undefined) this.#places.toggle(this.#cursorNs, (window.toNs - window.fromNs) / 200);
  }

  #jumpToError(which: "first" | "next"): void {
    const damaged = (this.#parts.whole?.channels ?? []).flatMap(({ name, damaged }) =>
      damaged.map(({ fromNs, message }): Mark => ({ atNs: fromNs, level: "error", about: name, message }))
    );
    const all = [...this.#marks, ...damaged].sort((a, b) => a.atNs - b.atNs);
    const found = which === "first"
      ? all.find(({ level }) => level === "error") ?? all.find(({ level }) => level === "warn")
      : all.find(({ atNs }) => atNs > this.#cursorNs);
    if (found === undefined) return this.#view.say(which === "first" ? "Nothing went wrong in it" : "No more of them");
    this.#go(found.atNs);
    setText(this.#note, `${found.about === "" ? "" : `${found.about}: `}${found.message}`);
    this.#note.dataset.tone = found.level === "error" ? "bad" : "warn";
    this.#note.title = found.message;
  }

  // What is shown

  #choose(channel: string): void {
    this.#chosen = this.#chosen === channel ? "" : channel;
    this.#view.setParam("channel", this.#chosen);
    this.#showDetails();
    this.#draw();
  }

  #showDetails(): void {
    const found = this.#rows.find(({ channel }) => channel === this.#chosen);
    if (found?.index === undefined) return this.#details.show(undefined, "");
    const { index, timeNs, size, value, problem } = found;
    const row = { index, timeNs, size, at: 0, shown: 0, ...(problem === undefined ? { value } : { problem }) };
    this.#details.show({ row: row as FrameRow, data: undefined }, found.channel);
  }

  #say(): void {
    const errors = this.#marks.filter(({ level }) => level === "error").length;
    const { inNs, outNs } = this.#loop;
    const parts = [
      ...errors > 0 ? [many(errors, "error")] : [],
      ...this.#marks.length > errors ? [many(this.#marks.length - errors, "warning")] : [],
      ...inNs === undefined && outNs === undefined ? [] : [
        `loop ${offset(inNs ?? 0)} – ${offset(outNs ?? this.#parts.window?.lengthNs ?? 0)}`,
      ],
    ];
    setText(this.#note, parts.join(" · "));
    delete this.#note.dataset.tone;
  }

  #draw(): void {
    const [whole, shown, window] = [this.#parts.whole, this.#parts.shown, this.#parts.window];
    if (whole === undefined || shown === undefined || window === undefined) return;
    const overlay: Overlay = {
      ...{ cursorNs: this.#cursorNs, hoverNs: this.#hoverNs, headNs: this.#headNs, loop: this.#loop },
      ...{ bookmarks: this.#places.all, marks: this.#marks },
    };
    this.#strips.show(shown, window, { overlay, chosen: this.#chosen });
    this.#bar.show(whole, window, this.#cursorNs);
  }

  #fail(error: unknown): void {
    if (this.#view.signal.aborted) return;
    setText(this.#note, error instanceof Error ? error.message : String(error));
    this.#note.dataset.tone = "bad";
  }
}

/** Frames of a recording that is replayed are looked up in the recording, which is a source of its own. */
function recordingView(view: View): View {
  const { source } = view;
  if (source.parts.includes("history")) return view;
  const found = view.sources.find(({ kind, parts }) => kind === "recording" && parts.includes("history"));
  if (found === undefined) return view;
  return { ...view, source: found, get: (path, query) => view.get(`/api/sources/${found.id}/${path}`, query) };
}

function many(count: number, what: string): string {
  return `${format.count(count)} ${what}${count === 1 ? "" : "s"}`;
}
