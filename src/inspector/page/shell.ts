/// <reference lib="dom" />
import { ask, post, request } from "./api.ts";
import { h, setAttribute, setText } from "./dom.ts";
import { duration, time } from "./format.ts";
import { showKeys } from "./keys_help.ts";
import { Live } from "./live.ts";
import type { Page, PageEntry, View } from "./page.ts";
import { pages } from "./pages.ts";
import { visible } from "./visible.ts";
import { nextTheme, useTheme } from "./theme.ts";
import type { Snapshot, SourceSummary } from "../snapshot.ts";

/** What `/api/sources` says. */
export interface About {
  readonly version: string;
  readonly isReadOnly: boolean;
  readonly sources: readonly SourceSummary[];
}

/** What is around every page: navigation, the source and its state, keys. The URL says what is shown. */
export class Shell {
  readonly #about: About;
  readonly #live: Live;
  readonly #main = h("main", { id: "main", tabindex: "-1" });
  readonly #links = new Map<PageEntry, HTMLAnchorElement>();
  readonly #phase = h("span", { class: "pill", role: "status" });
  readonly #lost = h("span", { class: "lost dim cut", role: "status" });
  readonly #elapsed = h("span", { class: "elapsed num" });
  readonly #said = h("div", { class: "said", role: "status", "aria-live": "polite" });
  readonly #choice: HTMLSelectElement;
  #source: SourceSummary;
  #snapshot: Snapshot | undefined;
  #listeners: ((snapshot: Snapshot) => void)[] = [];
  #stopSnapshots = () => {};
  #left = new AbortController();
  #entry: PageEntry = pages[0]!;
  #page: Page | undefined;
  #isConnected = true;
  /** The page that is to be shown could not be loaded. */
  #isMissing = false;
  #saidTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #keys = new Map<string, () => void>();

