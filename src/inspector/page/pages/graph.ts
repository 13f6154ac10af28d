/// <reference lib="dom" />
import { DataTable } from "../data_table.ts";
import { h, setAttribute } from "../dom.ts";
import * as format from "../format.ts";
import { GraphPicture } from "../graph/picture.ts";
import { NodeDetails } from "../node_details.ts";
import type { Page } from "../page.ts";
import { openPipelineEditor } from "../pipeline_editor.ts";
import type { Snapshot, SnapshotEdge, SnapshotNode } from "../../snapshot.ts";

/** Above this a picture says less than a table. */
const MAX_DRAWN = 300;

/** Nodes and what flows between them: a picture, the same as tables, and what is known of one node. */
export const page: Page = {
  keys: [["w", "picture or tables"], ["+ −", "larger, smaller"], ["0", "all of it"], ["Esc", "close the details"]],
  open(view) {
    const { main, source, isReadOnly, onSnapshot, onKey, param, setParam, go } = view;
    let snapshot: Snapshot | undefined;
    const choose = (id: string | undefined) => {
      setParam("node", id ?? "");
      update();
    };
    const picture = new GraphPicture(choose);
    const details = new NodeDetails({
      onClose: () => choose(undefined),
      onChannel: (channel) => go("channels", { channel }),
    });
    const tables = new Tables(choose, (channel) => go("channels", { channel }), {
      get: () => param("sort"),
      set: (order) => setParam("sort", order),
    });
    const note = h("p", { class: "dim" });
    const toggle = (as: string) => {
      setParam("as", as);
      update();
    };
    const [drawn, listed] = [
      h("button", { text: "Picture", onClick: () => toggle("") }),
      h("button", { text: "Tables", onClick: () => toggle("table") }),
    ];
    const edit = h("button", { text: "Edit the pipeline…", onClick: () => void openPipelineEditor(view) });
    edit.hidden = isReadOnly || !source.parts.includes("pipeline");
    const bar = h(
      "div",
      { class: "row head" },
      h("div", { class: "switch", role: "group", "aria-label": "as" }, drawn, listed),
      note,
      h("span", { class: "grow" }),
      edit,
    );
    main.append(bar, h("div", { class: "split" }, picture.element, tables.element, details.element));

    function update(): void {
      if (snapshot === undefined) return;
      const { nodes } = snapshot;
      const isMany = nodes.length > MAX_DRAWN;
      const asTable = isMany || param("as") === "table";
      drawn.disabled = isMany;
      setAttribute(drawn, "aria-pressed", `${!asTable}`);
      setAttribute(listed, "aria-pressed", `${asTable}`);
      note.textContent = nodes.length === 0
        ? "nothing is known of a graph here"
        : `${format.count(nodes.length)} nodes${isMany ? ", too many for a picture" : ""}`;
      picture.element.hidden = asTable;
      tables.element.hidden = !asTable;
      if (asTable) tables.show(snapshot);
      else picture.show(snapshot);
      const node = nodes.find(({ id }) => id === param("node"));
      picture.choose(node?.id);
      details.show(node, snapshot);
    }

    onSnapshot((next) => {
      snapshot = next;
      update();
    });
    onKey("w", () => toggle(param("as") === "table" ? "" : "table"));
    onKey("+", () => picture.zoom(1));
    onKey("-", () => picture.zoom(-1));
    onKey("0", () => picture.fit());
    onKey("Escape", () => choose(undefined));
  },
};

/** What the picture shows, as tables. */
class Tables {
  readonly element: HTMLElement;
  readonly #nodes: DataTable<SnapshotNode>;
  readonly #edges: DataTable<
    SnapshotEdge & { readonly hz: number | undefined; readonly bytesPerS: number | undefined }
  >;

  constructor(
    onNode: (id: string) => void,
    onChannel: (name: string) => void,
    order: { get(): string; set(order: string): void },
  ) {
    this.#nodes = new DataTable<SnapshotNode>({
      label: "nodes",
      key: ({ id }) => id,
      order,
      onChoose: ({ id }) => onNode(id),
      empty: "no nodes",
      columns: [
        { title: "node", text: ({ id }) => id },
        { title: "type", text: ({ type }) => type },
        { title: "state", text: ({ state }) => state, tone: ({ state }) => state === "failed" ? "bad" : undefined },
        { title: "frames/s", isNumber: true, text: ({ hz }) => format.rate(hz), sort: ({ hz }) => hz ?? -1 },
        {
          title: "busy",
          isNumber: true,
          text: ({ busy }) => format.share(busy),
          sort: ({ busy }) => busy ?? -1,
          bar: ({ busy }) => busy,
        },
        {
          title: "blocked",
          isNumber: true,
          text: ({ blocked }) => format.share(blocked),
          sort: ({ blocked }) => blocked ?? -1,
          tone: ({ blocked = 0 }) => blocked > 0.5 ? "warn" : undefined,
        },
        counted("errors", ({ errors }) => errors),
        counted("restarts", ({ restarts }) => restarts),
        counted("dropped", ({ drops }) => drops),
        { title: "last error", text: ({ lastError }) => lastError?.message ?? "" },
      ],
    });
    this.#edges = new DataTable({
      label: "edges",
      key: ({ from = "", to = "", channel }) => `${from}\n${to}\n${channel}`,
      onChoose: ({ channel }) => onChannel(channel),
      empty: "no edges",
      columns: [
        { title: "from", text: ({ from }) => from ?? "elsewhere" },
        { title: "channel", text: ({ channel }) => channel },
        { title: "to", text: ({ to }) => to ?? "nobody" },
        { title: "msg/s", isNumber: true, text: ({ hz }) => format.rate(hz), sort: ({ hz }) => hz ?? -1 },
        {
          title: "bytes/s",
          isNumber: true,
          text: ({ bytesPerS }) => format.bytesPerS(bytesPerS),
          sort: ({ bytesPerS }) => bytesPerS ?? -1,
        },
        {
          title: "queue",
          isNumber: true,
          text: ({ waiting, capacity }) => waiting === undefined ? format.UNKNOWN : `${waiting} of ${capacity}`,
          sort: ({ waiting = -1, capacity = 1 }) => waiting / capacity,
          bar: ({ waiting, capacity = 1 }) => waiting === undefined ? undefined : waiting / capacity,
          tone: ({ waiting = 0, capacity = 1 }) => waiting >= capacity ? "bad" : undefined,
        },
        counted("shed", ({ drops }) => drops),
      ],
    });
    this.element = h(
      "div",
      { class: "grow" },
      this.#nodes.element,
      h("section", {}, h("h2", { text: "Edges" }), this.#edges.element),
    );
  }

  show({ nodes, edges, channels }: Snapshot): void {
    const byName = new Map(channels.map((channel) => [channel.name, channel]));
    this.#nodes.show(nodes);
    this.#edges.show(edges.map((edge) => {
      const { hz, bytesPerS } = byName.get(edge.channel) ?? {};
      return { ...edge, hz, bytesPerS };
    }));
  }
}

function counted<T>(title: string, of: (row: T) => number) {
  return {
    title,
    isNumber: true,
    text: (row: T) => format.count(of(row)),
    sort: of,
    tone: (row: T) => of(row) > 0 ? "bad" : undefined,
  };
}
