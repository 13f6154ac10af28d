/// <reference lib="dom" />
import { ChannelList } from "../channel_list.ts";
import { h, keyed, setAttribute, setText } from "../dom.ts";
import type { View } from "../page.ts";
import type { FrameRow, SnapshotChannel } from "../../snapshot.ts";
import { type Field, findPositions, listFields } from "./fields.ts";
import { fits, type ViewKind } from "./shown.ts";

/** Something that can be shown: a number, samples, or a position of two numbers. */
export interface Choice {
  readonly channel: string;
  readonly path: string;
  readonly path2?: string;
  readonly kind: Field["kind"] | "position";
  readonly sample: string;
}

/** Channels, and the fields of the one that was chosen. */
export class FieldList {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #list: ChannelList;
  readonly #fields = h("ul", { class: "channels fields", "aria-label": "fields" });
  readonly #note = h("p", { class: "dim" });
  readonly #onToggle: (choice: Choice) => void;
  readonly #isChosen: (choice: Choice) => boolean;
  readonly #fits: (choice: Choice) => boolean;
  #channels: readonly SnapshotChannel[] = [];
  #choices: readonly Choice[] = [];
  #stop = () => {};

  constructor(view: View, { onToggle, isChosen, fits }: {
    readonly onToggle: (choice: Choice) => void;
    readonly isChosen: (choice: Choice) => boolean;
    /** Whether it can be shown in the view that is open. */
    readonly fits: (choice: Choice) => boolean;
  }) {
    [this.#view, this.#onToggle, this.#isChosen, this.#fits] = [view, onToggle, isChosen, fits];
    this.#list = new ChannelList((name) => void this.open(name));
    this.element = h(
      "div",
      { class: "picker" },
      this.#list.element,
      h("h2", { text: "Fields" }),
      this.#note,
      this.#fields,
    );
  }

  /** The channel whose fields are shown. */
  get channel(): string {
    return this.#view.param("channel");
  }

  /** All that the channel which is open has. */
  get choices(): readonly Choice[] {
    return this.#choices;
  }

  /** Shows channels. */
  show(channels: readonly SnapshotChannel[]): void {
    this.#channels = channels;
    this.#list.show(channels, this.channel);
    if (channels.length > 0) return;
    setText(this.#note, "no channels yet");
    this.#note.hidden = false;
  }

  /** Shows the fields of a channel. */
  async open(channel: string): Promise<void> {
    this.#view.setParam("channel", channel);
    this.#list.show(this.#channels, channel);
    this.#choices = [];
    this.redraw();
    setText(this.#note, "looking for numbers…");
    try {
      this.#choices = choicesOf(channel, await this.valueOf(channel));
      if (this.channel !== channel) return;
      setText(this.#note, this.#choices.length === 0 ? "there are no numbers in its values" : "");
    } catch (error) {
      if (!this.#view.signal.aborted) setText(this.#note, (error as Error).message);
    }
    this.redraw();
  }

  /** The choices may be others now, or fit no more. */
  redraw(): void {
    const shown = this.#choices.filter(this.#fits);
    if (this.#choices.length > 0) setText(this.#note, shown.length === 0 ? "nothing of it fits this view" : "");
    this.#note.hidden = this.#note.textContent === "";
    keyed(this.#fields, shown, {
      key: ({ channel, path, path2 }) => JSON.stringify([channel, path, path2]),
      make: (choice) =>
        h(
          "li",
          {},
          h(
            "button",
            { class: "quiet", title: choice.path, onClick: () => this.#onToggle(choice) },
            h("span", { class: "cut mono", text: nameOf(choice) }),
            h("span", { class: "num dim cut", text: choice.sample }),
          ),
        ),
      update: (element, choice) =>
        setAttribute(element.firstElementChild!, "aria-pressed", `${this.#isChosen(choice)}`),
    });
  }

  /** A value of the channel: the last that was recorded, or the next that comes. */
  valueOf(channel: string): Promise<unknown> {
    const { source, get } = this.#view;
    if (source.parts.includes("timeline")) {
      return get("timeline/at", { timeNs: `${2n ** 63n}`, channel }).then(({ rows }) => rows[0]?.value);
    }
    this.#stop();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#stop = this.#view.listen("tail", { channel }, {
      onMessage: ({ json }) => {
        const row = (json.rows as FrameRow[]).findLast(({ problem }) => problem === undefined);
        if (row === undefined) return;
        this.#stop();
        resolve(row.value);
      },
      onError: (message) => reject(new Error(message)),
    });
    return promise;
  }
}

/** All that can be shown of a value. */
export function choicesOf(channel: string, value: unknown): Choice[] {
  const fields = listFields(value);
  return [
    ...findPositions(fields).map(({ lat, lon }): Choice => ({
      ...{ channel, path: lat, path2: lon, kind: "position", sample: "position" },
    })),
    ...fields.map((field): Choice => ({ channel, ...field })),
  ];
}

function nameOf({ path, path2 }: Choice): string {
  return path2 === undefined ? path || "the value" : `${path}, ${path2.split(".").at(-1)}`;
}

/** Something in the last values of a recording that fits a view, where there is anything. */
export async function findChoice(view: View, kind: ViewKind): Promise<Choice | undefined> {
  if (!view.source.parts.includes("timeline") || kind === "time") return undefined;
  const { rows } = await view.get("timeline/at", { timeNs: `${2n ** 63n}` }) as {
    rows: readonly { readonly channel: string; readonly value?: unknown }[];
  };
  return rows.flatMap(({ channel, value }) => choicesOf(channel, value)).find((each) => fits(each, kind));
}
