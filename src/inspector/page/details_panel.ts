/// <reference lib="dom" />
import { h } from "./dom.ts";
import type { View } from "./page.ts";
import { plainJson, valueTree } from "./value_tree.ts";

/** What stands beside a list about the one that is chosen: hidden until then, with a way to close it. */
export function detailsPanel(
  { label, className, title, onClose }: {
    readonly label: string;
    readonly className: string;
    readonly title: HTMLElement;
    readonly onClose: () => void;
  },
  ...children: readonly HTMLElement[]
): HTMLElement {
  return h(
    "aside",
    { class: `details ${className}`.trim(), "aria-label": label, hidden: true },
    h(
      "div",
      { class: "row" },
      title,
      h("span", { class: "grow" }),
      h("button", { class: "quiet", "aria-label": "close", text: "✕", onClick: onClose }),
    ),
    ...children,
  );
}

/** A value to unfold, or why there is none. */
export function valueOrProblem(value: unknown, problem: string | undefined): HTMLElement {
  return problem === undefined
    ? valueTree(value)
    : h("pre", { class: "error", text: `It cannot be decoded: ${problem}` });
}

/** Puts a value where it can be pasted from, and says so. */
export async function copyAsJson(view: Pick<View, "say">, value: unknown): Promise<void> {
  try {
    await navigator.clipboard.writeText(plainJson(value));
    view.say("Copied");
  } catch {
    view.say("The browser does not let this page copy");
  }
}
