/** What is frozen with all that is in it. */
const frozen = new WeakSet<object>();

/**
 * Freezes plain objects and lists, and those in them, so that who changes what an event carries is told at that line.
 * Bytes, maps and instances of classes stay as they are.
 */
export function freezeData(data: object): void {
  // Not recursive: a list may be nested deeper than the stack is.
  const waiting: object[] = [data];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (frozen.has(each) || !isPlain(each)) continue;
    frozen.add(Object.freeze(each));
    for (const value of Object.values(each)) {
      if (typeof value === "object" && value !== null) waiting.push(value);
    }
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
