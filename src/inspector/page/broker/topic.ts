/// <reference lib="dom" />
import type { BrokerGroup, BrokerPartition, BrokerSetting, BrokerState } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import type { BrokerPart } from "../pages/broker.ts";
import { showProduce } from "./produce_dialog.ts";
import { RecordPane } from "./record_pane.ts";
import { bytesOf, recordsOf, retentionOf } from "./retention.ts";

/** What happens from a topic. */
export interface TopicViewOptions {
  readonly topic: string;
  readonly onBack: () => void;
  readonly onGroup: (id: string) => void;
}

const TABS = [["", "Records"], ["partitions", "Partitions"], ["settings", "Settings"]] as const;

/** One topic: its records, or its partitions and who reads them, or its settings. */
export class TopicView implements BrokerPart {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #topic: string;
  readonly #facts = h("span", { class: "dim num cut grow" });
  readonly #tabs: HTMLButtonElement[];
  readonly #records: RecordPane;
  readonly #places: Readonly<Record<string, HTMLElement>>;
  readonly #partitions = new DataTable<BrokerPartition>({
    label: "partitions",
    key: ({ id }) => `${id}`,
    columns: [
      { title: "partition", isNumber: true, text: ({ id }) => `${id}`, sort: ({ id }) => id },
      { title: "first offset", isNumber: true, text: ({ earliest }) => format.count(earliest) },
      { title: "next offset", isNumber: true, text: ({ latest }) => format.count(latest) },
      {
        title: "records",
        isNumber: true,
        text: ({ earliest = NaN, latest = NaN }) => format.count(known(latest - earliest)),
        sort: ({ earliest = 0, latest = -1 }) => latest - earliest,
      },
      {
        title: "size",
        isNumber: true,
        text: ({ bytes }) => format.bytes(bytes),
        sort: ({ bytes }) => bytes ?? -1,
      },
      {
        title: "state",
        text: ({ problem }) => problem ?? "ok",
        tone: ({ problem }) => problem === undefined ? "good" : "bad",
      },
    ],
  });
  readonly #settings = new DataTable<BrokerSetting>({
    label: "settings",
    key: ({ name }) => name,
    empty: "…",
    columns: [
      { title: "setting", text: ({ name }) => name },
      { title: "value", text: ({ value }) => value ?? "not shown" },
      { title: "set by", text: ({ isDefault }) => isDefault ? "default" : "somebody, for this topic" },
    ],
  });
  readonly #groups: DataTable<{ readonly id: string; readonly lag: number | undefined; readonly members: number }>;
  #count = 1;

  constructor(view: View, { topic, onBack, onGroup }: TopicViewOptions) {
    [this.#view, this.#topic] = [view, topic];
    this.#records = new RecordPane(view, topic);
    this.#groups = new DataTable({
      label: "groups that read it",
      key: ({ id }) => id,
      onChoose: ({ id }) => onGroup(id),
      empty: "no group has read it",
      columns: [
        { title: "group", text: ({ id }) => id },
        { title: "members", isNumber: true, text: ({ members }) => format.count(members), sort: (row) => row.members },
        { title: "behind", isNumber: true, text: ({ lag }) => format.count(lag), sort: ({ lag }) => lag ?? -1 },
      ],
    });
    this.#tabs = TABS.map(([as, title]) => h("button", { text: title, onClick: () => this.#open(as) }));
    this.#places = {
      "": this.#records.element,
      partitions: h(
        "div",
        { class: "scroll" },
        this.#partitions.element,
        h("section", { "aria-label": "groups" }, h("h2", { text: "Groups that read it" }), this.#groups.element),
      ),
      settings: h("div", { class: "scroll" }, this.#settings.element),
    };
    this.element = h(
      "div",
      { class: "fill" },
      h(
        "div",
        { class: "row head" },
        h("button", { class: "quiet", text: "‹ Topics", onClick: onBack }),
        h("h1", { class: "cut", text: topic }),
        this.#facts,
        h("div", { class: "switch", role: "group", "aria-label": "what is shown" }, ...this.#tabs),
        !view.isReadOnly && h("button", { text: "Produce…", onClick: () => this.produce() }),
      ),
      ...Object.values(this.#places),
    );
    this.#open(view.param("as"));
  }

  show({ topics, groups }: BrokerState): void {
    const topic = topics.find(({ name }) => name === this.#topic);
    if (topic === undefined) return setText(this.#facts, "it is not there any more");
    const { partitions } = topic;
    this.#count = partitions.length;
    setText(
      this.#facts,
      [
        `${format.count(recordsOf(topic))} records`,
        format.bytes(bytesOf(topic)),
        `${format.count(partitions.length)} ${partitions.length === 1 ? "partition" : "partitions"}`,
        `kept ${retentionOf(topic)}`,
      ].join(" · "),
    );
    setAttribute(this.#facts, "title", this.#facts.textContent ?? "");
    this.#records.showPartitions(partitions.map(({ id }) => id));
    this.#partitions.show(partitions);
    this.#groups.show(groups.flatMap((group) => this.#readers(group)));
  }

  /** Asks for a record to produce. */
  produce(): void {
    if (this.#view.isReadOnly) return this.#view.say("This inspector changes nothing");
    showProduce(this.#view, {
      ...{ topic: this.#topic, partitions: this.#count },
      onDone: () => this.#records.now(),
    });
  }

  togglePause(): void {
    this.#records.togglePause();
  }

  focusFilter(): void {
    this.#open("");
    this.#records.focusFilter();
  }

  step(by: 1 | -1): void {
    this.#records.step(by);
  }

  /** Closes the record that is open; says whether there was one. */
  closeRecord(): boolean {
    return this.#records.close();
  }

  close(): void {
    this.#records.end();
  }

  #open(as: string): void {
    const wanted = Object.hasOwn(this.#places, as) ? as : "";
    this.#view.setParam("as", wanted);
    for (const [name, place] of Object.entries(this.#places)) place.hidden = name !== wanted;
    TABS.forEach(([name], i) => setAttribute(this.#tabs[i]!, "aria-pressed", `${name === wanted}`));
    if (wanted === "settings") void this.#loadSettings();
  }

  async #loadSettings(): Promise<void> {
    try {
      const { settings } = await this.#view.get("broker/settings", { topic: this.#topic }) as {
        settings: readonly BrokerSetting[];
      };
      // What somebody chose is what people look for.
      this.#settings.show(settings.toSorted((a, b) => Number(a.isDefault) - Number(b.isDefault)));
    } catch (error) {
      if (!this.#view.signal.aborted) this.#view.say((error as Error).message);
    }
  }

  #readers({ id, members, offsets }: BrokerGroup) {
    const own = offsets.filter(({ topic }) => topic === this.#topic);
    if (own.length === 0) return [];
    const lag = own.some(({ lag }) => lag === undefined) ? undefined : own.reduce((sum, { lag = 0 }) => sum + lag, 0);
    return [{ id, members: members.length, lag }];
  }
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
