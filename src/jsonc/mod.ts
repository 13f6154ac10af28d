/**
 * Configurations as people write them: JSON with comments, and all that is wrong with one at once, each with its place.
 *
 * @module
 */
export { type JsoncMember, type JsoncNode, type JsoncOptions, parseJsonc } from "./jsonc.ts";
export { editJsonc } from "./jsonc_edit.ts";
export { join, Problems, type TextRules } from "./problems.ts";
