import type { HostLimits } from "../host/machine-size.ts";
import { quoted, UserError } from "./user-error.ts";

const mebibyte = 1024 * 1024;

/** Half of what an emulated processor can address (40 bits), as devices need addresses too. */
const MOST_BYTES = 512 * 1024 * mebibyte;

/** What vimto, QEMU and the kernel of a guest use besides the command's memory, measured without KVM. */
export const MACHINE_BYTES = 176 * mebibyte;

/** The least that the command has by default where memory is short. */
const LEAST_BYTES = 32 * mebibyte;

/**
 * What the command may use by default: `usual`, or less where a control group's limit on memory has no room for
 * it.
 *
 * @param usual such as "128M"
 */
export function usualMemory(usual: string, { memoryBytes, limited }: HostLimits): string {
  if (!limited) return usual;
  const room = Math.max(memoryBytes - MACHINE_BYTES, LEAST_BYTES);
  const wanted = sizeInBytes(usual, mebibyte) ?? 0;
  return room >= wanted ? usual : `${Math.floor(room / mebibyte)}M`;
}

/** QEMU's suffixes: powers of 1024, in either case (qemu_strtosz in util/cutils.c). */
const suffixes = ["B", "K", "M", "G", "T", "P", "E"];

/**
 * What the command may use, in bytes, a whole number of MiB. Written as QEMU's -m takes it: a number
 * with a suffix, a number of MiB without, either also after `size=`.
 *
 * @param name what a sentence calls the value, such as "--memory"
 * @param hostBytes the memory of the host; a guest may have more, which counts as far as it is used
 * @throws UserError bad-value for no size, zero, less than 1M or more than a machine can have
 */
export function parseMemory(text: string, name: string, hostBytes: number): number {
  const bad = (why: string) => new UserError("bad-value", `${name} ${quoted(text)} ${why}`);
  const [first = "", ...others] = text.split(",");
  const extra = others.find((part) => part !== "");
  if (extra !== undefined) throw bad(`has ${quoted(extra)} besides the size; write the size alone`);
  const bytes = sizeInBytes(first.replace(/^size=/, ""), mebibyte);
  if (bytes === undefined) throw bad("is not a size; write 512M, 1G or a number of MiB");
  if (bytes <= 0) throw bad("leaves the command no memory; write 128M or more");
  if (bytes < mebibyte) throw bad("is less than 1M; write 128M or more");
  const most = Math.max(hostBytes, MOST_BYTES);
  if (bytes > most)
    throw bad(`is more than the ${showSize(most)} that a machine can have; write less`);
  return Math.ceil(bytes / mebibyte) * mebibyte;
}

/** A size in bytes with a suffix, such as 10G; a plain number is bytes. */
export function parseSize(text: string, name: string): number {
  const bytes = sizeInBytes(text, 1);
  if (bytes !== undefined && bytes >= 0 && Number.isSafeInteger(bytes)) return bytes;
  throw new UserError("bad-value", `${name} ${quoted(text)} is not a size; write for example 10G`);
}

function sizeInBytes(text: string, plainUnit: number): number | undefined {
  const [, digits, suffix = ""] = /^(-?\d+(?:\.\d+)?)([a-z]?)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const power = suffix === "" ? 0 : suffixes.indexOf(suffix.toUpperCase());
  if (power < 0) return undefined;
  const unit = suffix === "" ? plainUnit : 1024 ** power;
  return Math.ceil(Number(digits) * unit);
}

/** A size as people say it: at most one digit after the point, rounded down. */
export function showSize(bytes: number): string {
  let power = 0;
  while (power < suffixes.length - 1 && bytes >= 1024 ** (power + 1)) power++;
  return `${Math.floor((bytes / 1024 ** power) * 10) / 10}${suffixes[power]}`;
}
