/** What is drawn: boxes, and arrows between them by their ids. */
export interface LayoutInput {
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** Where everything goes. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each node. */
  readonly nodes: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
  /** The points that each edge goes through, in the order of the edges. */
  readonly edges: readonly (readonly { readonly x: number; readonly y: number }[])[];
}

/** Space between two layers, where labels stand, and between two nodes of one. */
const [LAYER_GAP, NODE_GAP, MARGIN] = [120, 28, 16];
const SWEEPS = 8;

/** A node, or a place that a long edge goes through. */
interface Cell {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly layer: number;
  y: number;
}

/**
 * Layers from left to right (K. Sugiyama, S. Tagawa, M. Toda, 1981): edges that close a cycle are turned round, each node
 * stands behind all that it follows from, long edges get a place in each layer that they cross, and layers are ordered by the
 * middle of their neighbours. The same graph gives the same picture.
 */
export function layOut({ nodes, edges }: LayoutInput): Layout {
  const ids = new Set(nodes.map(({ id }) => id));
  const known = edges.map((edge) => ids.has(edge.from) && ids.has(edge.to) && edge.from !== edge.to);
  const turned = backEdges(nodes, edges.filter((_, i) => known[i]));
  const directed = edges.map((edge) =>
    turned.has(`${edge.from}\n${edge.to}`) ? { from: edge.to, to: edge.from } : edge
  );
  const layerOf = layers(nodes, directed.filter((_, i) => known[i]));
  const cells = new Map(
    nodes.map((node): [string, Cell] => [node.id, { ...node, layer: layerOf.get(node.id)!, y: 0 }]),
  );
  const links: { readonly from: Cell; readonly to: Cell }[] = [];
  const chains = directed.map((edge, i): Cell[] => {
    if (!known[i]) return [];
    const [first, last] = [cells.get(edge.from)!, cells.get(edge.to)!];
    const chain = [first];
    for (let layer = first.layer + 1; layer < last.layer; layer++) {
      const cell = { id: `${i}\n${layer}`, width: 0, height: 12, layer, y: 0 };
      cells.set(cell.id, cell);
      chain.push(cell);
    }
    chain.push(last);
    for (let j = 1; j < chain.length; j++) links.push({ from: chain[j - 1]!, to: chain[j]! });
    return turned.has(`${edges[i]!.from}\n${edges[i]!.to}`) ? chain.reverse() : chain;
  });
  const columns = order([...cells.values()], links);
  place(columns, links);
  const widths = columns.map((column) => Math.max(0, ...column.map(({ width }) => width)));
  const xs = widths.map((_, i) => MARGIN + widths.slice(0, i).reduce((sum, width) => sum + width + LAYER_GAP, 0));
  const top = Math.min(0, ...columns.flat().map(({ y }) => y));
  const xOf = ({ layer }: Cell) => xs[layer]!;
  const yOf = ({ y }: Cell) => y - top + MARGIN;
  return {
    width: (xs.at(-1) ?? 0) + (widths.at(-1) ?? 0) + MARGIN,
    height: Math.max(0, ...columns.flat().map((cell) => yOf(cell) + cell.height)) + MARGIN,
    nodes: new Map(nodes.map(({ id }) => [id, { x: xOf(cells.get(id)!), y: yOf(cells.get(id)!) }])),
    edges: chains.map((chain) =>
      chain.flatMap((cell, i) => {
        const y = yOf(cell) + cell.height / 2;
        const [left, right] = [xOf(cell), xOf(cell) + (cell.width === 0 ? widths[cell.layer]! : cell.width)];
        if (i === 0) return [{ x: chain[1]!.layer > cell.layer ? right : left, y }];
        if (i === chain.length - 1) return [{ x: chain[i - 1]!.layer < cell.layer ? left : right, y }];
        return chain[i - 1]!.layer < cell.layer ? [{ x: left, y }, { x: right, y }] : [{ x: right, y }, { x: left, y }];
      })
    ),
  };
}