  constructor(about: About) {
    [this.#about, this.#source] = [about, about.sources[0]!];
    useTheme();
    this.#choice = h(
      "select",
      { "aria-label": "source", onChange: () => this.#chooseSource(this.#choice.value) },
      ...about.sources.map(({ id, name, kind }) => h("option", { value: id, text: `${name} (${kind})` })),
    );
    document.body.replaceChildren(this.#aside(), h("div", { class: "page" }, this.#header(), this.#main), this.#said);
    this.#live = new Live((isOpen) => this.#connected(isOpen));
    globalThis.addEventListener("popstate", () => this.#show());
    document.addEventListener("keydown", (event) => this.#key(event));
    // Who clicks a button with a mouse means the page with the next key, and not that button again.
    document.addEventListener("click", ({ detail, target }) => {
      if (detail > 0 && target instanceof HTMLElement) target.closest<HTMLElement>("button, a, tr")?.blur();
    });
    this.#show();
  }

  #aside(): HTMLElement {
    const link = (page: PageEntry) => {
      const anchor = h(
        "a",
        { href: `/${page.path}`, onClick: (event) => (event.preventDefault(), this.#go(page.path)) },
        h("span", { text: page.title }),
        h("kbd", { text: page.key, "aria-hidden": "true" }),
      );
      this.#links.set(page, anchor);
      return anchor;
    };
    return h(
      "aside",
      {},
      h("a", { class: "skip", href: "#main", text: "Skip to the content" }),
      h("div", { class: "brand" }, h("img", { src: "/assets/icon.svg", alt: "", width: "22", height: "22" }), "tinman"),
      h("nav", { "aria-label": "pages" }, ...pages.map(link)),
      h(
        "div",
        { class: "foot" },
        this.#about.isReadOnly && h("span", { class: "pill", text: "read-only" }),
        h("button", { class: "quiet", onClick: () => this.say(`theme: ${nextTheme()}`), text: "Theme" }),
        h("button", { class: "quiet", onClick: () => this.#help(), text: "Keys" }),
        h("span", { class: "dim", text: this.#about.version }),
      ),
    );
  }

  #header(): HTMLElement {
    const { name } = this.#source;
    const title = this.#about.sources.length > 1
      ? this.#choice
      : h("strong", { class: "name", title: name, text: name });
    return h("header", {}, title, this.#phase, this.#lost, this.#elapsed);
  }

  /** Says something in passing. */
  say(text: string): void {
    setText(this.#said, text);
    this.#said.classList.add("shown");
    clearTimeout(this.#saidTimer);
    this.#saidTimer = setTimeout(() => this.#said.classList.remove("shown"), 3000);
  }

  #show(): void {
    const url = new URL(location.href);
    const wanted = url.searchParams.get("source");
    this.#source = this.#about.sources.find(({ id }) => id === wanted) ?? this.#about.sources[0]!;
    this.#choice.value = this.#source.id;
    const path = url.pathname.slice(1);
    const fitting = pages.filter((page) => page.suits?.(this.#source) ?? true);
    const page = fitting.find((page) => page.path === path) ?? fitting[0]!;
    for (const [each, link] of this.#links) {
      link.hidden = !fitting.includes(each);
      setAttribute(link, "aria-current", each === page ? "page" : undefined);
      link.href = `/${each.path}${this.#sourceQuery()}`;
    }
    document.title = `${page.title} · ${visible(this.#source.name)} · tinman`;
    this.#left.abort();
    this.#left = new AbortController();
    this.#listeners = [];
    [this.#entry, this.#page, this.#isMissing] = [page, undefined, false];
    this.#main.replaceChildren();
    this.#main.className = page.path;
    this.#listen();
    void this.#open(page, this.#left.signal);
  }

  async #open(entry: PageEntry, signal: AbortSignal): Promise<void> {
    try {
      const { page } = await entry.load();
      if (signal.aborted) return;
      this.#page = page;
      page.open(this.#view(signal));
    } catch (error) {
      if (signal.aborted) return;
      if (this.#page !== undefined) throw error;
      this.#isMissing = true;
      this.#main.replaceChildren(h("p", { class: "dim", text: `${entry.title} is shown when it answers again.` }));
    }
  }

  #listen(): void {
    if (this.#snapshot?.id === this.#source.id) return;
    this.#stopSnapshots();
    this.#snapshot = undefined;
    this.#stopSnapshots = this.#live.subscribe("snapshot", { source: this.#source.id }, {
      onMessage: ({ json }) => {
        this.#snapshot = json as Snapshot;
        this.#tell(json as Snapshot);
      },
      onError: (message) => this.say(message),
    });
  }

  #tell(snapshot: Snapshot): void {
    this.#showPhase();
    const { kind, elapsedMs, startedNs, replay } = snapshot;
    const played = replay && Number(BigInt(replay.lastNs) - BigInt(replay.firstNs)) / 1e6;
    const elapsed = played === undefined ? duration(elapsedMs) : `${duration(elapsedMs)} of ${duration(played)}`;
    setText(this.#elapsed, kind === "recording" ? time(startedNs) : elapsed);
    setAttribute(this.#elapsed, "title", replay ? `recorded ${time(replay.firstNs)}` : `since ${time(startedNs)}`);
    for (const listener of this.#listeners) listener(snapshot);
  }

  #showPhase(): void {
    const last = this.#snapshot?.phase;
    // How it ended is the last that it said.
    const isOver = OVER.has(`${this.#source.kind} ${last}`);
    const phase = this.#isConnected || isOver ? last ?? "connecting" : "disconnected";
    if (isOver && this.#lost.textContent === GONE) setText(this.#lost, "it has ended: this is what was");
    const isUnended = this.#isConnected && this.#snapshot?.recording?.isUnended;
    setText(this.#phase, isUnended ? "not ended" : STATES[this.#source.kind]?.[phase] ?? phase);
    setAttribute(this.#phase, "data-state", phase);
  }

  #connected(isOpen: boolean): void {
    // A module that was not there stays so until all of it is loaded anew; the address has the view.
    if (isOpen && this.#isMissing) return location.reload();
    if (isOpen) setText(this.#lost, "");
    else if (this.#isConnected) setText(this.#lost, GONE);
    else void this.#askWhy();
    this.#isConnected = isOpen;
    this.#showPhase();
  }

  /** A socket does not say why it was refused. */
  async #askWhy(): Promise<void> {
    const status = await ask("/api/sources").then((response) => response.status, () => 0);
    if (status === 401) setText(this.#lost, "it was started anew: open the address that it has printed");
  }

  #view(signal: AbortSignal): View {
    const { id } = this.#source;
    const own = (path: string) => path.startsWith("/") ? path : `/api/sources/${id}${path === "" ? "" : `/${path}`}`;
    return {
      main: this.#main,
      source: this.#source,
      sources: this.#about.sources,
      isReadOnly: this.#about.isReadOnly,
      signal,
      onSnapshot: (show) => {
        this.#listeners.push(show);
        if (this.#snapshot !== undefined) show(this.#snapshot);
      },
      listen: (topic, params, handlers) => {
        const stop = this.#live.subscribe(topic, { source: id, ...params }, handlers);
        signal.addEventListener("abort", stop);
        return stop;
      },
      get: (path, query = {}) => {
        const search = new URLSearchParams();
        for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, `${value}`);
        return request(`${own(path)}${search.size > 0 ? `?${search}` : ""}`, { signal });
      },
      post: (path, body) => post(own(path), body),
      param: (name) => new URL(location.href).searchParams.get(name) ?? "",
      setParam: (name, value) => {
        if (signal.aborted) return;
        const url = new URL(location.href);
        if (value === "") url.searchParams.delete(name);
        else url.searchParams.set(name, value);
        history.replaceState(null, "", url);
      },
      go: (path, params = {}) => this.#go(path, params),
      onKey: (key, action) => {
        this.#keys.set(key, action);
        signal.addEventListener("abort", () => this.#keys.delete(key));
      },
      say: (text) => this.say(text),
    };
  }

  #go(path: string, params: Readonly<Record<string, string>> = {}): void {
    const url = new URL(`/${path}${this.#sourceQuery()}`, location.href);
    for (const [name, value] of Object.entries(params)) if (value !== "") url.searchParams.set(name, value);
    history.pushState(null, "", url);
    this.#show();
    this.#main.focus({ preventScroll: true });
    this.#main.scrollTo(0, 0);
  }

  #sourceQuery(): string {
    return this.#source === this.#about.sources[0] ? "" : `?source=${this.#source.id}`;
  }

  #chooseSource(id: string): void {
    this.#source = this.#about.sources.find((each) => each.id === id) ?? this.#source;
    this.#go(this.#entry.path);
  }

  #key(event: KeyboardEvent): void {
    const isTyping = event.target instanceof Element &&
      event.target.closest("input, textarea, select, dialog") !== null;
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    // A button that has the focus is pressed by these.
    if (
      [" ", "Enter"].includes(event.key) && event.target instanceof Element &&
      event.target.closest("button, a, summary, [tabindex='0']")
    ) return;
    const own = this.#keys.get(event.key);
    const page = pages.find(({ key }) => key === event.key);
    if (own !== undefined) own();
    else if (event.key === "?") this.#help();
    else if (event.key === "t") this.say(`theme: ${nextTheme()}`);
    else if (page !== undefined && !this.#links.get(page)!.hidden) this.#go(page.path);
    else return;
    event.preventDefault();
  }

  #help(): void {
    const fitting = pages.filter((page) => !this.#links.get(page)!.hidden);
    showKeys([
      ["Everywhere", [...fitting.map(({ key, title }) => [key, title] as const), ["t", "theme"], ["?", "these keys"]]],
      ...(this.#page?.keys === undefined ? [] : [[this.#entry.title, this.#page.keys] as const]),
    ]);
  }
}

const GONE = "it has ended, or is busy: this is what was";

/** What comes to an end together with its page. */
const OVER = new Set(["run ended", "run failed", "replay ended", "replay failed"]);

/** What people call it where that is another word than the phase. A dataset is open, also where no peers are met. */
const STATES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  recording: { ended: "recording" },
  mesh: { running: "open" },
};
