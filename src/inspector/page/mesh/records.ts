/// <reference lib="dom" />
import type { MeshLook, MeshPage, MeshRecord } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { RecordView } from "./record.ts";
import { contestedOf, lastSaid, recordLine, timeOf } from "./said.ts";

const PAGE = 100;
const HELP = "status=OPEN  depth>3  by~bob  isContested=true  or any word";

/** Records by name, those that match, and one of them with its past. */
export class RecordsPane {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #filter = h("input", { type: "search", placeholder: HELP, "aria-label": "filter", class: "grow" });
  readonly #status = h("p", { class: "dim num", role: "status" });
  readonly #more = h("button", { text: "More", hidden: true, onClick: () => void this.#load(this.#next) });
  readonly #table: DataTable<MeshRecord>;
  readonly #record: RecordView;
  #rows: readonly MeshRecord[] = [];
  #next: string | undefined;
  #digest = "";
  #total = 0;

  constructor(view: View) {
    this.#view = view;
    this.#record = new RecordView(view, { onClose: () => this.close(), onWritten: () => this.#again() });
    this.#filter.value = view.param("filter");
    this.#filter.addEventListener("change", () => {
      view.setParam("filter", this.#filter.value.trim());
      void this.#load(undefined);
    });
    this.#table = new DataTable<MeshRecord>({
      label: "records",
      key: ({ id }) => id,
      order: { get: () => view.param("sort"), set: (order) => view.setParam("sort", order) },
      onChoose: ({ id }) => this.open(id),
      empty: "no such record",
      columns: [
        { title: "record", text: ({ id }) => id, tone: ({ deleted }) => deleted === undefined ? undefined : "bad" },
        { title: "form", text: ({ form }) => form ?? format.UNKNOWN },
        {
          title: "what it says",
          text: (record) => record.deleted === undefined ? recordLine(record) : "deleted",
        },
        {
          title: "contested",
          isNumber: true,
          text: (record) => contestedOf(record) === 0 ? "" : format.count(contestedOf(record)),
          sort: contestedOf,
          tone: (record) => contestedOf(record) > 0 ? "warn" : undefined,
        },
        { title: "written (UTC)", text: (record) => lastOr(record, timeOf) },
        { title: "by", text: (record) => lastOr(record, ({ by }) => by) },
      ],
    });
    this.element = h(
      "div",
      { class: "split" },
      h(
        "div",
        { class: "channel" },
        h("div", { class: "row" }, this.#filter),
        this.#status,
        this.#table.element,
        this.#more,
      ),
      this.#record.element,
    );
    const wanted = view.param("record");
    if (wanted !== "") this.open(wanted);
  }

  /** What is known of the dataset now: when it says something else, the records are asked for again. */
  show({ status: { digest, records } }: MeshLook): void {
    this.#total = records;
    if (digest === this.#digest) return;
    this.#digest = digest;
    void this.#again();
  }

  /** Shows one record. */
  open(id: string): void {
    this.#view.setParam("record", id);
    void this.#record.open(id);
  }

  /** The record above or below. */
  step(by: 1 | -1): void {
    if (this.element.hidden) return;
    const at = this.#rows.findIndex(({ id }) => id === this.#view.param("record"));
    const next = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, at + by))];
    if (next !== undefined) this.open(next.id);
  }

  focusFilter(): void {
    this.#filter.focus();
    this.#filter.select();
  }

  close(): void {
    this.#view.setParam("record", "");
    this.#record.close();
  }

  async #again(): Promise<void> {
    await this.#load(undefined, Math.max(PAGE, this.#rows.length));
    await this.#record.again();
  }

  async #load(after: string | undefined, limit = PAGE): Promise<void> {
    const filter = this.#view.param("filter");
    try {
      const query = { after, limit: Math.min(500, limit), filter: filter === "" ? undefined : filter };
      const { records, next } = await this.#view.get("mesh/records", query) as MeshPage;
      if (filter !== this.#view.param("filter")) return;
      this.#rows = after === undefined ? records : [...this.#rows, ...records];
      this.#next = next;
      this.#more.hidden = next === undefined;
      this.#table.show(this.#rows);
      const shown = format.count(this.#rows.length);
      setText(
        this.#status,
        filter === "" ? `${shown} shown, ${format.count(this.#total)} there` : `${shown} that match`,
      );
      setAttribute(this.#status, "data-tone", undefined);
    } catch (error) {
      if (this.#view.signal.aborted) return;
      setText(this.#status, (error as Error).message);
      setAttribute(this.#status, "data-tone", "bad");
    }
  }
}

function lastOr(record: MeshRecord, text: (said: NonNullable<ReturnType<typeof lastSaid>>) => string): string {
  const last = lastSaid(record);
  return last === undefined ? format.UNKNOWN : text(last);
}
