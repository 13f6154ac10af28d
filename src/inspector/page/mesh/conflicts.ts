/// <reference lib="dom" />
import type { MeshConflict, MeshLook } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { valueLine } from "../value_tree.ts";
import { saidLine } from "./said.ts";

/** Everything that was written apart and differs, a row for each; the record has the choices. */
export class ConflictPane {
  readonly element: HTMLElement;
  readonly #table: DataTable<MeshConflict>;
  readonly #more = h("p", { class: "dim" });

  constructor(_: View, { onRecord }: { readonly onRecord: (id: string) => void; readonly onSettled: () => void }) {
    this.#table = new DataTable<MeshConflict>({
      label: "conflicts",
      key: ({ record, what }) => `${record}\n${what}`,
      onChoose: ({ record }) => onRecord(record),
      empty: "nothing was written apart: all agree",
      columns: [
        { title: "record", text: ({ record }) => record },
        { title: "what", text: ({ what }) => what },
        { title: "shown", text: ({ choices }) => valueLine(choices[0]?.value, 60) },
        { title: "by", text: ({ choices }) => choices[0] === undefined ? format.UNKNOWN : saidLine(choices[0]) },
        {
          title: "and apart from it",
          text: ({ choices }) => choices.slice(1).map((each) => `${valueLine(each.value, 40)} (${each.by})`).join(", "),
        },
      ],
    });
    this.element = h(
      "div",
      { class: "scroll" },
      h("p", {
        class: "dim",
        text:
          "What two wrote without knowing of each other. One is shown, none is lost; open the record to take another.",
      }),
      this.#table.element,
      this.#more,
    );
  }

  show({ conflicts, status }: MeshLook): void {
    this.#table.show(conflicts);
    this.#more.hidden = status.conflicts <= conflicts.length;
    setText(this.#more, `${format.count(status.conflicts - conflicts.length)} more: tinman mesh conflicts`);
  }
}
