import type { Numbers } from "./numbers.ts";

/** How rows are put together. */
export interface RowsOptions {
  /** Rows in one message. @default {1} */
  readonly rows?: number;
  /** Rows a second, for who reads them; 0: not known. @default {0} */
  readonly rate?: number;
}

/** Puts rows together: numbers by column, with several rows lists of them. Where the rate is known, in a frame that says so. */
export class Rows {
  readonly #count: number;
  readonly #rate: number;
  #waiting: Numbers[] = [];

  constructor({ rows = 1, rate = 0 }: RowsOptions = {}) {
    [this.#count, this.#rate] = [rows, rate];
  }

  /** The message that is complete with this row, if one is. A column that a row does not have is NaN in it. */
  push(row: Numbers): unknown {
    this.#waiting.push(row);
    if (this.#waiting.length < this.#count) return undefined;
    const rows = this.#waiting;
    this.#waiting = [];
    const names = [...new Set(rows.flatMap((each) => Object.keys(each)))];
    const columns = Object.fromEntries(
      names.map((name) => [name, this.#count === 1 ? row[name] : rows.map((each) => each[name] ?? NaN)]),
    );
    return this.#rate === 0 ? columns : { payload: columns, metadata: { sample_rate: this.#rate } };
  }
}
