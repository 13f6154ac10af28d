/** Why `topic` cannot be published to, if it cannot. */
export function topicProblem(topic: string): string | undefined {
  if (/[+#]/.test(topic)) return "it has + or # in it";
  return nameProblem(topic);
}

/** Why `filter` cannot be subscribed to, if it cannot. `+` stands for one level, `#` at the end for all that follow. */
export function filterProblem(filter: string): string | undefined {
  const levels = filter.split("/");
  if (levels.some((level) => level.includes("+") && level !== "+")) return "+ stands beside other characters";
  if (levels.some((level, i) => level.includes("#") && (level !== "#" || i < levels.length - 1))) {
    return "# is not a level of its own at the end";
  }
  return nameProblem(filter);
}

function nameProblem(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.includes("\0")) return "it has a zero character in it";
  return new TextEncoder().encode(name).length > 65_535 ? "it is longer than 65535 bytes" : undefined;
}
