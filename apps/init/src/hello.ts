import { at, type Builder, type Value } from "@vimto/asm";
import { FRAME } from "./records.ts";
import { writeAll } from "./roles/common.ts";
import { append, LONGEST } from "./text.ts";

/** Offset of `release` in struct utsname (include/uapi/linux/utsname.h: members of 65 bytes). */
const UTS_RELEASE = 2 * 65;
const UTS_SIZE = 6 * 65;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/**
 * Sends hello, the first frame, whose JSON says what this guest is: `fields` are those that are known when
 * guest init is compiled. Nothing in it differs between clones.
 */
export function sayHello(
  p: Builder,
  port: Value,
  fields: Readonly<Record<string, string | number>>,
  failed: () => void,
): void {
  const names = p.buffer(UTS_SIZE);
  const frame = p.buffer(FRAME.header + LONGEST);
  const json = at(frame, FRAME.header);
  const length = p.variable();
  p.syscall("uname", names);
  plain(p, at(names, UTS_RELEASE));
  p.set(length, 0);
  append(p, json, length, p.text(`${JSON.stringify(fields).slice(0, -1)},"release":"`));
  append(p, json, length, at(names, UTS_RELEASE));
  append(p, json, length, p.text('"}'));
  p.store(4, frame, length);
  p.store(1, at(frame, 4), FRAME.control);
  p.math(length, length, "add", FRAME.header);
  writeAll(p, port, frame, length, failed);
}

/** A release is any text: a character that JSON must quote becomes a question mark. */
function plain(p: Builder, text: Value): void {
  const place = p.variable();
  const byte = p.variable();
  p.set(place, text);
  p.loop((jumpOut) => {
    p.load(byte, 1, place);
    p.when(byte, "==", 0, jumpOut);
    const replace = () => p.store(1, place, "?".charCodeAt(0));
    p.when(byte, "<", 0x20, replace);
    p.when(byte, ">", 0x7e, replace);
    p.when(byte, "==", QUOTE, replace);
    p.when(byte, "==", BACKSLASH, replace);
    p.math(place, place, "add", 1);
  });
}
