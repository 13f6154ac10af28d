import type { Result, Row, Spread } from "./harness.ts";

/** The results as a Markdown table, which a terminal shows as well. */
export function formatTable(results: readonly Result[]): string {
  const head = ["work", "tinman", "peer", "ratio", "floor", "met"];
  const rows = results.map(({ row, ours, peer, ratio, margin }) => [
    row.work,
    formatSpread(ours, row),
    peer === undefined ? row.cited ?? "" : `${row.peer}: ${formatSpread(peer, row)}`,
    ratio === undefined ? "" : `${formatNumber(ratio)}×`,
    formatFloor(row),
    margin === undefined
      ? ""
      : `${margin >= 0 ? "yes" : "**no**"} (${margin >= 0 ? "+" : "−"}${formatPercent(margin)})`,
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function formatSpread({ median, min, max }: Spread, row: Row): string {
  return `${formatValue(median, row)} (${formatValue(min, row)} … ${formatValue(max, row)})`;
}

function formatFloor(row: Row): string {
  const { floor } = row;
  if (floor === undefined) return "";
  if ("ratio" in floor) return `≥ ${formatNumber(floor.ratio)}×`;
  return "atLeast" in floor ? `≥ ${formatValue(floor.atLeast, row)}` : `≤ ${formatValue(floor.atMost, row)}`;
}

function formatValue(value: number, { unit }: Row): string {
  if (unit === "MB") return `${formatNumber(value)} MB`;
  if (unit === "bytes") return `${formatNumber(value)} B`;
  if (unit === "ms") return value < 0.1 ? `${formatNumber(value * 1000)} µs` : `${formatNumber(value)} ms`;
  if (value >= 1e6) return `${formatNumber(value / 1e6)} M/s`;
  return value >= 1e3 ? `${formatNumber(value / 1e3)} k/s` : `${formatNumber(value)} /s`;
}

/** Three digits are what such a measurement can say. */
function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

function formatPercent(margin: number): string {
  return margin >= 9 ? `${formatNumber(margin + 1)}×` : `${Math.round(Math.abs(margin) * 100)} %`;
}
