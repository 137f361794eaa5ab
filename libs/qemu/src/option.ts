import { QemuError } from "./error.ts";

/** One `key=value` of a QEMU option; a `[key]` alone is the implied first value (`virtio-9p-pci`). */
export type OptionPart = readonly [key: string, value: string] | readonly [implied: string];

/**
 * Escapes a value for QEMU's two option parsers, QemuOpts (-device, -chardev, -fsdev) and keyval
 * (-object, -machine). Both end a value at a comma and read `,,` as one; nothing else is special
 * (util/qemu-option.c get_opt_value, util/keyval.c): quotes, colons, spaces, equal signs and
 * newlines stand for themselves. Throws for NUL, which no argument of a process can hold.
 */
export function optionValue(text: string): string {
  if (text.includes("\0")) {
    throw new QemuError("bad-value", `${JSON.stringify(text)} holds a NUL character; remove it`);
  }
  return text.replaceAll(",", ",,");
}

/** Joins parts, in their order, into one escaped QEMU option. */
export function option(...parts: readonly OptionPart[]): string {
  return parts
    .map((part) =>
      part.length === 1 ? optionValue(part[0]) : `${part[0]}=${optionValue(part[1])}`,
    )
    .join(",");
}

/** Spells a boolean as QEMU does; the short forms `share` and `noshare` are deprecated since 6.0. */
export const onOff = (value: boolean): "on" | "off" => (value ? "on" : "off");
