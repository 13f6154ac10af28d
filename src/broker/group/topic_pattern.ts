/** Longest expression, most repetitions of one part, and most steps of what is made of it. */
const MAX = { length: 1000, repeats: 1000, states: 10_000 };

/**
 * A regular expression over names of topics, of the whole name. It takes time in proportion to the name whatever the
 * expression is, so that no member can keep the broker busy with one: that is why it is not a `RegExp`. The syntax is
 * that of RE2 without flags, look-around and names of classes. Source: "Regular Expression Matching Can Be Simple And
 * Fast" (Cox).
 */
export class TopicPattern {
  readonly #start: State;

  /** Reads it. @throws {SyntaxError} when it is not of this syntax, or too large. */
  constructor(text: string) {
    this.#start = new Parser(text).parse();
  }

  /** Whether it matches all of this name. */
  matches(name: string): boolean {
    let states = reach([this.#start], { isStart: true, isEnd: name === "" });
    for (let i = 0; i < name.length; i++) {
      const next = [...states].filter(({ takes }) => takes?.(name[i]!)).flatMap(({ to }) => to);
      states = reach(next, { isStart: false, isEnd: i === name.length - 1 });
    }
    return [...states].some(({ isMatch }) => isMatch);
  }
}

/** What is wrong with an expression, or nothing. */
export function findPatternProblem(text: string): string | undefined {
  try {
    new TopicPattern(text);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** A step of a match: over a character, or over none. */
interface State {
  readonly takes?: (char: string) => boolean;
  /** Where in the name it may be passed. */
  readonly at?: "isStart" | "isEnd";
  readonly isMatch?: boolean;
  readonly to: State[];
}

/** All states that can be reached without a character. */
function reach(states: State[], place: { readonly isStart: boolean; readonly isEnd: boolean }): Set<State> {
  const reached = new Set(states);
  for (const { takes, at, to } of reached) {
    if (takes === undefined && (at === undefined || place[at])) { for (const next of to) reached.add(next); }
  }
  return reached;
}

/** Puts a part of an expression before what comes after it. */
type Part = (next: State) => State;

/** Reads an expression from left to right. */
class Parser {
  readonly #text: string;
  #at = 0;
  #states = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > MAX.length) throw new SyntaxError(`an expression of ${text.length} characters is too long`);
  }

  parse(): State {
    const whole = this.#either();
    if (this.#at < this.#text.length) this.#fail("a ) that closes nothing");
    return whole({ to: [], isMatch: true });
  }

  #either(): Part {
    const ways = [this.#sequence()];
    while (this.#take("|")) ways.push(this.#sequence());
    return (next) => this.#state({ to: ways.map((way) => way(next)) });
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at]!)) parts.push(this.#repeated());
    return (next) => parts.reduceRight((after, part) => part(after), next);
  }

  #repeated(): Part {
    let part = this.#one();
    for (;;) {
      const found = /^(?:([*+?])|\{(\d{1,4})(,(\d{1,4})?)?\})/.exec(this.#text.slice(this.#at));
      if (found === null) return part;
      this.#at += found[0].length;
      // How much it takes makes no difference to whether it matches.
      this.#take("?");
      const [, sign, least, comma, most] = found;
      const min = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
      const max = sign === "?" ? 1 : sign !== undefined || comma && !most ? Infinity : Number(most ?? least);
      if (min > max || Math.max(min, max === Infinity ? 0 : max) > MAX.repeats) this.#fail("a count that is too large");
      part = this.#times(part, min, max);
    }
  }

  #times(part: Part, min: number, max: number): Part {
    return (next) => {
      let after = next;
      if (max === Infinity) {
        const loop = this.#state({ to: [next] });
        loop.to.push(part(loop));
        after = loop;
      } else {
        for (let i = min; i < max; i++) after = this.#state({ to: [next, part(after)] });
      }
      for (let i = 0; i < min; i++) after = part(this.#state({ to: [after] }));
      return after;
    };
  }

  #one(): Part {
    const char = this.#text[this.#at++]!;
    if (char === "(") return this.#group();
    if (char === "[") return this.#taking(this.#class());
    if (char === ".") return this.#taking(() => true);
    if (char === "^") return (next) => this.#state({ to: [next], at: "isStart" });
    if (char === "$") return (next) => this.#state({ to: [next], at: "isEnd" });
    if ("*+?{".includes(char)) this.#fail(`a ${char} after nothing`);
    return this.#taking(char === "\\" ? this.#escaped() : (each) => each === char);
  }

  #group(): Part {
    if (this.#take("?") && !this.#take(":")) this.#fail("a group of a kind that is not supported");
    const inner = this.#either();
    if (!this.#take(")")) this.#fail("a ( that is not closed");
    return inner;
  }

  #class(): (char: string) => boolean {
    const isOther = this.#take("^");
    const tests: ((char: string) => boolean)[] = [];
    while (tests.length === 0 || this.#text[this.#at] !== "]") {
      const from = this.#text[this.#at++] ?? this.#fail("a [ that is not closed");
      if (from === "[" && this.#text[this.#at] === ":") this.#fail("a class with a name, which is not supported");
      const range = /^-([^\]\\])/.exec(this.#text.slice(this.#at));
      if (from === "\\") tests.push(this.#escaped());
      else if (range !== null) {
        const to = range[1]!;
        if (to < from) this.#fail(`a range from ${from} to ${to}`);
        this.#at += 2;
        tests.push((char) => char >= from && char <= to);
      } else tests.push((char) => char === from);
    }
    this.#at++;
    return (char) => tests.some((test) => test(char)) !== isOther;
  }

  #escaped(): (char: string) => boolean {
    const char = this.#text[this.#at++] ?? this.#fail("a \\ at the end");
    const known = ESCAPES[char.toLowerCase()];
    if (known !== undefined) return (each) => known.test(each) === (char === char.toLowerCase());
    if (/\w/.test(char)) this.#fail(`\\${char}, which is not supported`);
    return (each) => each === char;
  }

  #taking(takes: (char: string) => boolean): Part {
    return (next) => this.#state({ takes, to: [next] });
  }

  #state(state: State): State {
    if (++this.#states > MAX.states) throw new SyntaxError("an expression with so many repetitions is too large");
    return state;
  }

  #take(char: string): boolean {
    const isNext = this.#text[this.#at] === char;
    if (isNext) this.#at++;
    return isNext;
  }

  #fail(what: string): never {
    throw new SyntaxError(`character ${this.#at} of the expression: ${what}`);
  }
}

const ESCAPES: Readonly<Record<string, RegExp>> = { d: /\d/, w: /\w/, s: /\s/ };
