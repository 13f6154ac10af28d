/// <reference lib="dom" />
import type { MeshAir, MeshAirAuthor } from "../../../telemetry/mod.ts";
import { DataTable } from "../data_table.ts";
import { h, setText } from "../dom.ts";
import * as format from "../format.ts";

/** What was said and heard on a radio channel that all in range share; nothing where there is none. */
export class AirSection {
  readonly element: HTMLElement;
  readonly #line = h("p", { class: "dim num" });
  readonly #authors = new DataTable<MeshAirAuthor>({
    label: "spoken of on the air",
    key: ({ device }) => device,
    empty: "nothing of this dataset was heard yet",
    columns: [
      { title: "written by", text: ({ by }) => by },
      { title: "spoken of (UTC)", text: ({ heard }) => timeOf(heard) },
      { title: "we lack", isNumber: true, text: ({ toGet }) => format.count(toGet), sort: ({ toGet }) => toGet },
    ],
  });

  constructor() {
    this.element = h(
      "section",
      { "aria-label": "air", hidden: true },
      h("h2", { text: "On the air" }),
      this.#line,
      this.#authors.element,
    );
  }

  show(air: MeshAir | undefined): void {
    this.element.hidden = air === undefined;
    if (air === undefined) return;
    const { address, isHeld, since, sentBytes, heardBytes, heard, same, asked, waitingBytes } = air;
    const said = [
      `${address} ${isHeld ? "is held" : "is lost"} since ${timeOf(since)}`,
      `${format.bytes(sentBytes)} sent`,
      `${format.bytes(heardBytes)} heard${heard === undefined ? "" : `, last ${timeOf(heard)}`}`,
      `${format.count(asked)} to answer, ${format.bytes(waitingBytes)} wait`,
      same === undefined ? "" : `somebody had just what was here: ${timeOf(same)}`,
      "who is there, and what others lack, is not said on the air",
    ];
    setText(this.#line, said.filter((each) => each !== "").join(" · "));
    this.#authors.show(air.authors);
  }
}

function timeOf(stamp: string): string {
  return stamp.slice(0, 19).replace("T", " ");
}
