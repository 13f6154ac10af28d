/// <reference lib="dom" />
import type { MeshFeed, MeshLook, MeshMember, MeshPeer } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, keyed, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { AirSection } from "./air.ts";

/** Who is there and over which link, who lacks what of whom, and who takes part. */
export class PeerPane {
  readonly element: HTMLElement;
  readonly #peers = new DataTable<MeshPeer>({
    label: "peers",
    key: ({ device }) => device,
    className: "peers",
    empty: "nobody was met yet",
    columns: [
      { title: "peer", text: ({ by }) => by },
      {
        title: "is",
        text: ({ isHere }) => isHere ? "here" : "away",
        tone: ({ isHere }) => isHere ? "good" : undefined,
      },
      { title: "since (UTC)", text: ({ since }) => since.slice(0, 16).replace("T", " ") },
      { title: "link", text: ({ via }) => via },
      { title: "sync", text: ({ status }) => status, tone: ({ status }) => status === "failed" ? "bad" : undefined },
      {
        title: "sent",
        isNumber: true,
        text: (row) => amount(row.sentEvents, row.sentBytes),
        sort: (row) => row.sentBytes,
      },
      {
        title: "got",
        isNumber: true,
        text: (row) => amount(row.newEvents, row.receivedBytes),
        sort: (row) => row.receivedBytes,
      },
      {
        title: "it lacks",
        isNumber: true,
        text: ({ toSend }) => format.count(toSend),
        sort: ({ toSend }) => toSend,
        hint: ({ isHere }) => isHere ? undefined : "what it is not known to have: others may have brought it since",
      },
      {
        title: "we lack",
        isNumber: true,
        text: ({ toGet }) => format.count(toGet),
        sort: ({ toGet }) => toGet,
        hint: ({ isHere }) => isHere ? undefined : "of what it had when it was here last",
      },
      { title: "refused", text: ({ warnings }) => warnings.join("; "), tone: () => "bad" },
    ],
  });
  readonly #air = new AirSection();
  readonly #head = h("tr");
  readonly #body = h("tbody");
  readonly #members = new DataTable<MeshMember["devices"][number] & { readonly name: string; readonly role: string }>({
    label: "members",
    key: ({ device }) => device,
    columns: [
      { title: "member", text: ({ name, isUs }) => `${name}${isUs ? " (this device)" : ""}` },
      { title: "role", text: ({ role }) => role },
      { title: "device", text: ({ device }) => device.slice(0, 16) },
      { title: "events", isNumber: true, text: ({ events }) => format.count(events), sort: ({ events }) => events },
      { title: "last (UTC)", text: ({ last }) => last?.slice(0, 19).replace("T", " ") ?? format.UNKNOWN },
      {
        title: "state",
        text: ({ removedAt }) => removedAt === undefined ? "counts" : `removed behind event ${removedAt}`,
        tone: ({ removedAt }) => removedAt === undefined ? undefined : "bad",
      },
    ],
  });

  constructor(_: View) {
    this.element = h(
      "div",
      { class: "scroll" },
      h("section", { "aria-label": "peers" }, h("h2", { text: "Peers" }), this.#peers.element),
      this.#air.element,
      h(
        "section",
        { "aria-label": "feeds" },
        h("h2", { text: "Who has how much of whom" }),
        h(
          "div",
          { class: "table matrix" },
          h("table", { "aria-label": "feeds by author and peer" }, h("thead", {}, this.#head), this.#body),
        ),
      ),
      h("section", { "aria-label": "members" }, h("h2", { text: "Members" }), this.#members.element),
    );
  }

  show({ peers, feeds, members, status, air }: MeshLook): void {
    this.#peers.show(peers);
    this.#air.show(air);
    this.#members.show(
      members.flatMap(({ name, role, devices }) => devices.map((each) => ({ ...each, name, role }))),
    );
    keyed(this.#head, ["author", "feed", "here", ...peers.map(({ device }) => device)], {
      key: (name) => name,
      make: (name) => h("th", { scope: "col", class: name === "author" || name === "feed" ? undefined : "num" }),
      update: (cell, name) => setText(cell, peers.find(({ device }) => device === name)?.by ?? name),
    });
    const forks = new Set(status.forks.map(({ device }) => device));
    keyed(this.#body, feeds, {
      key: ({ feed }) => feed,
      make: ({ feed }) => h("tr", {}, h("th", { scope: "row" }), h("td", { class: "mono", title: feed })),
      update: (row, feed) => this.#row(row, feed, { peers, forked: forks.has(feed.device) }),
    });
  }

  #row(row: HTMLElement, { feed, by, device, seq }: MeshFeed, { peers, forked }: {
    readonly peers: readonly MeshPeer[];
    readonly forked: boolean;
  }): void {
    setText(row.children[0]!, by);
    // A branch has the id of its first event behind the device.
    const [, branch] = feed.split("~");
    const name = branch === undefined ? feed.slice(0, 8) : `${feed.slice(0, 8)}~${branch.slice(0, 4)}`;
    setText(row.children[1]!, `${name}${forked ? " forked" : ""}`);
    setAttribute(row.children[1]!, "data-tone", forked ? "bad" : undefined);
    while (row.children.length < 3 + peers.length) row.append(h("td", { class: "num" }));
    while (row.children.length > 3 + peers.length) row.lastElementChild!.remove();
    setText(row.children[2]!, format.count(seq));
    peers.forEach((peer, i) => {
      const cell = row.children[3 + i]!;
      const { text, tone, title } = cellOf(peer, device);
      setText(cell, text);
      setAttribute(cell, "data-tone", tone);
      setAttribute(cell, "title", title);
    });
  }
}

/** What a peer has of an author, seen from here. */
function cellOf({ apart, status, by, isHere }: MeshPeer, device: string) {
  const events = apart[device];
  if (events === undefined) {
    return status === "opening"
      ? { text: format.UNKNOWN, tone: undefined, title: "it has not said yet" }
      : { text: "the same", tone: "good", title: `${by} has all that is here` };
  }
  const count = format.count(Math.abs(events));
  return events > 0
    ? {
      text: `−${count}`,
      tone: "warn",
      title: `${by} ${isHere ? "lacks" : "is not known to have"} ${count} that are here`,
    }
    : { text: `+${count}`, tone: "warn", title: `${by} ${isHere ? "has" : "had"} ${count} that are not here` };
}

function amount(events: number, bytes: number): string {
  return `${format.count(events)} · ${format.bytes(bytes)}`;
}
