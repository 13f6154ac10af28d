/** Lines from bytes that may be cut anywhere. A line ends with LF, CR or both; empty lines are left out. */
export class Lines {
  readonly #maxLine: number;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #skipping = false;

  /** `maxLine` in characters; the rest of a longer line is left out. */
  constructor(maxLine: number) {
    this.#maxLine = maxLine;
  }

  /** The lines that are whole now. What is no UTF-8 becomes U+FFFD, as lines of a serial port do get damaged. */
  push(bytes: Uint8Array): string[] {
    const [first = "", ...others] = this.#decoder.decode(bytes, { stream: true }).split(/[\r\n]/);
    const lines: string[] = [];
    this.#add(first, lines);
    for (const piece of others) {
      this.#finish(lines);
      this.#add(piece, lines);
    }
    return lines;
  }

  #add(piece: string, lines: string[]): void {
    if (this.#skipping) return;
    this.#rest += piece;
    if (this.#rest.length <= this.#maxLine) return;
    lines.push(this.#rest.slice(0, this.#maxLine));
    [this.#rest, this.#skipping] = ["", true];
  }

  #finish(lines: string[]): void {
    if (this.#rest !== "") lines.push(this.#rest);
    [this.#rest, this.#skipping] = ["", false];
  }
}