/** Edges that lead back to where a walk has come from. */
function backEdges(nodes: LayoutInput["nodes"], edges: LayoutInput["edges"]): ReadonlySet<string> {
  const next = Map.groupBy(edges, ({ from }) => from);
  const state = new Map<string, "open" | "done">();
  const back = new Set<string>();
  // Without recursion: chains may be long.
  for (const { id } of nodes) {
    const stack: { id: string; at: number }[] = state.has(id) ? [] : [{ id, at: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      state.set(top.id, "open");
      const edge = next.get(top.id)?.[top.at++];
      if (edge === undefined) {
        state.set(top.id, "done");
        stack.pop();
      } else if (state.get(edge.to) === "open") back.add(`${edge.from}\n${edge.to}`);
      else if (!state.has(edge.to)) stack.push({ id: edge.to, at: 0 });
    }
  }
  return back;
}

/** The longest way from a beginning to each node; beginnings then move as close to what follows as they can. */
function layers(nodes: LayoutInput["nodes"], edges: LayoutInput["edges"]): Map<string, number> {
  const layer = new Map(nodes.map(({ id }) => [id, 0]));
  const [next, before] = [Map.groupBy(edges, ({ from }) => from), Map.groupBy(edges, ({ to }) => to)];
  const waiting = new Map(nodes.map(({ id }) => [id, before.get(id)?.length ?? 0]));
  const ready = nodes.map(({ id }) => id).filter((id) => waiting.get(id) === 0);
  for (const id of ready) {
    for (const { to } of next.get(id) ?? []) {
      layer.set(to, Math.max(layer.get(to)!, layer.get(id)! + 1));
      waiting.set(to, waiting.get(to)! - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
  }
  for (const { id } of nodes) {
    const followers = next.get(id) ?? [];
    if (before.has(id) || followers.length === 0) continue;
    layer.set(id, Math.min(...followers.map(({ to }) => layer.get(to)!)) - 1);
  }
  return layer;
}

type Links = readonly { readonly from: Cell; readonly to: Cell }[];

/** Orders each layer by the middle of its neighbours in the one beside it, forth and back. */
function order(cells: readonly Cell[], links: Links): Cell[][] {
  const columns: Cell[][] = [];
  for (const cell of cells) (columns[cell.layer] ??= []).push(cell);
  for (let i = 0; i < columns.length; i++) columns[i] ??= [];
  const [next, before] = [neighbours(links, "from", "to"), neighbours(links, "to", "from")];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forth = sweep % 2 === 0;
    const turn = forth ? columns : columns.toReversed();
    for (const column of turn) {
      const places = new Map(columns.flatMap((each) => each.map((cell, i) => [cell, i] as const)));
      const middle = new Map(column.map((cell) => {
        const beside = ((forth ? before : next).get(cell) ?? []).map((each) => places.get(each)!);
        return [cell, beside.length === 0 ? places.get(cell)! : beside.reduce((a, b) => a + b) / beside.length];
      }));
      column.sort((a, b) => middle.get(a)! - middle.get(b)!);
    }
  }
  return columns;
}

/** Heights: each cell near the middle of its neighbours, with room between those of a layer. */
function place(columns: readonly Cell[][], links: Links): void {
  const beside = neighbours([...links, ...links.map(({ from, to }) => ({ from: to, to: from }))], "from", "to");
  for (const column of columns) stack(column, new Map(column.map((cell, i) => [cell, i * 80])));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed()) {
      stack(
        column,
        new Map(column.map((cell) => {
          const ys = (beside.get(cell) ?? []).map(({ y, height }) => y + height / 2);
          return [cell, ys.length === 0 ? cell.y : ys.reduce((a, b) => a + b) / ys.length - cell.height / 2];
        })),
      );
    }
  }
}

/** Gives the cells of a layer the heights that they want, in their order; those that would overlap share what is off. */
function stack(column: readonly Cell[], wanted: ReadonlyMap<Cell, number>): void {
  let y = -Infinity;
  for (const cell of column) {
    cell.y = Math.max(wanted.get(cell)!, y);
    y = cell.y + cell.height + NODE_GAP;
  }
  const off = column.reduce((sum, cell) => sum + cell.y - wanted.get(cell)!, 0) / Math.max(1, column.length);
  for (const cell of column) cell.y -= off;
}

function neighbours(links: Links, of: "from" | "to", other: "from" | "to"): ReadonlyMap<Cell, readonly Cell[]> {
  const found = new Map<Cell, Cell[]>();
  for (const link of links) found.set(link[of], [...found.get(link[of]) ?? [], link[other]]);
  return found;
}
