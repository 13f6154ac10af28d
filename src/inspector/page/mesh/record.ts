/// <reference lib="dom" />
import type { MeshConflict, MeshRecord, MeshRecordPage, MeshWrite } from "../../../telemetry/mod.ts";
import { detailsPanel } from "../details_panel.ts";
import { h, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { View } from "../page.ts";
import { valueLine } from "../value_tree.ts";
import { saidLine } from "./said.ts";

/** What happens from a record. */
export interface RecordViewOptions {
  readonly onClose: () => void;
  /** Something was written. */
  readonly onWritten: () => void;
}

const WHAT: Readonly<Record<string, string>> = {
  form: "created as",
  note: "note",
  noteGone: "note removed",
  file: "file",
  fileGone: "file removed",
};

/** One record: what it says, what was written apart, and each write to it, with a way back. */
export class RecordView {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #options: RecordViewOptions;
  readonly #title = h("h2");
  readonly #facts = h("p", { class: "dim num" });
  readonly #body = h("div", { class: "sheet" });
  #id: string | undefined;

  constructor(view: View, options: RecordViewOptions) {
    [this.#view, this.#options] = [view, options];
    this.element = detailsPanel(
      { label: "record", className: "frame record", title: this.#title, onClose: options.onClose },
      this.#facts,
      this.#body,
    );
  }

  /** Shows a record. */
  async open(id: string): Promise<void> {
    this.#id = id;
    this.element.hidden = false;
    setText(this.#title, id);
    await this.again();
  }

  /** Shows it as it is by now. */
  async again(): Promise<void> {
    const id = this.#id;
    if (id === undefined) return;
    try {
      const page = await this.#view.get("mesh/record", { record: id }) as MeshRecordPage;
      if (this.#id === id) this.#fill(page);
    } catch (error) {
      if (this.#view.signal.aborted || this.#id !== id) return;
      setText(this.#facts, "");
      this.#body.replaceChildren(h("pre", { class: "error", text: (error as Error).message }));
    }
  }

  close(): void {
    this.#id = undefined;
    this.element.hidden = true;
  }

  #fill({ record, history, conflicts }: MeshRecordPage): void {
    const { form, created, deleted, fields, notes, attachments, problems } = record;
    setText(
      this.#facts,
      [form ?? "of a form that is not here", ...created ? [saidLine(created)] : []].join(" · "),
    );
    const focus = document.activeElement?.getAttribute("data-key");
    this.#body.replaceChildren(
      ...deleted
        ? [h("pre", {
          class: "error",
          text: `deleted${deleted.reason ? `: ${deleted.reason}` : ""}\n${saidLine(deleted)}`,
        })]
        : [],
      ...conflicts.map((conflict) => this.#conflict(conflict)),
      h("h3", { text: "Says" }),
      this.#fields(fields),
      ...notes.map((note) => line(note.isUrgent ? "urgent note" : "note", note.text, saidLine(note))),
      ...attachments.map((file) => line(file.field, `${file.name}, ${format.bytes(file.size)}`, saidLine(file))),
      ...problems.map((problem) => h("p", { "data-tone": "warn", text: problem })),
      h("h3", { text: "History" }),
      h("ol", { class: "history" }, ...history.map((entry) => this.#entry(entry, deleted !== undefined))),
    );
    if (focus != null) this.#body.querySelector<HTMLElement>(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  }

  #fields(fields: MeshRecord["fields"]): HTMLElement {
    const all = Object.entries(fields);
    if (all.length === 0) return h("p", { class: "dim", text: "no fields yet" });
    return h("div", {}, ...all.map(([name, each]) => line(name, shown(each.value), saidLine(each))));
  }

  #conflict({ record, what, choices }: MeshConflict): HTMLElement {
    return h(
      "div",
      { class: "conflict" },
      h("strong", { text: what === "@deleted" ? "deleted or not" : what.replace(/^@note.*/, "a note") }),
      ...choices.map(({ choice, value, ...said }) =>
        h(
          "div",
          { class: "choice" },
          h("span", { class: "mono lines", text: shown(value) }),
          h("span", { class: "dim num", text: saidLine(said) }),
          !this.#view.isReadOnly && what !== "@form" && h("button", {
            ...{ class: "quiet", text: choice === 1 ? "Keep" : "Take this", "data-key": `${what} ${choice}` },
            "aria-label": `${choice === 1 ? "keep" : "take"} ${shown(value)} for ${what}`,
            onClick: () => void this.#write("mesh/resolve", { record, what, choice }),
          }),
        )
      ),
    );
  }

  #entry(entry: MeshWrite, isDeleted: boolean): HTMLElement {
    const { what, field, value, reason, isUrgent, state, device, seq } = entry;
    const said = isUrgent ? "urgent note" : WHAT[what] ?? what;
    const name = field ?? (what === "state" ? (value === true ? "deleted" : "restored") : said);
    const text = what === "state" ? reason ?? "" : shown(value);
    const canRestore = !this.#view.isReadOnly &&
      (what === "field" ? state !== "shown" : isDeleted && what === "form");
    return h(
      "li",
      { "data-state": state },
      h("span", { class: "key", text: name }),
      h("span", { class: "mono value", text }),
      h("span", { class: "dim num", text: `${saidLine(entry)}${state === "replaced" ? "" : ` · ${state}`}` }),
      canRestore && h("button", {
        ...{ class: "quiet", text: "Restore", "data-key": `${device} ${seq}` },
        "aria-label": what === "field" ? `restore ${name} as ${text}` : "restore the record",
        onClick: () => void this.#write("mesh/restore", { record: this.#id, device, seq }),
      }),
    );
  }

  async #write(path: string, body: unknown): Promise<void> {
    try {
      const { events } = await this.#view.post(path, body) as { events: number };
      this.#view.say(events === 0 ? "It was so already" : "Written");
      this.#options.onWritten();
    } catch (error) {
      this.#view.say((error as Error).message);
    }
  }
}

function line(name: string, text: string, said: string): HTMLElement {
  return h(
    "div",
    { class: "line" },
    h("span", { class: "key", text: name }),
    h("span", { class: "mono value", text }),
    h("span", { class: "dim num", text: said }),
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "cleared";
  // What cannot be seen is written out.
  const isPlain = typeof value === "string" && !/[^\P{C}\n]/u.test(value);
  return isPlain ? value : valueLine(value, 400);
}
