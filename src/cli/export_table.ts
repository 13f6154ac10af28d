import type { Decoded } from "../codec/mod.ts";
import { formatCsvRow, guardCell } from "../form/mod.ts";
import type { Frame } from "../log/mod.ts";
import { Columns } from "./export_columns.ts";
import { formatTime } from "./time.ts";

const TIME = ["time_ns", "time"];
const [ROW, UNDECODED] = ["row", "undecoded"];

/**
 * The table of one channel: a row for each frame, or of a `table()` for each of its rows. Its columns are known when all
 * frames were seen. A frame that does not decode has its bytes in a column of their own.
 */
export class ChannelTable {
  /** How many rows were written. */
  rows = 0;
  /** How many frames do not decode. */
  undecoded = 0;
  readonly #columns = new Columns();
  readonly #isTable: boolean;
  #width = 0;

  /** `isTable`: its values are columns of one length. */
  constructor({ isTable }: { readonly isTable: boolean }) {
    this.#isTable = isTable;
  }

  /** Takes notice of a frame. */
  see({ value, error }: Decoded<unknown>): void {
    if (error !== undefined) this.undecoded++;
    else if (this.#isTable) { for (const row of rowsOf(value)) this.#columns.see(row); }
    else this.#columns.see(value);
  }

  /** The first line, when all frames were seen. */
  header(): string {
    const own = [...TIME, ...this.#isTable ? [ROW] : []];
    const last = this.undecoded > 0 ? [UNDECODED] : [];
    const names = this.#columns.names([...own, ...last]);
    this.#width = names.length;
    return formatCsvRow([...own, ...names, ...last].map(guardCell));
  }

  /** The lines of a frame that was seen. */
  lines({ timeNs, data }: Frame, { value, error }: Decoded<unknown>): string {
    const time = [`${timeNs}`, formatTime(timeNs)];
    const last = this.undecoded > 0 ? [""] : [];
    if (error !== undefined) {
      this.rows++;
      const empty = new Array<string>(this.#width).fill("");
      return formatCsvRow([...time, ...this.#isTable ? [""] : [], ...empty, data.toHex()]);
    }
    if (!this.#isTable) {
      this.rows++;
      return formatCsvRow([...time, ...this.#columns.cells(value), ...last]);
    }
    let text = "";
    let number = 0;
    for (const row of rowsOf(value)) {
      text += formatCsvRow([...time, `${number++}`, ...this.#columns.cells(row), ...last]);
    }
    this.rows += number;
    return text;
  }
}

/** The rows of columns. */
function* rowsOf(table: unknown): Iterable<Readonly<Record<string, unknown>>> {
  const columns = Object.entries(table as Readonly<Record<string, ArrayLike<unknown>>>);
  const rows = columns[0]?.[1].length ?? 0;
  for (let i = 0; i < rows; i++) yield Object.fromEntries(columns.map(([name, items]) => [name, items[i]]));
}
