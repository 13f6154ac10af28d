/// <reference lib="dom" />
import type { BrokerState } from "../../../telemetry/mod.ts";
import { GroupView } from "../broker/group.ts";
import { BrokerOverview } from "../broker/overview.ts";
import { TopicView } from "../broker/topic.ts";
import { h, setText } from "../dom.ts";
import type { Page } from "../page.ts";
import { refresh } from "../refresh.ts";

/** Part of the page: of all topics and groups, or of one. */
export interface BrokerPart {
  readonly element: HTMLElement;
  /** Shows what is known by now. */
  show(state: BrokerState): void;
  /** Ends what it began. */
  close(): void;
}

/** Topics and groups of a broker: how large they are, who is behind, and what comes. */
export const page: Page = {
  keys: [
    ["Space", "pause, go on"],
    ["/", "filter"],
    ["↑ ↓", "the record before, the next"],
    ["n", "produce a record"],
    ["Esc", "close the record; back to all topics"],
  ],
  open(view) {
    const { main, param, setParam, onSnapshot, onKey } = view;
    const problem = h("p", { class: "notice", role: "alert", hidden: true });
    const place = h("div", { class: "fill" });
    main.append(problem, place);
    let state: BrokerState | undefined;
    let part: BrokerPart | undefined;
    let hz: ReadonlyMap<string, number | undefined> = new Map();

    const open = () => {
      part?.close();
      const [topic, group] = [param("topic"), param("group")];
      if (topic !== "") part = new TopicView(view, { topic, onBack: () => go({}), onGroup: (group) => go({ group }) });
      else if (group !== "") part = new GroupView({ group, onBack: () => go({}), onTopic: (topic) => go({ topic }) });
      else {
        const choose = { onTopic: (topic: string) => go({ topic }), onGroup: (group: string) => go({ group }) };
        part = new BrokerOverview(view, { ...choose, hz: (topic) => hz.get(topic) });
      }
      place.replaceChildren(part.element);
      main.scrollTo(0, 0);
      if (state !== undefined) part.show(state);
    };
    const go = (params: Readonly<Record<string, string>>) => {
      for (const name of ["topic", "group", "as", "partition", "filter", "record"]) setParam(name, params[name] ?? "");
      open();
    };

    open();
    view.signal.addEventListener("abort", () => part?.close());
    onSnapshot(({ channels }) => hz = new Map(channels.map((each) => [each.name, each.hz])));
    const asking = refresh<BrokerState>(view, {
      path: "broker",
      onData: (data) => {
        state = data;
        problem.hidden = data.problem === undefined;
        setText(problem, data.problem === undefined ? "" : `${data.problem}. What stands here is older.`);
        part?.show(data);
      },
      onError: (error) => {
        problem.hidden = false;
        setText(problem, error.message);
      },
    });
    const topic = () => part instanceof TopicView ? part : undefined;
    onKey(" ", () => topic()?.togglePause());
    onKey("/", () => topic()?.focusFilter());
    onKey("ArrowDown", () => topic()?.step(1));
    onKey("ArrowUp", () => topic()?.step(-1));
    onKey("n", () => topic()?.produce());
    onKey("Escape", () => {
      if (topic()?.closeRecord() !== true && !(part instanceof BrokerOverview)) go({});
      asking.now();
    });
  },
};
