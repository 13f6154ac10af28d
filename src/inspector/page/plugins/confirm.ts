/// <reference lib="dom" />
import { h } from "../dom.ts";

/** What somebody is asked before something is done. */
export interface Question {
  readonly title: string;
  /** What comes of it, a paragraph each. */
  readonly lines: readonly string[];
  /** What the button says that does it. */
  readonly action: string;
  /** Takes the question away when somebody leaves the page. */
  readonly signal: AbortSignal;
}

/** Asks; resolves with whether it is to be done. */
export function confirm({ title, lines, action, signal }: Question): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const answer = (isYes: boolean) => () => {
    resolve(isYes);
    dialog.close();
  };
  const dialog = h(
    "dialog",
    {
      ...{ class: "asks", "aria-label": title },
      onClose: () => {
        dialog.remove();
        resolve(false);
      },
    },
    h("h2", { text: title }),
    ...lines.map((text) => h("p", { text })),
    h(
      "div",
      { class: "row" },
      h("span", { class: "grow" }),
      h("button", { text: "Cancel", onClick: answer(false) }),
      h("button", { class: "main", text: action, onClick: answer(true) }),
    ),
  );
  signal.addEventListener("abort", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}
