/// <reference lib="dom" />
import type { Message } from "./live.ts";
import type { Snapshot, SourceSummary } from "../snapshot.ts";

/** A page as the navigation knows it. Its module is fetched when it is opened for the first time. */
export interface PageEntry {
  /** Its path: `/overview`. Letters alone. */
  readonly path: string;
  /** What the navigation says. */
  readonly title: string;
  /** The key that opens it. */
  readonly key: string;
  /** Whether there is anything to show of a source. @default {always} */
  readonly suits?: (source: SourceSummary) => boolean;
  /** Its module. */
  readonly load: () => Promise<{ readonly page: Page }>;
}

/** One page of the inspector: `page` of its module. Whoever adds one adds it to `pages.ts`. */
export interface Page {
  /** Keys that it has, for the help. @default {none} */
  readonly keys?: readonly (readonly [key: string, does: string])[];
  /** Builds it, once each time it is opened. All that it began ends with `view.signal`. */
  open(view: View): void;
}

/** What a page gets to work with. */
export interface View {
  /** Where it puts its elements; empty. */
  readonly main: HTMLElement;
  /** What it shows. */
  readonly source: SourceSummary;
  /** All that there is to show. */
  readonly sources: readonly SourceSummary[];
  /** Whether nothing may be changed: then it offers no change. */
  readonly isReadOnly: boolean;
  /** Aborts when somebody leaves the page. */
  readonly signal: AbortSignal;
  /** Calls back with each snapshot of the source, about twice a second, and at once if there is one. */
  onSnapshot(show: (snapshot: Snapshot) => void): void;
  /** Listens to a topic of the live socket, until the result is called or somebody leaves. */
  listen(topic: string, params: Readonly<Record<string, unknown>>, handlers: ListenHandlers): () => void;
  /** Asks the server. Rejects with an {@linkcode ApiError}. */
  // deno-lint-ignore no-explicit-any
  get(path: string, query?: Readonly<Record<string, string | number | undefined>>): Promise<any>;
  /** Changes something. Rejects with an {@linkcode ApiError}. */
  // deno-lint-ignore no-explicit-any
  post(path: string, body: unknown): Promise<any>;
  /** What the URL says. */
  param(name: string): string;
  /** Has the URL say it, so that it can be shared; empty takes it away. */
  setParam(name: string, value: string): void;
  /** Opens another page. */
  go(path: string, params?: Readonly<Record<string, string>>): void;
  /** Does something when a key is pressed outside of a field. */
  onKey(key: string, action: () => void): void;
  /** Says something in passing. */
  say(text: string): void;
}

/** What comes of {@linkcode View.listen}. */
export interface ListenHandlers {
  readonly onMessage: (message: Message) => void;
  readonly onError: (message: string) => void;
}

/** What the server did not want to do, in its words. */
export class ApiError extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  readonly problems: readonly string[];

  constructor(status: number, said: { message?: string; hint?: string; problems?: string[] }) {
    super(said.message ?? `the server said ${status}`);
    [this.status, this.hint, this.problems] = [status, said.hint, said.problems ?? []];
  }
}
