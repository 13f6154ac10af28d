/** `--grant`, the same for every command that runs a plugin by itself. */
export const grantFlag = {
  type: "each",
  value: "CAP[=VALUE,…]",
  summary: "Allow this for this once; as tinman plugin grant takes it",
} as const;
