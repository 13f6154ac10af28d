/// <reference lib="dom" />
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { Page, View } from "../page.ts";
import type { Snapshot } from "../../snapshot.ts";
import { useStyle } from "../time/canvas.ts";
import { placeInAddress } from "../time/address.ts";
import { OverviewBar } from "../time/overview_bar.ts";
import { changeLoop, type Loop, readLoop, writeLoop } from "../time/loop.ts";
import { Places } from "../time/places.ts";
import { Parts } from "../time/parts.ts";
import type { Mark } from "../time/recording.ts";
import type { Overlay } from "../time/marks.ts";
import { StripView } from "../time/strips.ts";
import { UnderCursor } from "../time/under_cursor.ts";
import { countTrouble, findTrouble, placeMarks, type SaidMark } from "../time/trouble.ts";
import { offset, readSeconds } from "../time/time_window.ts";
import { type TimelineActions, timelineKeyHelp, timelineKeys, timelineTools } from "../time/timeline_tools.ts";
import { ReplayOffer } from "../time/replay_offer.ts";
import { CursorTransport, ReplayTransport, TransportBar } from "../time/transport.ts";

/** A recording in time: where its frames are, which ones lie under the cursor, what went wrong; and steers its replay. */
export const page: Page = {
  keys: timelineKeyHelp,
  open(view) {
    void useStyle("/assets/time/time.css").then(() => view.signal.aborted || new TimelinePane(view).begin());
  },
};

class TimelinePane {
  readonly #view: View;
  readonly #strips: StripView;
  readonly #bar: OverviewBar;
  readonly #under: UnderCursor;
  readonly #transport: ReplayTransport | CursorTransport;
  readonly #controls: TransportBar;
  readonly #offer: ReplayOffer | undefined;
  readonly #clock = h("output", { class: "clock num", "aria-live": "off" });
  readonly #note = h("p", { class: "dim num note", role: "status" });
  readonly #places: Places;
  readonly #keepPlace: ReturnType<typeof placeInAddress>;
  readonly #parts: Parts;
  readonly #isReplay: boolean;
  #cursorNs = 0;
  #hoverNs: number | undefined;
  #headNs: number | undefined;
  #loop: Loop;
  #marks: readonly Mark[] = [];
  #isFollowing = true;

  constructor(view: View) {
    this.#view = view;
    const { signal } = view;
    this.#isReplay = view.source.parts.includes("replay");
    this.#keepPlace = placeInAddress(view);
    this.#loop = readLoop(view);
    this.#places = new Places(view, { onGo: (ns) => this.#go(ns), onChange: () => this.#draw() });
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
      onChoose: (channel) => this.#under.choose(channel),
    });
    this.#bar = new OverviewBar(signal, () => this.#windowChanged());
    this.#under = new UnderCursor(view, { onChoose: () => this.#draw(), onError: (error) => this.#fail(error) });
  }

  /** Builds it, and asks for what it shows. */
  begin(): void {
    const { main, onSnapshot } = this.#view;
    const actions = this.#actions();
    main.append(
      h(
        "div",
        { class: "tools" },
        h("div", { class: "row" }, this.#controls.element, h("span", { class: "grow" }), this.#clock),
        h(
          "div",
          { class: "row" },
          ...timelineTools(actions),
          this.#places.element,
          h("span", { class: "grow" }),
          this.#note,
        ),
      ),
      this.#bar.canvas.element,
      this.#strips.element,
      h("div", { class: "split" }, ...this.#under.elements),
    );
    timelineKeys(this.#view, actions);
    void this.#load();
    onSnapshot((snapshot) => this.#update(snapshot));
  }

  #actions(): TimelineActions {
    return {
      jumpToError: (which) => this.#jumpToError(which),
      loopFrom: () => this.#setLoop({ inNs: this.#cursorNs }),
      loopTo: () => this.#setLoop({ outNs: this.#cursorNs }),
      loopNot: () => this.#setLoop({ inNs: undefined, outNs: undefined }),
      bookmark: () => this.#bookmark(),
      nextBookmark: () => this.#places.next(this.#cursorNs),
      zoom: (factor) => this.#zoom(factor),
      showAll: () => this.#showAll(),
      goToBegin: () => this.#go(0),
      goToEnd: () => this.#go(this.#parts.window?.lengthNs ?? 0),
      takeOffer: () => this.#offer?.take(),
      close: () => this.#under.choose(""),
    };
  }

  async #load(): Promise<void> {
    const { param, get, signal } = this.#view;
    try {
      const whole = await this.#parts.load();
      this.#setCursor(readSeconds(param("at")) ?? 0, false);
      const { marks } = await get("timeline/marks") as { marks: readonly SaidMark[] };
      if (signal.aborted) return;
      this.#marks = placeMarks(marks, whole.baseNs);
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
        this.#offer?.update(this.#headNs);
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
    this.#under.want(this.#parts.whole.baseNs + BigInt(Math.round(this.#cursorNs)));
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
    const found = findTrouble(this.#marks, this.#parts.whole, { which, cursorNs: this.#cursorNs });
    if (found === undefined) return this.#view.say(which === "first" ? "Nothing went wrong in it" : "No more of them");
    this.#go(found.atNs);
    setText(this.#note, `${found.about === "" ? "" : `${found.about}: `}${found.message}`);
    this.#note.dataset.tone = found.level === "error" ? "bad" : "warn";
    setAttribute(this.#note, "title", found.message);
  }

  // What is shown

  #say(): void {
    const { inNs, outNs } = this.#loop;
    const parts = [
      ...countTrouble(this.#marks),
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
    this.#strips.show(shown, window, { overlay, chosen: this.#under.chosen });
    this.#bar.show(whole, window, this.#cursorNs);
  }

  #fail(error: unknown): void {
    if (this.#view.signal.aborted) return;
    setText(this.#note, error instanceof Error ? error.message : String(error));
    this.#note.dataset.tone = "bad";
  }
}
