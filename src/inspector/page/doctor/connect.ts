/// <reference lib="dom" />
import { h, setText } from "../dom.ts";
import type { View } from "../page.ts";

/** Where other programs find what is looked at here. */
export class ConnectBox {
  readonly element: HTMLElement;
  readonly #view: View;

  constructor(view: View) {
    this.#view = view;
    const foxglove = this.#address("…");
    const clients = h("span", { class: "dim", text: "Open connection › Foxglove WebSocket" });
    this.element = h(
      "section",
      { "aria-label": "for other programs" },
      h("div", { class: "row head" }, h("h1", { text: "For other programs" })),
      h(
        "ul",
        { class: "connect" },
        this.#line("Foxglove", foxglove, clients),
        this.#line(
          "Prometheus",
          this.#address(`${location.origin}/metrics`),
          h("span", { class: "dim", text: "with the token of this page as Authorization: Bearer" }),
        ),
        this.#line(
          "Scripts",
          this.#address(`${location.origin}/api/openapi.json`),
          h("span", { class: "dim", text: "what there is to ask for; with the same token" }),
        ),
      ),
    );
    void this.#find(foxglove, clients);
  }

  async #find(address: HTMLElement, clients: HTMLElement): Promise<void> {
    const { get, source, signal } = this.#view;
    try {
      const { url, clients: count } = await get("/api/foxglove") as { url: string; clients: number };
      setText(address, `${url}${source.id === "1" ? "" : `&source=${source.id}`}`);
      const what = source.kind === "recording"
        ? "this is a recording: replay it with --inspect, and what is played comes there"
        : "or Lichtblick: Open connection › Foxglove WebSocket. Whoever has this address can look, and change nothing";
      setText(clients, count === 0 ? what : `${what}; ${count} connected`);
    } catch (error) {
      if (!signal.aborted) setText(clients, (error as Error).message);
    }
  }

  #address(text: string): HTMLElement {
    return h("code", { class: "cut", text });
  }

  #line(name: string, address: HTMLElement, note: HTMLElement): HTMLElement {
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(address.textContent ?? "");
        this.#view.say("Copied");
      } catch {
        this.#view.say("The browser does not let this page copy");
      }
    };
    return h(
      "li",
      {},
      h("strong", { text: name }),
      address,
      h("button", {
        ...{ class: "quiet", text: "Copy", "aria-label": `copy the address for ${name}` },
        onClick: () => void copy(),
      }),
      note,
    );
  }
}
