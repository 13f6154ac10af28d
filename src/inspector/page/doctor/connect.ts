/// <reference lib="dom" />
import { h } from "../dom.ts";
import type { View } from "../page.ts";

/** What other programs can be connected with. */
export class ConnectBox {
  readonly element: HTMLElement;

  constructor({ say }: View) {
    const address = `${location.origin}/metrics`;
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(address);
        say("Copied");
      } catch {
        say("The browser does not let this page copy");
      }
    };
    this.element = h(
      "section",
      { "aria-label": "for other programs" },
      h("div", { class: "row head" }, h("h1", { text: "For other programs" })),
      h(
        "ul",
        { class: "connect" },
        h(
          "li",
          {},
          h("strong", { text: "Prometheus" }),
          h("code", { class: "cut", text: address }),
          h("button", {
            class: "quiet",
            text: "Copy",
            "aria-label": "copy the address for Prometheus",
            onClick: () => void copy(),
          }),
          h("span", { class: "dim", text: "with the token of this page as Authorization: Bearer" }),
        ),
      ),
    );
  }
}
