import type { Arch } from "../host/machine-size.ts";
import { didYouMean } from "./nearest.ts";
import { quoted, UserError } from "./user-error.ts";

const yes = ["true", "1", "t", "yes", "on"];
const no = ["false", "0", "f", "no", "off"];

/** @param name what a sentence calls the value, such as "--sudo" */
export function parseBoolean(text: string, name: string): boolean {
  const word = text.toLowerCase();
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  throw new UserError("bad-value", `${name} ${quoted(text)} is neither true nor false`);
}

/** One of a few words, as written. */
export function parseChoice<Choice extends string>(
  text: string,
  name: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const all = `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
  throw new UserError(
    "bad-value",
    `${name} ${quoted(text)} is not known${didYouMean(text, choices, `write ${all}`, quoted)}`,
  );
}

/** An architecture by Go's and Debian's name, or by the kernel's. */
export function parseArch(text: string, name: string): Arch {
  if (text === "x86_64") return "amd64";
  if (text === "aarch64") return "arm64";
  return parseChoice(text, name, ["amd64", "arm64"] as const);
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A time in milliseconds: parts such as 1h30m, 1.5s or 500ms, or a plain number of seconds as timeout(1) takes
 * it. Zero is a value; the caller decides what it means.
 */
export function parseDuration(text: string, name: string): number {
  const bad = (why: string) =>
    new UserError(
      "bad-value",
      `${name} ${quoted(text)} ${why}; write for example 30s, 1m30s or 2h`,
    );
  if (/^\d+(\.\d+)?$/.test(text)) return rounded(Number(text) * 1000, bad);
  if (text.startsWith("-")) throw bad("is less than no time");
  const parts = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)
    ? [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
    : [];
  if (parts.length === 0) throw bad("is no time");
  return rounded(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ""] ?? 0), 0),
    bad,
  );
}

function rounded(ms: number, bad: (why: string) => UserError): number {
  if (!Number.isSafeInteger(Math.ceil(ms))) throw bad("is too long");
  return Math.ceil(ms);
}

/** setTimeout takes 31 bits of milliseconds and fires at once when given more. */
const longestTimeoutMs = 24 * 86_400_000;

/** A limit in milliseconds; undefined for 0, which means no limit. */
export function parseTimeout(text: string, name: string): number | undefined {
  const ms = parseDuration(text, name);
  if (ms > longestTimeoutMs) {
    throw new UserError(
      "bad-value",
      `${name} ${quoted(text)} is longer than the 24 days that vimto can wait; write 0 for no limit`,
    );
  }
  return ms === 0 ? undefined : ms;
}

/** The URL of an archive's mirror, without a slash at its end. */
export function parseMirror(text: string, name: string): string {
  if (/^https?:\/\/[^\s/]+/.test(text)) return text.replace(/\/+$/, "");
  throw new UserError(
    "bad-value",
    `${name} ${quoted(text)} is no URL of a mirror; write for example http://deb.debian.org/debian`,
  );
}

export const defaultGdbPort = 1234;

/** The port of --gdb: true for the usual one, undefined for false. */
export function parsePort(text: string, name: string): number | undefined {
  if (text === "true") return defaultGdbPort;
  if (text === "false") return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UserError(
    "bad-value",
    `${name} ${quoted(text)} is no port; write a number from 1 to 65535, or ${name} alone for ${defaultGdbPort}`,
  );
}
