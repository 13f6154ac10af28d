/// <reference lib="dom" />
import type { MeshLook } from "../../../telemetry/mod.ts";
import { h, keyed, setAttribute, setText } from "../dom.ts";
import * as format from "../format.ts";
import { ConflictPane } from "../mesh/conflicts.ts";
import { PeerPane } from "../mesh/peers.ts";
import { RecordsPane } from "../mesh/records.ts";
import type { Page } from "../page.ts";
import { refresh } from "../refresh.ts";
import { NumberTile } from "../tile.ts";

const TABS = [["", "Records"], ["conflicts", "Conflicts"], ["peers", "Peers and feeds"]] as const;

/** A dataset of the mesh: what it says, what was written apart, who is there and who lacks what. */
export const page: Page = {
  keys: [
    ["1 2 3", "records, conflicts, peers and feeds"],
    ["/", "filter"],
    ["↑ ↓", "the record before, the next"],
    ["Esc", "close the record"],
  ],
  open(view) {
    const { main, param, setParam, onKey } = view;
    const problem = h("p", { class: "notice", role: "alert", hidden: true });
    const warnings = h("ul", { class: "warnings", "aria-label": "warnings" });
    const tiles = {
      records: new NumberTile("Records"),
      conflicts: new NumberTile("Conflicts"),
      peers: new NumberTile("Peers here"),
      events: new NumberTile("Events"),
    };
    const open = (id: string) => {
      show("");
      records.open(id);
    };
    const records = new RecordsPane(view);
    const panes = {
      "": records,
      conflicts: new ConflictPane(view, { onRecord: open, onSettled: () => asking.now() }),
      peers: new PeerPane(view),
    };
    const tabs = TABS.map(([as, title]) => h("button", { text: title, onClick: () => show(as) }));
    const show = (as: string) => {
      const wanted = Object.hasOwn(panes, as) ? as : "";
      setParam("as", wanted);
      for (const [name, { element }] of Object.entries(panes)) element.hidden = name !== wanted;
      TABS.forEach(([name], i) => setAttribute(tabs[i]!, "aria-pressed", `${name === wanted}`));
    };
    main.append(
      problem,
      h("div", { class: "cards four" }, ...Object.values(tiles).map(({ element }) => element)),
      warnings,
      h("div", { class: "row head tabs" }, h("div", { class: "switch", role: "group" }, ...tabs)),
      ...Object.values(panes).map(({ element }) => element),
    );
    show(param("as"));
    const asking = refresh<MeshLook>(view, {
      path: "mesh",
      onData: (look) => {
        problem.hidden = true;
        const { status, peers, isRunning } = look;
        tiles.records.show(format.count(status.records), { note: `${status.name}, as ${status.as} (${status.role})` });
        const { conflicts } = status;
        tiles.conflicts.show(format.count(conflicts), {
          note: conflicts === 0 ? "all agree" : "written apart: take one, or leave it",
          tone: conflicts === 0 ? "good" : "warn",
        });
        const here = peers.filter(({ isHere }) => isHere).length;
        tiles.peers.show(isRunning ? format.count(here) : format.UNKNOWN, {
          note: isRunning ? `${format.count(peers.length)} met so far` : "not running: tinman mesh start",
        });
        tiles.events.show(format.count(status.events), {
          note: `${format.count(status.feeds)} feed${status.feeds === 1 ? "" : "s"}, ${format.bytes(status.logBytes)}${
            status.waiting === 0 ? "" : `, ${format.count(status.waiting)} parts wait`
          }`,
        });
        keyed(warnings, status.warnings, {
          key: (text) => text,
          make: (text) => h("li", { "data-level": "warn" }, h("span", { class: "what", text })),
        });
        for (const pane of Object.values(panes)) pane.show(look);
      },
      onError: (error) => {
        problem.hidden = false;
        setText(problem, error.message);
      },
    });
    TABS.forEach(([as], i) => onKey(`${i + 1}`, () => show(as)));
    onKey("/", () => (show(""), records.focusFilter()));
    onKey("ArrowDown", () => records.step(1));
    onKey("ArrowUp", () => records.step(-1));
    onKey("Escape", () => records.close());
  },
};
