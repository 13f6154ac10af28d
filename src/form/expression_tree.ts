/** One part of an expression, as data. */
export type ExpressionNode =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | FieldNode
  | { readonly kind: "call"; readonly name: string; readonly args: readonly ExpressionNode[] }
  | { readonly kind: "binary"; readonly op: Operator; readonly left: ExpressionNode; readonly right: ExpressionNode }
  | { readonly kind: "negate"; readonly of: ExpressionNode };

/** What names fields: `${age}`, or a path: `.`, `../age`, `/data/age`. */
export type FieldNode =
  | { readonly kind: "ref"; readonly name: string; readonly at: number }
  | { readonly kind: "path"; readonly from: "root" | "here"; readonly steps: readonly string[]; readonly at: number };

/** What stands between two parts. */
export type Operator = "or" | "and" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "div" | "mod" | "|";

/** An expression of a form that was read once. */
export interface Expression {
  readonly source: string;
  readonly root: ExpressionNode;
  /** Every field that it names. */
  readonly fields: readonly FieldNode[];
  /** What in it tinman does not serve; with such an expression nothing is decided. */
  readonly unserved: readonly string[];
  /** How many levels its tree has. */
  readonly depth: number;
}

/** How many levels a tree has. */
export function depthOf(node: ExpressionNode): number {
  switch (node.kind) {
    case "negate":
      return 1 + depthOf(node.of);
    case "binary":
      return 1 + Math.max(depthOf(node.left), depthOf(node.right));
    case "call":
      return 1 + node.args.reduce((most, each) => Math.max(most, depthOf(each)), 0);
    default:
      return 1;
  }
}
