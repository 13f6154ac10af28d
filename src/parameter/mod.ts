/**
 * What stages and nodes of plugins can be configured with: declared once, and then checked, listed and put into a schema.
 *
 * @module
 */
export { readParameter } from "./declare.ts";
export { mayBeMissing, type Parameter, PARAMETER_TYPES, type Parameters, type ParameterType } from "./parameter.ts";
export { MAX_NUMBERS, parameterProblem, readParameters } from "./read.ts";
export { parameterSchema, parametersSchema, type Schema } from "./schema.ts";
