// The other end of what worker.ts measures of messages: gives back whatever comes.
const scope = globalThis as unknown as Worker;
scope.onmessage = ({ data }) => scope.postMessage(data);
