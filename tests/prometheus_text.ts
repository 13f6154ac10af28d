/** One series: its name, its labels, its value. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric with all its series. */
export interface ParsedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly series: readonly Series[];
}

/**
 * Reads Prometheus' text format 0.0.4, and refuses whatever a scraper may refuse: names, escapes, numbers, the order of
 * lines, metrics and series that come twice, histograms whose buckets do not add up.
 */
export function parsePrometheus(text: string): ParsedMetric[] {
  if (!text.endsWith("\n")) throw wrong("the last line does not end", text.slice(-80));
  const metrics: ParsedMetric[] = [];
  const seen = new Set<string>();
  let open: { name: string; help: string; type: string; series: Series[] } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (seen.has(name)) throw wrong("a metric comes twice", line);
      if (/\\(?![\\n])/.test(rest.replaceAll("\\\\", ""))) throw wrong("an escape that there is not", line);
      seen.add(name);
      metrics.push(open = { name, help: rest, type: "", series: [] });
    } else if (kind === "TYPE") {
      if (open?.name !== name || open.type !== "" || open.series.length > 0) throw wrong("TYPE out of its place", line);
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw wrong("no type", line);
      open.type = rest;
    } else {
      const series = parseSeries(line);
      if (open === undefined || open.type === "" || !isOf(open, series)) throw wrong("it belongs to no metric", line);
      const key = JSON.stringify([series.name, Object.entries(series.labels).sort()]);
      if (seen.has(key)) throw wrong("a series comes twice", line);
      seen.add(key);
      open.series.push(series);
    }
  }
  metrics.filter(({ type }) => type === "histogram").forEach(checkHistogram);
  return metrics;
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/y;

function parseSeries(line: string): Series {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw wrong("no name", line);
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === "{") {
    do {
      LABEL.lastIndex = ++at;
      const found = LABEL.exec(line);
      if (found === null || found[1]! in labels) throw wrong(`no label at ${at}`, line);
      labels[found[1]!] = found[2]!.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
      at = LABEL.lastIndex;
    } while (line[at] === ",");
    if (line[at++] !== "}") throw wrong(`no } at ${at}`, line);
  }
  const number = /^ ([+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|Inf)|NaN)$/.exec(line.slice(at))?.[1];
  if (number === undefined) throw wrong("no number", line);
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

function isOf({ name, type }: { name: string; type: string }, series: Series): boolean {
  if (type !== "histogram") return series.name === name && !("le" in series.labels);
  return /^_(bucket|sum|count)$/.test(series.name.slice(name.length)) && series.name.startsWith(name) &&
    ("le" in series.labels) === series.name.endsWith("_bucket");
}

function checkHistogram({ name, series }: ParsedMetric): void {
  const groups = Map.groupBy(series, ({ labels: { le: _, ...own } }) => JSON.stringify(Object.entries(own).sort()));
  for (const [labels, all] of groups) {
    const value = (ending: string) => all.filter((each) => each.name === name + ending).map(({ value }) => value);
    const buckets = all.filter((each) => each.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le } }) => Number(le!.replace("Inf", "Infinity")));
    const counts = value("_bucket");
    const grow = (values: number[]) => values.every((each, i) => i === 0 || each >= values[i - 1]!);
    const [count] = value("_count");
    if (bounds.at(-1) !== Infinity || !grow(bounds) || !grow(counts) || counts.at(-1) !== count) {
      throw wrong("buckets that do not add up", `${name} ${labels}`);
    }
    if (value("_sum").length !== 1 || value("_count").length !== 1) throw wrong("no sum or count", `${name} ${labels}`);
  }
}

function wrong(what: string, line: string): Error {
  return new Error(`Cannot read metrics: ${what}: ${line}`);
}
