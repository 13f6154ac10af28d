import { TinmanError } from "../errors/mod.ts";

/** Longest line. */
const MAX_CHARS = 64 * 2 ** 20;

/**
 * Lines of text from bytes, several at a time: those that have come, `most` at most. A last line without its end counts.
 *
 * @throws {TinmanError} `TOO_LARGE` for a line that does not end.
 */
export async function* createLines(bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string[], void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_CHARS) {
      throw new TinmanError("TOO_LARGE", `Cannot read a line of more than ${MAX_CHARS} characters`, {
        limit: MAX_CHARS,
        actual: rest.length,
      });
    }
    for (let at = 0; at < lines.length; at += most) yield lines.slice(at, at + most);
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}
