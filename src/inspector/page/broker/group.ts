/// <reference lib="dom" />
import type { BrokerGroup, BrokerLag, BrokerState } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { BrokerPart } from "../pages/broker.ts";
import { lagOf } from "./overview.ts";

/** What happens from a group. */
export interface GroupViewOptions {
  readonly group: string;
  readonly onBack: () => void;
  readonly onTopic: (name: string) => void;
}

/** One group: who is in it, and how far each partition was read. */
export class GroupView implements BrokerPart {
  readonly element: HTMLElement;
  readonly #id: string;
  readonly #state = h("span", { class: "pill" });
  readonly #facts = h("span", { class: "dim num" });
  readonly #lags: DataTable<BrokerLag & { readonly most: number }>;
  readonly #members = new DataTable<BrokerGroup["members"][number]>({
    label: "members",
    key: ({ id }) => id,
    empty: "nobody is in it now",
    columns: [
      { title: "client", text: ({ client }) => client },
      { title: "from", text: ({ host }) => host },
      { title: "member", text: ({ id }) => id },
    ],
  });

  constructor({ group, onBack, onTopic }: GroupViewOptions) {
    this.#id = group;
    this.#lags = new DataTable({
      label: "how far it is",
      key: ({ topic, partition }) => `${topic}/${partition}`,
      onChoose: ({ topic }) => onTopic(topic),
      empty: "it committed nothing: it begins where its clients say",
      columns: [
        { title: "topic", text: ({ topic }) => topic },
        { title: "partition", isNumber: true, text: ({ partition }) => `${partition}`, sort: (row) => row.partition },
        {
          title: "goes on at",
          isNumber: true,
          text: ({ committed }) => format.count(committed),
          sort: (row) => row.committed,
        },
        {
          title: "behind",
          isNumber: true,
          text: ({ lag }) => format.count(lag),
          sort: ({ lag }) => lag ?? -1,
          bar: ({ lag, most }) => lag === undefined || most === 0 ? 0 : lag / most,
        },
      ],
    });
    this.element = h(
      "div",
      { class: "scroll" },
      h(
        "div",
        { class: "row head" },
        h("button", { class: "quiet", text: "‹ Groups", onClick: onBack }),
        h("h1", { class: "cut", text: group }),
        this.#state,
        this.#facts,
      ),
      h("section", { "aria-label": "how far it is" }, h("h2", { text: "How far it is" }), this.#lags.element),
      h("section", { "aria-label": "members" }, h("h2", { text: "Members" }), this.#members.element),
    );
  }

  show({ groups }: BrokerState): void {
    const group = groups.find(({ id }) => id === this.#id);
    setText(this.#state, group === undefined ? "gone" : group.problem ?? group.state ?? "unknown");
    setAttribute(this.#state, "data-state", group?.state === "Stable" ? "running" : undefined);
    if (group === undefined) return;
    const { members, offsets, protocol = "" } = group;
    const lag = lagOf(group);
    setText(
      this.#facts,
      [
        `${format.count(members.length)} ${members.length === 1 ? "member" : "members"}`,
        ...protocol === "" ? [] : [`shares by ${protocol}`],
        lag === undefined ? "nobody can tell how far it is" : `${format.count(lag)} behind`,
      ].join(" · "),
    );
    const most = Math.max(0, ...offsets.map(({ lag = 0 }) => lag));
    this.#lags.show(offsets.map((each) => ({ ...each, most })));
    this.#members.show(members);
  }

  close(): void {}
}
