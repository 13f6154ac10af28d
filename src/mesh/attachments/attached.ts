import type { AttachmentView, View } from "../view/mod.ts";

/** All files that are attached, as the view says, the newest first. What changed is looked at when somebody asks. */
export class Attached {
  readonly #view: View;
  readonly #byRecord = new Map<string, readonly AttachmentView[]>();
  readonly #changed = new Set<string>();
  #isNew = true;
  #all: readonly AttachmentView[] = [];
  #names: ReadonlySet<string> = new Set();

  constructor(view: View) {
    this.#view = view;
    view.listen({
      changed: (records) => {
        for (const record of records) this.#changed.add(record);
      },
    });
  }

  /** Files of all records, also of deleted ones, for those may come back. The same array while nothing changes. */
  all(): readonly AttachmentView[] {
    this.#refresh();
    return this.#all;
  }

  /** The names of their contents. */
  names(): ReadonlySet<string> {
    this.#refresh();
    return this.#names;
  }

  #refresh(): void {
    if (!this.#isNew && this.#changed.size === 0) return;
    const views = this.#isNew
      ? this.#view.records({ includeDeleted: true })
      : [...this.#changed].map((id) => this.#view.record(id) ?? { id, attachments: [] });
    this.#isNew = false;
    this.#changed.clear();
    let hasChanged = false;
    for (const { id, attachments } of views) {
      if (attachments.length === 0 && !this.#byRecord.has(id)) continue;
      hasChanged = true;
      if (attachments.length > 0) this.#byRecord.set(id, attachments);
      else this.#byRecord.delete(id);
    }
    if (!hasChanged) return;
    this.#all = [...this.#byRecord.values()].flat()
      .sort((a, b) => b.at.wallMs - a.at.wallMs || b.at.counter - a.at.counter);
    this.#names = new Set(this.#all.map(({ blob }) => blob));
  }
}
