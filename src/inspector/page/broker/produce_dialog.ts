/// <reference lib="dom" />
import { h, setText } from "../dom.ts";
import type { ApiError, View } from "../page.ts";

/** Options of {@linkcode showProduce}. */
export interface ProduceOptions {
  readonly topic: string;
  readonly partitions: number;
  /** Called when a record was taken. */
  readonly onDone: () => void;
}

/** Asks for a record and produces it. It stays open, for one more. */
export function showProduce({ post, say }: View, { topic, partitions, onDone }: ProduceOptions): void {
  const key = h("input", { id: "produce-key", class: "mono grow", placeholder: "none: partitions are taken in turn" });
  const value = h("textarea", { id: "produce-value", class: "mono", rows: "8", placeholder: '{"celsius": 21.5}' });
  const headers = h("textarea", { id: "produce-headers", class: "mono", rows: "2", placeholder: "name: value" });
  const gone = h("input", { type: "checkbox", id: "produce-gone" });
  const partition = h(
    "select",
    { id: "produce-partition" },
    h("option", { value: "", text: "as the key says" }),
    ...Array.from({ length: partitions }, (_, i) => h("option", { value: `${i}`, text: `${i}` })),
  );
  const problem = h("p", { role: "alert", "data-tone": "bad", hidden: true });
  const send = h("button", { class: "main", type: "submit", text: "Produce" });
  gone.addEventListener("change", () => value.disabled = gone.checked);
  const field = (label: string, id: string, ...inputs: Node[]) =>
    h("div", { class: "field" }, h("label", { for: id, text: label }), ...inputs);
  const dialog = h(
    "dialog",
    { class: "form", "aria-label": `produce to ${topic}` },
    h("h2", { text: `Produce to ${topic}` }),
    h(
      "form",
      {
        onSubmit: (event) => {
          event.preventDefault();
          void produce();
        },
      },
      field("Key", "produce-key", key),
      field("Value", "produce-value", value),
      h(
        "div",
        { class: "row" },
        gone,
        h("label", { for: "produce-gone", text: "no value: what the key names is gone" }),
      ),
      field("Headers, one on each line", "produce-headers", headers),
      field("Partition", "produce-partition", partition),
      problem,
      h(
        "div",
        { class: "row end" },
        h("button", { type: "button", text: "Close", onClick: () => dialog.close() }),
        send,
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  value.focus();

  async function produce(): Promise<void> {
    send.disabled = true;
    problem.hidden = true;
    try {
      const lines = headers.value.split("\n").filter((line) => line.trim() !== "");
      const { partition: took, offset } = await post("broker/produce", {
        ...{ topic, key: key.value === "" ? null : key.value, value: gone.checked ? null : value.value },
        headers: lines.map((line) => {
          const [, name, text] = /^([^:]+):\s?(.*)$/.exec(line) ?? [undefined, line.trim(), null];
          return { name, value: text };
        }),
        ...(partition.value !== "" && { partition: Number(partition.value) }),
      });
      say(`It is at offset ${offset} of partition ${took}`);
      onDone();
    } catch (error) {
      problem.hidden = false;
      const { message, hint } = error as ApiError;
      setText(problem, hint === undefined ? message : `${message}. ${hint}`);
    }
    send.disabled = false;
  }
}
