/**
 * Plugins as tinman holds them: what they ask for, what they are granted, the very bytes they run from, and where they
 * run. Who writes a plugin needs `tinman/plugin` alone.
 *
 * @module
 */
export * from "./plugin.ts";
