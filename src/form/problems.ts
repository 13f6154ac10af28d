import { clean, TinmanError } from "../errors/mod.ts";

/** One thing to mend in a form, with its place as its author finds it. */
export interface FormProblem {
  /** Whether the form can be used all the same. */
  readonly level: "error" | "warning";
  /** The sheet of a workbook: `survey`. */
  readonly sheet?: string;
  /** The row of the sheet, or the line of an XML file, from 1. */
  readonly row?: number;
  /** The header of the column, or the attribute. */
  readonly column?: string;
  /** What is, and what should be. */
  readonly message: string;
}

/** Where a problem is. */
export type FormPlace = Omit<FormProblem, "level" | "message">;

/** So many are kept. Nobody reads more, and a hostile file may have a million. */
const MOST = 200;

/** Gathers what is wrong with a form, so that all of it is said at once. */
export class FormProblems {
  readonly found: FormProblem[] = [];
  #left = 0;

  error(place: FormPlace, message: string): void {
    this.#add({ level: "error", ...place, message });
  }

  warn(place: FormPlace, message: string): void {
    this.#add({ level: "warning", ...place, message });
  }

  /** Whether the form cannot be used. */
  get fatal(): boolean {
    return this.found.some(({ level }) => level === "error");
  }

  /** In the order of the file. */
  list(): readonly FormProblem[] {
    const found = this.found.toSorted((a, b) => rank(a) - rank(b) || (a.row ?? 0) - (b.row ?? 0));
    if (this.#left === 0) return found;
    return [...found, { level: "warning", message: `${this.#left} more, which are said when these are mended` }];
  }

  #add(problem: FormProblem): void {
    if (this.found.length < MOST) return void this.found.push(problem);
    this.#left++;
    // An error is never lost behind warnings.
    const at = problem.level === "error" ? this.found.findIndex(({ level }) => level === "warning") : -1;
    if (at >= 0) this.found.splice(at, 1, problem);
  }
}

function rank({ sheet }: FormProblem): number {
  return ["settings", "survey", "choices"].indexOf(sheet?.toLowerCase() ?? "");
}

/** `survey, row 7, column constraint: …` */
export function formatProblem({ sheet, row, column, message }: FormProblem): string {
  const place = [
    ...sheet === undefined ? [] : [sheet],
    ...row === undefined ? [] : [`${sheet === undefined ? "line" : "row"} ${row}`],
    ...column === undefined ? [] : [`column ${column}`],
  ].join(", ");
  return clean(place === "" ? message : `${place}: ${message}`);
}

/** The error for a file that is no form at all, or one that cannot be used. */
export function cannotRead(what: string, { hint, problems, cause }: CannotRead = {}): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot read form: ${what}`, {
    hint,
    cause,
    ...(problems !== undefined && { problems }),
  });
}

/** The error for a file that would take more than it may. */
export function tooLarge(what: string, limit: number, actual: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Cannot read form: ${what} is ${actual}, more than ${limit}`, { limit, actual });
}

interface CannotRead {
  readonly hint?: string;
  readonly problems?: readonly string[];
  readonly cause?: unknown;
}
