import type { Moment } from "./dates.ts";
import type { Expression, ExpressionNode, FieldNode, Operator } from "./expression_tree.ts";
import { type CallContext, callFunction } from "./functions.ts";
import { toNumber, toText, truth, type XValue } from "./x_value.ts";

/** What an expression sees while it is evaluated. */
export interface Scope extends CallContext {
  /** The values of a field, one for each instance that is meant; texts as they are stored. */
  read(field: FieldNode): readonly string[];
  /** Which instance of its repeat a place is, from 1. */
  position(field: FieldNode | undefined): number;
  /** The label of a choice of a field. */
  choiceLabel(name: string, field: FieldNode): string;
}

/**
 * The value of an expression. Total: whatever the values are, there is an answer, `NaN` for what is no number.
 *
 * @throws {TinmanError} `TOO_LARGE` when it takes too much work, see `matchesPattern`.
 */
export function evaluate({ root }: Expression, scope: Scope): XValue {
  return value(root, scope);
}

function value(node: ExpressionNode, scope: Scope): XValue {
  switch (node.kind) {
    case "number":
    case "text":
      return node.value;
    case "ref":
    case "path":
      return scope.read(node);
    case "negate":
      return -toNumber(value(node.of, scope), scope.moment);
    case "binary":
      return binary(node.op, value(node.left, scope), node.right, scope);
    case "call":
      return call(node.name, node.args, scope);
  }
}

function call(name: string, args: readonly ExpressionNode[], scope: Scope): XValue {
  const last = args.at(-1);
  if (name === "position") return scope.position(last as FieldNode | undefined);
  if (name === "jr:choice-name") return scope.choiceLabel(toText(value(args[0]!, scope)), last as FieldNode);
  if (name === "if") return value(args[truth(value(args[0]!, scope)) ? 1 : 2]!, scope);
  return callFunction(name, args.map((each) => value(each, scope)), scope);
}

function binary(op: Operator, left: XValue, rightNode: ExpressionNode, scope: Scope): XValue {
  if (op === "and" && !truth(left)) return false;
  if (op === "or" && truth(left)) return true;
  const right = value(rightNode, scope);
  const { moment } = scope;
  switch (op) {
    case "and":
    case "or":
      return truth(right);
    case "|":
      return [...list(left), ...list(right)];
    case "=":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compare(op, left, right, moment);
  }
  const [a, b] = [toNumber(left, moment), toNumber(right, moment)];
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "div":
      return a / b;
    case "mod":
      return a % b;
  }
}

// XPath 1.0, section 3.4: a set of nodes compares true when one of its nodes does.
function compare(op: Operator, left: XValue, right: XValue, moment: Moment): boolean {
  const isSet = (side: XValue): side is readonly string[] => typeof side === "object";
  if (isSet(left) && typeof right === "boolean") return compare(op, truth(left), right, moment);
  if (isSet(right) && typeof left === "boolean") return compare(op, left, truth(right), moment);
  // A question without an answer is the empty text in ODK, not the empty set.
  const lefts = isSet(left) && left.length === 0 ? [""] : isSet(left) ? left : [left];
  const rights = isSet(right) && right.length === 0 ? [""] : isSet(right) ? right : [right];
  return lefts.some((a) => rights.some((b) => compareOne(op, a, b, moment)));
}

function compareOne(op: Operator, a: string | number | boolean, b: string | number | boolean, moment: Moment): boolean {
  if (op === "=" || op === "!=") {
    const equal = typeof a === "boolean" || typeof b === "boolean"
      ? truth(a) === truth(b)
      : typeof a === "number" || typeof b === "number"
      ? toNumber(a, moment) === toNumber(b, moment)
      : a === b;
    return equal === (op === "=");
  }
  const [x, y] = [toNumber(a, moment), toNumber(b, moment)];
  return op === "<" ? x < y : op === "<=" ? x <= y : op === ">" ? x > y : x >= y;
}

function list(side: XValue): readonly string[] {
  return typeof side === "object" ? side : [toText(side)];
}
