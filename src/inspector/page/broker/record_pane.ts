/// <reference lib="dom" />
import type { RecordList, RecordRow } from "../../broker_records.ts";
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { refresh } from "../refresh.ts";
import { RecordDetails } from "./record_details.ts";
import { MAX_ROWS } from "../newest_rows.ts";
import { createRecordTable, recordKey } from "./record_table.ts";

const HELP = "speed>3  name=bob  text~err  or any word";
const EMPTY = "nothing here yet; what comes is shown at once";
const OLDER = 100;

/** The records of a topic as they come, and older ones. */
export class RecordPane {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #topic: string;
  readonly #table = createRecordTable((row) => this.#choose(row));
  readonly #details: RecordDetails;
  readonly #filter = h("input", { type: "search", placeholder: HELP, "aria-label": "filter", class: "grow" });
  readonly #partition = h("select", { "aria-label": "partition" });
  readonly #pause = h("button", { text: "Pause", "aria-pressed": "false", onClick: () => this.togglePause() });
  readonly #status = h("p", { class: "dim num", role: "status" });
  readonly #older = h("button", { text: "Older", hidden: true, onClick: () => void this.#loadOlder() });
  readonly #asking: ReturnType<typeof refresh>;
  #next: string | undefined;
  #before: string | undefined;
  #isPaused = false;
  /** What came while it was paused, oldest first, and what was too much. */
  #held: RecordRow[] = [];
  #heldCount = 0;
  #skipped = 0;

  constructor(view: View, topic: string) {
    [this.#view, this.#topic] = [view, topic];
    this.#details = new RecordDetails(view, { topic, onClose: () => this.close() });
    this.#filter.value = view.param("filter");
    this.#filter.addEventListener("change", () => {
      view.setParam("filter", this.#filter.value.trim());
      this.#again();
    });
    this.#partition.addEventListener("change", () => {
      view.setParam("partition", this.#partition.value);
      this.#again();
    });
    this.element = h(
      "div",
      { class: "split" },
      h(
        "div",
        { class: "channel" },
        h("div", { class: "row" }, this.#filter, this.#partition, this.#pause),
        this.#status,
        this.#table.element,
        this.#older,
      ),
      this.#details.element,
    );
    this.#table.show([], "…");
    this.#asking = refresh<RecordList>(view, {
      path: "broker/records",
      query: () => ({ ...this.#query(), next: this.#next }),
      everyMs: 500,
      onData: (list) => this.#take(list),
      onError: (error) => this.#say(error.message, "bad"),
    });
  }

  /** Offers the partitions that there are. */
  showPartitions(ids: readonly number[]): void {
    if (this.#partition.options.length === ids.length + 1) return;
    this.#partition.replaceChildren(
      h("option", { value: "", text: ids.length === 1 ? "one partition" : `all ${ids.length} partitions` }),
      ...ids.map((id) => h("option", { value: `${id}`, text: `partition ${id}` })),
    );
    this.#partition.value = this.#view.param("partition");
    this.#partition.disabled = ids.length === 1;
  }

  /** Asks at once. */
  now(): void {
    this.#asking.now();
  }

  togglePause(): void {
    this.#isPaused = !this.#isPaused;
    setText(this.#pause, this.#isPaused ? "Go on" : "Pause");
    setAttribute(this.#pause, "aria-pressed", `${this.#isPaused}`);
    if (!this.#isPaused) {
      this.#add(this.#held);
      [this.#held, this.#heldCount] = [[], 0];
    }
    this.#showStatus();
  }

  focusFilter(): void {
    this.#filter.focus();
    this.#filter.select();
  }

  step(by: 1 | -1): void {
    this.#table.step(by);
  }

  /** Closes the record that is open; says whether there was one. */
  close(): boolean {
    const wasOpen = !this.#details.element.hidden;
    this.#view.setParam("record", "");
    this.#details.show(undefined);
    this.#table.choose(undefined);
    return wasOpen;
  }

  /** Asks no more. */
  end(): void {
    this.#asking.stop();
  }

  #query() {
    const optional = (text: string) => text === "" ? undefined : text;
    const { param } = this.#view;
    return { topic: this.#topic, partition: optional(param("partition")), filter: optional(param("filter")) };
  }

  #again(): void {
    [this.#next, this.#before, this.#held, this.#heldCount, this.#skipped] = [undefined, undefined, [], 0, 0];
    this.close();
    this.#table.show([], "…");
    this.#older.hidden = true;
    this.#asking.now();
  }

  #take({ rows, next, before, skipped, problems }: RecordList): void {
    const isFirst = this.#next === undefined;
    this.#next = next;
    if (isFirst) {
      this.#before = before;
      this.#older.hidden = before === undefined;
      this.#table.show(rows.toReversed(), this.#view.param("filter") === "" ? EMPTY : "no such record yet");
      const wanted = this.#view.param("record");
      const found = rows.find((row) => recordKey(row) === wanted);
      if (found !== undefined) this.#choose(found);
    } else {
      this.#skipped += skipped;
      if (this.#isPaused) {
        this.#heldCount += rows.length + skipped;
        this.#held = [...this.#held, ...rows].slice(-MAX_ROWS);
      } else this.#add(rows);
    }
    if (problems.length > 0) this.#say(problems.join("; "), "bad");
    else this.#showStatus();
  }

  #add(rows: readonly RecordRow[]): void {
    if (rows.length > 0) this.#table.show([...rows.toReversed(), ...this.#table.rows], EMPTY);
  }

  async #loadOlder(): Promise<void> {
    try {
      const query = { ...this.#query(), before: this.#before, limit: OLDER };
      const { rows, before } = await this.#view.get("broker/records", query) as RecordList;
      this.#before = before;
      this.#older.hidden = before === undefined || this.#table.rows.length + rows.length > MAX_ROWS;
      if (!this.#isPaused) this.togglePause();
      this.#table.show([...this.#table.rows, ...rows.toReversed()], "no such record");
      if (rows.length === 0) this.#view.say("None of those matches; there are older ones");
    } catch (error) {
      if (!this.#view.signal.aborted) this.#view.say((error as Error).message);
    }
  }

  #choose(row: RecordRow): void {
    this.#view.setParam("record", recordKey(row));
    this.#details.show(row);
    this.#table.choose(recordKey(row));
  }

  #showStatus(): void {
    const shown = format.count(this.#table.rows.length);
    this.#say([
      this.#isPaused ? `paused: ${format.count(this.#heldCount)} since` : "live",
      `the newest ${shown}${this.#view.param("filter") === "" ? "" : " that match"}`,
      ...this.#skipped > 0 ? [`${format.count(this.#skipped)} not shown: they come faster than anybody reads`] : [],
    ].join(" · "));
  }

  #say(text: string, tone?: string): void {
    setText(this.#status, text);
    setAttribute(this.#status, "data-tone", tone);
  }
}
