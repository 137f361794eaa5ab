export { parseSession, type Session } from "./parse.ts";
export { runSession, type SessionOptions } from "./run.ts";
