/// <reference lib="dom" />
import type { BrokerGroup, BrokerState, BrokerTopic } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import type { BrokerPart } from "../pages/broker.ts";
import { NumberTile } from "../tile.ts";
import { bytesOf, recordsOf, retentionOf } from "./retention.ts";

/** What happens from the overview. */
export interface BrokerOverviewOptions {
  readonly onTopic: (name: string) => void;
  readonly onGroup: (id: string) => void;
  /** Records a second that come to a topic. */
  readonly hz: (topic: string) => number | undefined;
}

/** All topics and groups, and what of it matters. */
export class BrokerOverview implements BrokerPart {
  readonly element: HTMLElement;
  readonly #topics: DataTable<BrokerTopic>;
  readonly #groups: DataTable<BrokerGroup>;
  readonly #more = h("p", { class: "dim" });
  readonly #hz: BrokerOverviewOptions["hz"];
  readonly #tiles = {
    topics: new NumberTile("Topics"),
    rate: new NumberTile("Records"),
    size: new NumberTile("Kept"),
    behind: new NumberTile("Furthest behind"),
  };

  constructor({ param, setParam }: View, { onTopic, onGroup, hz }: BrokerOverviewOptions) {
    this.#hz = hz;
    const order = (name: string) => ({
      get: () => param(name),
      set: (value: string) => setParam(name, value),
    });
    this.#topics = new DataTable<BrokerTopic>({
      label: "topics",
      key: ({ name }) => name,
      order: order("sort"),
      onChoose: ({ name }) => onTopic(name),
      empty: "no topics yet: a topic is there with its first record",
      columns: [
        { title: "topic", text: ({ name }) => name },
        number("partitions", ({ partitions }) => partitions.length),
        number("records/s", ({ name }) => hz(name), format.rate),
        number("records", recordsOf),
        number("size", bytesOf, format.bytes),
        { title: "kept for", text: retentionOf, sort: ({ retentionMs = -1 }) => retentionMs },
        {
          title: "state",
          text: ({ partitions }) => {
            const away = partitions.filter(({ problem }) => problem !== undefined).length;
            return away === 0 ? "ok" : `${away} of ${partitions.length} do not answer`;
          },
          tone: ({ partitions }) => partitions.some(({ problem }) => problem !== undefined) ? "bad" : "good",
        },
      ],
    });
    this.#groups = new DataTable<BrokerGroup>({
      label: "groups",
      key: ({ id }) => id,
      order: order("groups"),
      onChoose: ({ id }) => onGroup(id),
      empty: "no groups: nobody has read here as one of a group",
      columns: [
        { title: "group", text: ({ id }) => id },
        {
          title: "state",
          text: ({ state = "unknown", problem }) => problem ?? state,
          tone: ({ state, problem }) => problem !== undefined ? "bad" : state === "Stable" ? "good" : undefined,
        },
        number("members", ({ members }) => members.length),
        { title: "reads", text: ({ offsets }) => topicsOf(offsets.map(({ topic }) => topic)) },
        number("behind", lagOf),
        { title: "shares by", text: ({ protocol = "" }) => protocol === "" ? format.UNKNOWN : protocol },
      ],
    });
    const { topics, rate, size, behind } = this.#tiles;
    this.element = h(
      "div",
      { class: "scroll" },
      h("div", { class: "cards four" }, topics.element, rate.element, size.element, behind.element),
      h("section", { "aria-label": "topics" }, h("h2", { text: "Topics" }), this.#topics.element),
      h("section", { "aria-label": "groups" }, h("h2", { text: "Groups" }), this.#groups.element),
      this.#more,
    );
  }

  show({ topics, groups, more }: BrokerState): void {
    const tiles = this.#tiles;
    const partitions = topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
    tiles.topics.show(format.count(topics.length + more.topics), { note: `${format.count(partitions)} partitions` });
    const rates = topics.flatMap(({ name }) => this.#hz(name) ?? []);
    tiles.rate.show(format.rate(rates.length === 0 ? undefined : sum(rates)), {
      unit: "/s",
      note: `${format.count(total(topics.map(recordsOf)))} kept`,
    });
    tiles.size.show(format.bytes(total(topics.map(bytesOf))), { note: "as the broker counts it" });
    const last = groups.map((group) => ({ id: group.id, lag: lagOf(group) ?? 0 })).toSorted((a, b) => b.lag - a.lag)[0];
    if (last === undefined) tiles.behind.show(format.UNKNOWN, { note: "there are no groups" });
    else if (last.lag === 0) tiles.behind.show("0", { note: "every group has read all", tone: "good" });
    else tiles.behind.show(format.count(last.lag), { unit: last.lag === 1 ? "record" : "records", note: last.id });
    this.#topics.show(topics);
    this.#groups.show(groups);
    this.#more.hidden = more.topics + more.groups === 0;
    setText(this.#more, `${more.topics} topics and ${more.groups} groups more are not shown: tinman broker topics`);
  }

  close(): void {}
}

/** A column of numbers, unknown ones last. */
function number<T>(
  title: string,
  of: (row: T) => number | undefined,
  text: (value: number | undefined) => string = format.count,
) {
  return { title, isNumber: true, text: (row: T) => text(of(row)), sort: (row: T) => of(row) ?? -1 };
}

/** Records that a group has left to read; undefined when one of its partitions does not answer. */
export function lagOf({ offsets }: BrokerGroup): number | undefined {
  return offsets.length === 0 ? undefined : total(offsets.map(({ lag }) => lag));
}

function total(values: readonly (number | undefined)[]): number | undefined {
  return values.includes(undefined) ? undefined : sum(values as readonly number[]);
}

function sum(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0);
}

function topicsOf(topics: readonly string[]): string {
  const names = [...new Set(topics)];
  return names.length === 0 ? format.UNKNOWN : names.length > 3 ? `${names.length} topics` : names.join(", ");
}
