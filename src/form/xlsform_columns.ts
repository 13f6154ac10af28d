import type { Texts } from "./schema.ts";
import type { TableRow, TableShape } from "./sheet_table.ts";

const media = ["image", "audio", "video", "big_image"];
const mediaColumns = Object.fromEntries(media.flatMap((each) => [[each, each], [`media::${each}`, each]]));

/** The sheet `survey` (https://xlsform.org/en/ref-table/), with the older ways to write its columns. */
export const surveyShape: TableShape = {
  columns: {
    ...named("type", "command"),
    ...named("name", "tag", "value"),
    ...named("label", "caption"),
    ...named("hint"),
    ...named("guidance_hint"),
    ...named("required", "bind::required"),
    ...named("required_message", "requiredmsg", "bind::jr:requiredmsg"),
    ...named("constraint", "bind::constraint"),
    ...named("constraint_message", "constraining_message", "bind::jr:constraintmsg"),
    ...named("relevant", "relevance", "bind::relevant"),
    ...named("readonly", "read_only", "bind::readonly"),
    ...named("default"),
    ...named("calculation", "calculate", "bind::calculate"),
    ...named("appearance", "control::appearance", "body::appearance"),
    ...named("choice_filter"),
    ...named("repeat_count", "count", "jr:count"),
    ...named("parameters"),
    ...named("disabled"),
    ...named("trigger"),
    // Known, and without a meaning for what is stored.
    ...named(
      "ignored",
      "note",
      "notes",
      "comment",
      "comments",
      "intent",
      "autoplay",
      "rows",
      "save_to",
      "bind::saveto",
    ),
    ...mediaColumns,
  },
  translated: new Set(["label", "hint", "guidance_hint", "required_message", "constraint_message", ...media]),
};

/** The sheet `choices`. */
export const choicesShape: TableShape = {
  columns: { ...named("list_name", "list"), ...named("name", "value"), ...named("label", "caption"), ...mediaColumns },
  translated: new Set(["label", ...media]),
  extra: true,
};

/** The sheet `settings`. */
export const settingsShape: TableShape = {
  columns: {
    ...named("form_title", "title", "set_form_title"),
    ...named("form_id", "set_form_id"),
    // pyxform's own name for it; where both are, the first one counts.
    ...named("id_string"),
    ...named("version"),
    ...named("default_language"),
    ...named("allow_choice_duplicates"),
    ...named("name"),
    ...named(
      "ignored",
      "style",
      "instance_name",
      "public_key",
      "submission_url",
      "auto_send",
      "auto_delete",
      "sms_keyword",
    ),
  },
  translated: new Set(),
};

/** The files that a question or a choice is shown with. */
export function readMedia(row: TableRow): Readonly<Record<string, Texts>> | undefined {
  const found = media.flatMap((name) => {
    const texts = row.texts(name);
    return texts === undefined ? [] : [[name.replace("_", "-"), texts] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function named(name: string, ...others: readonly string[]): Record<string, string> {
  return Object.fromEntries([name, ...others].map((each) => [each, name]));
}
