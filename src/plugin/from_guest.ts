import type { FromGuest } from "./protocol.ts";

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText: Check = (value) => typeof value === "string";
const isList: Check = Array.isArray;
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isBytes: Check = (value) => value instanceof Uint8Array;
const isError: Check = (value) => isObject(value) && isText((value as Error).name) && isText((value as Error).message);
const isLevel: Check = (value) => ["debug", "info", "warn", "error"].includes(value as string);
const isReady: Check = (value) => {
  const { nodes, stages, codecs, transports } = value as Record<string, unknown>;
  return isListOf(nodes, isText) && isListOf(stages, isText) && isObject(codecs) &&
    Object.values(codecs as object).every(isNumber) &&
    isListOf(transports, isText);
};
const isResult: Check = (value) =>
  Array.isArray(value) && (value[0] === true ? value.length === 2 : value[0] === false && isError(value[1]));

const calls: Readonly<Record<string, readonly Check[]>> = {
  sleep: [(value) => typeof value === "number"],
  openLink: [isText],
  readLink: [isNumber],
  sendLink: [isNumber, isBytes],
  closeLink: [isNumber],
  consume: [isText, isObject],
  produce: [isText],
  readQueue: [isNumber],
  sendQueue: [isNumber, isList],
  closeQueue: [isNumber],
};
const isCall: Check = (value) => isTagged(value, calls);

const messages: Readonly<Record<string, readonly Check[]>> = {
  ready: [(value) => isObject(value) && isReady(value)],
  broken: [isError],
  values: [isNumber, isText, isList],
  took: [isNumber, isText, isNumber],
  idle: [isNumber],
  done: [isNumber],
  failed: [isNumber, isError],
  coded: [isNumber, (value) => isListOf(value, isResult)],
  staged: [isNumber, isResult],
  linked: [isNumber, isResult],
  log: [isNumber, isLevel, isText],
  call: [isNumber, isNumber, isCall],
};

/** Whether something that came out of a guest is a message. What comes from there may be made by anybody. */
export function isFromGuest(value: unknown): value is FromGuest {
  return isTagged(value, messages);
}

function isTagged(value: unknown, kinds: Readonly<Record<string, readonly Check[]>>): boolean {
  if (!Array.isArray(value) || typeof value[0] !== "string" || !Object.hasOwn(kinds, value[0])) return false;
  const checks = kinds[value[0]]!;
  return value.length === checks.length + 1 && checks.every((check, i) => check(value[i + 1]));
}

function isListOf(value: unknown, check: Check): boolean {
  return Array.isArray(value) && value.every(check);
}
