/** Deepest brackets, and most words in a row without an end of any sort, that are given to the parser of Deno. */
const MAX_DEPTH = 200;
const MAX_RUN = 2500;
const MAX_ELSE = 5000;

/**
 * Why a text is not given to `stripTypeScriptTypes`, if it is not: that parser has no limit of its own, and ends the whole
 * process when its stack is full (3000 brackets, 3600 arrows, 4000 type arguments; measured on Deno 2.9.6). Where a text
 * could be read in two ways, it is refused.
 */
export function nestingProblem(text: string): { readonly at: number; readonly what: string } | undefined {
  const levels: Level[] = [{ run: 0, angles: 0, template: false }];
  let elses = 0;
  let previous = "";
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const at = found.index;
    let [token] = found;
    if (/^(?:\s|\/\/|\/\*(?=[^]*\*\/$))/.test(token)) continue;
    const level = levels.at(-1)!;
    if (token === "/" && !VALUE_END.test(previous)) {
      const regexp = readRegexp(text, at);
      if (regexp === undefined) return { at, what: "a / that cannot be understood" };
      TOKEN.lastIndex = at + regexp.length;
      token = "/re/";
    } else if (token === "/" && /[)}]$/.test(previous) && /^[^\n]*["'`/][^\n]*\//.test(text.slice(at + 1, at + 1000))) {
      return { at, what: `a / behind ${previous} may begin a regular expression: put parentheses around it` };
    } else if (token === "`" || (token === "}" && level.template)) {
      if (token === "}") levels.pop();
      const end = readTemplate(text, at + 1);
      TOKEN.lastIndex = end;
      if (text.startsWith("${", end - 2)) levels.push({ run: 0, angles: 0, template: true });
      token = "``";
    } else if (/^["']|^\/\*/.test(token) && !/^(?:".*"|'.*')$/s.test(token)) {
      return { at, what: "a text or a comment has no end" };
    } else if (OPEN.test(token)) levels.push({ run: 0, angles: 0, template: false });
    else if (CLOSE.test(token) && levels.length > 1) levels.pop();
    else if (token === "<") level.angles++;
    else if (token === ">") level.angles = Math.max(0, level.angles - 1);
    else if (token === "else") elses++;
    // `a! / b` divides, and so does `a.of / b`.
    else if (token === "!" && VALUE_END.test(previous)) token = previous;
    else if (previous === "." && /^[\p{L}_$]/u.test(token)) token = "property";
    const now = levels.at(-1)!;
    const isEnd = token === ";" || (token === "," && now.angles === 0) ||
      (previous === "}" && /^\w/.test(token) && !GOES_ON.test(token));
    if (isEnd) [now.run, now.angles] = [0, token === "," ? now.angles : 0];
    else now.run++;
    previous = token;
    if (levels.length > MAX_DEPTH) return { at, what: `brackets are nested deeper than ${MAX_DEPTH}` };
    if (now.run > MAX_RUN) return { at, what: `more than ${MAX_RUN} words without a semicolon or a comma` };
    if (elses > MAX_ELSE) return { at, what: `more than ${MAX_ELSE} else` };
  }
  return undefined;
}

interface Level {
  run: number;
  angles: number;
  /** Whether its `}` goes on with a template. */
  readonly template: boolean;
}

// Blanks, comments, texts, words and numbers, arrows, and every other character by itself.
const TOKEN =
  /\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/|\/\*|"(?:[^"\\\n\r]|\\[^])*"?|'(?:[^'\\\n\r]|\\[^])*'?|[\p{L}\p{N}_$\u200c\u200d]+|=>|[^]/gu;
const OPEN = /^[([{]$/;
const CLOSE = /^[)\]}]$/;
/** Behind these a `/` divides; behind words such as `return` it does not. */
const VALUE_END =
  /^(?!(?:return|typeof|case|in|of|delete|void|throw|new|do|else|instanceof|await|yield|extends)$)[\p{L}\p{N}_$]+$|^["'].*["']$|^(?:``|\/re\/|[)\]}])$/su;
/** Words that go on with what was before them, also behind a `}`. */
const GOES_ON = /^(?:as|satisfies|in|instanceof|extends|implements|else|while|catch|finally|from|of|is|with)$/;

/** The regular expression that begins at `at`, or undefined when it does not end on its line. */
function readRegexp(text: string, at: number): string | undefined {
  const found = /\/(?:[^\\/[\n\r\u2028\u2029]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+\/[a-z]*/y;
  found.lastIndex = at;
  return found.exec(text)?.[0];
}

/** Where a part of a template ends: behind its backtick or `${`. */
function readTemplate(text: string, from: number): number {
  const found = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)?/y;
  found.lastIndex = from;
  return from + found.exec(text)![0].length;
}
