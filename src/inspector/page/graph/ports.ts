/** Where the arrows of a node begin and end, so that they do not lie on each other; and which is the first of its channel. */
export function portsOf(
  edges: readonly { readonly from: string; readonly to: string; readonly channel: string; readonly y: number }[],
) {
  const outputs = new Map<string, string[]>();
  // From above to below, as they come.
  const inputs = Map.groupBy(edges.toSorted((a, b) => a.y - b.y), ({ to }) => to);
  for (const { from, channel } of edges) {
    const known = outputs.get(from) ?? [];
    if (!known.includes(channel)) outputs.set(from, [...known, channel]);
  }
  const at = (i: number, count: number, most: number) => (i - (count - 1) / 2) * Math.min(most, 44 / count);
  const labelled = new Set<string>();
  return edges.map((edge) => {
    const { from, to, channel } = edge;
    const [channels, others] = [outputs.get(from)!, inputs.get(to)!];
    const key = JSON.stringify([from, channel]);
    const isFirst = !labelled.has(key);
    labelled.add(key);
    return {
      start: at(channels.indexOf(channel), channels.length, 30),
      end: at(others.indexOf(edge), others.length, 11),
      isFirst,
    };
  });
}
