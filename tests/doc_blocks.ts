/** A piece of a Markdown file that can be run: one fenced block, or several that continue each other. */
export interface DocBlock {
  /** The file and the line of the (last) fence, such as `README.md:12`. */
  readonly where: string;
  /** The word after the fence: `ts`, `sh`, … */
  readonly language: string;
  readonly code: string;
  /** Set when it shall not be run: why. */
  readonly notRun?: string;
}

/**
 * The blocks of one language, in order. A comment on the line above a fence says how it is run:
 * `<!-- run: with the block above -->` joins it to the last one, `<!-- not run: reason -->` leaves it out.
 */
export function readBlocks(path: string, { text, language }: { text: string; language: string }): DocBlock[] {
  const pattern = /(?:^<!-- *(run|not run): *(.*?) *-->\n\n?)?^```([\w-]*)[^\n]*\n([\s\S]*?)^```[ ]*$/gm;
  const blocks: DocBlock[] = [];
  for (const match of text.matchAll(pattern)) {
    const [whole, verb, words, found, code] = match;
    if (found !== language) continue;
    const where = `${path}:${text.slice(0, match.index + whole.indexOf("```")).split("\n").length}`;
    const before = blocks.at(-1);
    if (verb === "not run") blocks.push({ where, language, code: code!, notRun: words! });
    else if (verb === undefined) blocks.push({ where, language, code: code! });
    else if (words !== "with the block above" || before === undefined) {
      throw new Error(`Cannot read the comment at ${where}: a block is run "with the block above" or stands alone`);
    } else blocks[blocks.length - 1] = { ...before, where, code: `${before.code}\n${code}` };
  }
  return blocks;
}
