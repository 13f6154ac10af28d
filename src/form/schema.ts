/**
 * What is asked, as plain data: JSON in one order of keys, equal for equal forms, so that its content hash identifies it.
 * Paths are the names of groups and field joined by `/`: `household/member/age`. Keys that say nothing are left out.
 */
export interface FormSchema {
  /** The version of this shape. */
  readonly v: 1;
  /** What records name the form by. */
  readonly id: string;
  /** What people call it. */
  readonly title: string;
  /** Which edition of the form it is, as its author counts. */
  readonly version?: string;
  /** The keys of {@linkcode Texts} in the order in which the form has them; `default` is text without a language. */
  readonly languages: readonly string[];
  /** The language to show when nobody asked for one. */
  readonly defaultLanguage?: string;
  /** Groups and repeats, outer ones first. */
  readonly groups: readonly FormGroup[];
  /** What is asked or computed, in the order of the form. */
  readonly fields: readonly FormField[];
  /** Lists of choices by their name. */
  readonly choices: Readonly<Record<string, readonly FormChoice[]>>;
}

/** A text in each language that has it; the key is the author's own: `English (en)`. */
export type Texts = Readonly<Record<string, string>>;

/** What a value of a field is. Metadata has the type of its value, and says where that comes from in `metadata`. */
export type FieldType = (typeof fieldTypes)[number];

/** Every {@linkcode FieldType}. */
export const fieldTypes = [
  ...["text", "integer", "decimal", "boolean", "date", "time", "datetime"] as const,
  ...["geopoint", "geotrace", "geoshape", "select_one", "select_multiple", "rank", "range"] as const,
  ...["note", "calculate", "hidden", "acknowledge", "barcode", "image", "audio", "video", "file"] as const,
] as const;

/** Several fields under one name, or, where `repeat` is set, any number of times. */
export interface FormGroup {
  /** Names joined by `/`. */
  readonly path: string;
  /** Whether entries have it several times: `member[1]/age`, `member[2]/age`. */
  readonly repeat: boolean;
  /** What people see. */
  readonly label?: Texts;
  /** When it is asked at all. */
  readonly relevant?: string;
  /** How it is shown, in the words of apps that collect. */
  readonly appearance?: string;
  /** How many times, as an expression. Only for repeats. */
  readonly count?: string;
}

/** One question, or one value that is computed or noted by the device. Expressions are as their author wrote them. */
export interface FormField {
  /** Names joined by `/`. */
  readonly path: string;
  /** What a value is. */
  readonly type: FieldType;
  /** Where a value comes from that nobody is asked for: `start`, `end`, `today`, `deviceid`, …. */
  readonly metadata?: string;
  /** The question. */
  readonly label?: Texts;
  /** A few words of help with it. */
  readonly hint?: Texts;
  /** Longer help, for training. */
  readonly guidance?: Texts;
  /** The name of its list in {@linkcode FormSchema.choices}; absent when the choices are in a file of their own. */
  readonly list?: string;
  /** The file with its choices, which are not checked. */
  readonly choicesFile?: string;
  /** Which of the choices are offered, as an expression in which a bare name is a column of the choice. */
  readonly choiceFilter?: string;
  /** When it must have an answer. */
  readonly required?: string;
  /** What is said when it has none. */
  readonly requiredMessage?: Texts;
  /** What an answer must fulfil; `.` is the answer. */
  readonly constraint?: string;
  /** What is said when it does not. */
  readonly constraintMessage?: Texts;
  /** When it is asked at all. */
  readonly relevant?: string;
  /** When nobody can change it. */
  readonly readonly?: string;
  /** A value, or an expression that gives it when the entry is begun. */
  readonly default?: string;
  /** What gives its value. */
  readonly calculation?: string;
  /** How it is shown, in the words of apps that collect. */
  readonly appearance?: string;
  /** Such as `start`, `end` and `step` of a range. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Files shown with the question: `image`, `audio`, `video`, by language. */
  readonly media?: Readonly<Record<string, Texts>>;
}

/** One choice of a list. */
export interface FormChoice {
  /** What is stored. */
  readonly name: string;
  /** What is shown. */
  readonly label?: Texts;
  /** Further columns, for choice filters. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Files shown with it. */
  readonly media?: Readonly<Record<string, Texts>>;
}

/** A value in an entry. Dates, times and places are texts in one form only, see `parseValue`. */
export type FormValue = string | number | boolean | readonly string[];

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** All but the last part of a path; empty at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The text in `language`, else in the form's own, else in any; undefined when there is none. */
export function textIn(texts: Texts | undefined, form: FormSchema, language?: string): string | undefined {
  if (texts === undefined) return undefined;
  for (const each of [language, form.defaultLanguage, "default", ...form.languages]) {
    if (each !== undefined && Object.hasOwn(texts, each)) return texts[each];
  }
  return undefined;
}

/** Whether a field is a question that a person answers. */
export function isAsked({ type, metadata }: FormField): boolean {
  return metadata === undefined && type !== "note" && type !== "calculate" && type !== "hidden";
}
