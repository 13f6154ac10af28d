/** The symbol for "a character follows as it is", for characters that the training did not have. */
export const ESCAPE = -1;

/** Longest code: with the seven bits that can be waiting it still fits into 32 bits. */
const MAX_BITS = 24;

/**
 * A canonical Huffman code (Huffman 1952; canonical as in RFC 1951 §3.2.2): at index i the symbols with codes of i + 1
 * bits, in the order of their codes. A symbol is a code point or {@linkcode ESCAPE}.
 */
export type HuffmanCode = readonly (readonly number[])[];

/** The best code for characters as frequent as in `text`, with one escape. */
export function trainCode(text: string): HuffmanCode {
  const counts = new Map<number, number>([[ESCAPE, 1]]);
  for (const character of text) {
    const symbol = character.codePointAt(0)!;
    counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  }
  let leaves = [...counts].map(([symbol, weight]) => ({ symbol, weight }));
  let lengths = codeLengths(leaves);
  // Flatter weights give shorter codes; only a text of hundreds of thousands of characters can need it.
  while (lengths.values().some((length) => length > MAX_BITS)) {
    leaves = leaves.map(({ symbol, weight }) => ({ symbol, weight: Math.ceil(weight / 2) }));
    lengths = codeLengths(leaves);
  }
  const code: number[][] = [];
  for (const [symbol, length] of [...lengths].sort(([a], [b]) => a - b)) {
    while (code.length < length) code.push([]);
    code[length - 1]!.push(symbol);
  }
  return code;
}

/** Throws a `TypeError` unless `value` is a code in which each sequence of bits has at most one meaning. */
export function checkCode(value: unknown): HuffmanCode {
  if (!Array.isArray(value) || value.length > MAX_BITS || !value.every(Array.isArray)) {
    throw new TypeError(`the code is not an array of at most ${MAX_BITS} arrays of symbols`);
  }
  const seen = new Set<unknown>();
  let room = 1;
  for (const [i, symbols] of (value as unknown[][]).entries()) {
    room -= symbols.length / 2 ** (i + 1);
    for (const symbol of symbols) {
      const isSymbol = Number.isInteger(symbol) && symbol as number >= ESCAPE && symbol as number <= 0x10ffff;
      if (!isSymbol || seen.has(symbol)) {
        throw new TypeError("the code has a symbol twice, or one that is no character");
      }
      seen.add(symbol);
    }
  }
  // Kraft's inequality.
  if (room < 0) throw new TypeError("the code has more symbols than its lengths allow");
  if (!seen.has(ESCAPE)) throw new TypeError("the code has no escape");
  return value as HuffmanCode;
}

interface Leaf {
  readonly symbol: number;
  readonly weight: number;
}

interface Tree {
  readonly weight: number;
  readonly symbol?: number;
  readonly children?: readonly [Tree, Tree];
}

// Sorted leaves and a queue of inner nodes, which come out sorted by themselves (van Leeuwen 1976).
function codeLengths(leaves: readonly Leaf[]): Map<number, number> {
  const sorted: Tree[] = leaves.toSorted((a, b) => a.weight - b.weight || a.symbol - b.symbol);
  const inner: Tree[] = [];
  let leaf = 0;
  let next = 0;
  const take = (): Tree => {
    const isLeaf = next === inner.length || (leaf < sorted.length && sorted[leaf]!.weight <= inner[next]!.weight);
    return isLeaf ? sorted[leaf++]! : inner[next++]!;
  };
  while (sorted.length - leaf + inner.length - next > 1) {
    const children = [take(), take()] as const;
    inner.push({ weight: children[0].weight + children[1].weight, children });
  }
  const lengths = new Map<number, number>();
  const waiting: [Tree, number][] = [[take(), 0]];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const [{ symbol, children }, depth] = item;
    // A tree of one leaf still needs a bit.
    if (symbol !== undefined) lengths.set(symbol, Math.max(1, depth));
    for (const child of children ?? []) waiting.push([child, depth + 1]);
  }
  return lengths;
}
