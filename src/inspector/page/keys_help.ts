/// <reference lib="dom" />
import { h } from "./dom.ts";

/** Shows which keys there are, until one is pressed. */
export function showKeys(
  groups: readonly (readonly [title: string, keys: readonly (readonly [string, string])[]])[],
): void {
  const dialog = h(
    "dialog",
    { class: "keys", "aria-label": "keys", onClick: () => dialog.close(), onClose: () => dialog.remove() },
    ...groups.flatMap(([title, keys]) => [
      h("h2", { text: title }),
      h("dl", {}, ...keys.flatMap(([key, does]) => [h("dt", {}, h("kbd", { text: key })), h("dd", { text: does })])),
    ]),
    h("button", { text: "Close", autofocus: true }),
  );
  document.body.append(dialog);
  dialog.showModal();
}
