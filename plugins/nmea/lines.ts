import { MAX_LINE } from "./sentence.ts";

/** Lines from pieces: a text is whole lines, bytes may be cut anywhere. Bytes are read as Latin-1, as NMEA is ASCII. */
export class Lines {
  #rest = "";
  #skipping = false;

  /** The lines that are whole now. What is too long to be a sentence comes once, cut short. */
  push(piece: string | Uint8Array): string[] {
    if (typeof piece === "string") return piece.split(/\r\n|\r|\n/).filter((line) => line !== "");
    const lines: string[] = [];
    for (let i = 0; i < piece.length; i++) {
      const code = piece[i]!;
      if (code === /* LF */ 10 || code === /* CR */ 13) this.#finish(lines);
      else if (!this.#skipping) this.#add(String.fromCharCode(code), lines);
    }
    return lines;
  }

  /** What has come since the last end of a line. */
  end(): string[] {
    const lines: string[] = [];
    this.#finish(lines);
    return lines;
  }

  #add(character: string, lines: string[]): void {
    this.#rest += character;
    if (this.#rest.length <= MAX_LINE) return;
    lines.push(this.#rest);
    [this.#rest, this.#skipping] = ["", true];
  }

  #finish(lines: string[]): void {
    if (this.#rest !== "") lines.push(this.#rest);
    [this.#rest, this.#skipping] = ["", false];
  }
}
