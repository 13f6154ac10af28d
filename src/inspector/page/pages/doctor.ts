/// <reference lib="dom" />
import type { Check, CheckList } from "../../../telemetry/mod.ts";
import { h, keyed, setAttribute, setText } from "../dom.ts";
import { ConnectBox } from "../doctor/connect.ts";
import type { Page, View } from "../page.ts";

type List = Omit<CheckList, "run">;

const MARK = { ok: "✓", warn: "!", fail: "✕" } as const;
const SAYS = { ok: "ok", warn: "needs a look", fail: "is wrong" } as const;

/** What is right and wrong with this machine and what is looked at, and what to do about it. */
export const page: Page = {
  keys: [["r", "check again"]],
  open(view) {
    const { main, onKey } = view;
    const lists = h("div");
    const problem = h("p", { class: "notice", role: "alert", hidden: true });
    const begin = async () => {
      try {
        const { lists: found } = await view.get("checks") as { lists: readonly List[] };
        const shown = found.map((list) => new ListView(view, list));
        lists.replaceChildren(...shown.map(({ element }) => element));
        onKey("r", () => shown.forEach((each) => each.again()));
      } catch (error) {
        if (view.signal.aborted) return;
        problem.hidden = false;
        setText(problem, (error as Error).message);
      }
    };
    main.append(problem, lists, new ConnectBox(view).element);
    void begin();
  },
};

/** One list of checks: run at once, or when somebody asks, where that takes long. */
class ListView {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #list: List;
  readonly #verdict = h("span", { class: "pill", role: "status" });
  readonly #run = h("button", { onClick: () => void this.#check() });
  readonly #checks = h("ul", { class: "checks" });
  #isRun = false;

  constructor(view: View, list: List) {
    [this.#view, this.#list] = [view, list];
    this.element = h(
      "section",
      { "aria-label": list.title },
      h(
        "div",
        { class: "row head" },
        h("h1", { text: list.title }),
        this.#verdict,
        h("span", { class: "grow" }),
        this.#run,
      ),
      h("p", { class: "dim", text: list.about }),
      this.#checks,
    );
    setText(this.#run, list.isSlow ? "Check it now" : "Check again");
    setText(this.#verdict, list.isSlow ? "not checked yet" : "checking…");
    if (!list.isSlow) void this.#check();
  }

  /** Checks again what was checked before. */
  again(): void {
    if (this.#isRun) void this.#check();
  }

  async #check(): Promise<void> {
    if (this.#run.disabled) return;
    this.#run.disabled = true;
    setText(this.#verdict, "checking…");
    setAttribute(this.#verdict, "data-state", undefined);
    try {
      const { checks } = await this.#view.get(`checks/${this.#list.id}`) as { checks: readonly Check[] };
      this.#isRun = true;
      this.#show(checks);
    } catch (error) {
      if (this.#view.signal.aborted) return;
      this.#show([{ level: "fail", name: this.#list.id, message: (error as Error).message }]);
    }
    this.#run.disabled = false;
    setText(this.#run, "Check again");
  }

  #show(checks: readonly Check[]): void {
    const [fails, warns] = [count(checks, "fail"), count(checks, "warn")];
    const parts = [...fails > 0 ? [`${fails} wrong`] : [], ...warns > 0 ? [`${warns} to look at`] : []];
    setText(this.#verdict, parts.length === 0 ? "all is well" : parts.join(", "));
    setAttribute(this.#verdict, "data-state", fails > 0 ? "failed" : warns > 0 ? "paused" : "running");
    // A list of the same name may say several things of one channel.
    const keyedChecks = checks.map((check, i) => ({ check, key: `${i} ${check.level} ${check.name} ${check.fix}` }));
    keyed(this.#checks, keyedChecks, {
      key: ({ key }) => key,
      make: ({ check: { level, name, fix } }) =>
        h(
          "li",
          { "data-level": level },
          h("span", { class: "mark", title: SAYS[level], text: MARK[level] }),
          h("strong", { class: "cut", title: name, text: name }),
          h("span", { class: "what" }),
          fix !== undefined && this.#fix(fix),
        ),
      update: (element, { check }) => setText(element.children[2]!, check.message),
    });
  }

  #fix(fix: string): HTMLElement {
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(fix);
        this.#view.say("Copied");
      } catch {
        this.#view.say("The browser does not let this page copy");
      }
    };
    const isCommand = /^tinman(?: [^\s;,]+){1,4}$/.test(fix);
    return h(
      "span",
      { class: "fix" },
      isCommand ? h("code", { text: fix }) : fix,
      isCommand &&
        h("button", { class: "quiet", text: "Copy", "aria-label": `copy ${fix}`, onClick: () => void copy() }),
    );
  }
}

function count(checks: readonly Check[], level: Check["level"]): number {
  return checks.filter((check) => check.level === level).length;
}
