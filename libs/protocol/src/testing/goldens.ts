import type { Frame } from "../decode.ts";
import { encodeClose, encodeControl, encodeCredit, encodeData, encodeEof } from "../encode.ts";

export type Golden = {
  /** The words that stand beside the bytes in docs/wire.md. */
  readonly name: string;
  readonly header: readonly number[];
  readonly payload: readonly number[];
  readonly frame: Frame;
  /** Makes the same bytes. */
  readonly encode: () => Uint8Array;
};

const utf8 = (text: string) => new TextEncoder().encode(text);

const end = { kind: "end" } as const;
const note = { kind: "note", level: "warn", text: "é" } as const;

/**
 * Written by hand from the tables of docs/wire.md, not printed by the encoder; the JSON payloads
 * are what `printf '{"kind":"end"}' | od -An -tx1` and the like print.
 */
export const goldens: readonly Golden[] = [
  {
    name: "the host asks the guest to finish",
    header: [0x0e, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00],
    payload: [0x7b, 0x22, 0x6b, 0x69, 0x6e, 0x64, 0x22, 0x3a, 0x22, 0x65, 0x6e, 0x64, 0x22, 0x7d],
    frame: { kind: "control", json: end },
    encode: () => encodeControl(end),
  },
  {
    name: "a note of guest init, with a letter of two bytes",
    header: [0x2a, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00],
    payload: [
      0x7b, 0x22, 0x6b, 0x69, 0x6e, 0x64, 0x22, 0x3a, 0x22, 0x6e, 0x6f, 0x74, 0x65, 0x22, 0x2c,
      0x22, 0x6c, 0x65, 0x76, 0x65, 0x6c, 0x22, 0x3a, 0x22, 0x77, 0x61, 0x72, 0x6e, 0x22, 0x2c,
      0x22, 0x74, 0x65, 0x78, 0x74, 0x22, 0x3a, 0x22, 0xc3, 0xa9, 0x22, 0x7d,
    ],
    frame: { kind: "control", json: note },
    encode: () => encodeControl(note),
  },
  {
    name: "two bytes of stdin, 0x00 and 0xff",
    header: [0x02, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00],
    payload: [0x00, 0xff],
    frame: { kind: "data", stream: "stdin", bytes: Uint8Array.of(0, 255) },
    encode: () => encodeData("stdin", Uint8Array.of(0, 255)),
  },
  {
    name: '"hi\\n" on stdout',
    header: [0x03, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00],
    payload: [0x68, 0x69, 0x0a],
    frame: { kind: "data", stream: "stdout", bytes: utf8("hi\n") },
    encode: () => encodeData("stdout", utf8("hi\n")),
  },
  {
    name: '"!" on stderr',
    header: [0x01, 0x00, 0x00, 0x00, 0x02, 0x03, 0x00, 0x00],
    payload: [0x21],
    frame: { kind: "data", stream: "stderr", bytes: utf8("!") },
    encode: () => encodeData("stderr", utf8("!")),
  },
  {
    name: "the escape key on the terminal",
    header: [0x01, 0x00, 0x00, 0x00, 0x02, 0x04, 0x00, 0x00],
    payload: [0x1b],
    frame: { kind: "data", stream: "tty", bytes: Uint8Array.of(27) },
    encode: () => encodeData("tty", Uint8Array.of(27)),
  },
  {
    name: "the host has no more stdin",
    header: [0x00, 0x00, 0x00, 0x00, 0x03, 0x01, 0x00, 0x00],
    payload: [],
    frame: { kind: "eof", stream: "stdin" },
    encode: () => encodeEof("stdin"),
  },
  {
    name: "the host allows 1 MiB (0x00100000) more of stdout",
    header: [0x04, 0x00, 0x00, 0x00, 0x04, 0x02, 0x00, 0x00],
    payload: [0x00, 0x00, 0x10, 0x00],
    frame: { kind: "credit", stream: "stdout", bytes: 1048576 },
    encode: () => encodeCredit("stdout", 1048576),
  },
  {
    name: "the guest allows 0x01020304 bytes more of stdin",
    header: [0x04, 0x00, 0x00, 0x00, 0x04, 0x01, 0x00, 0x00],
    payload: [0x04, 0x03, 0x02, 0x01],
    frame: { kind: "credit", stream: "stdin", bytes: 16909060 },
    encode: () => encodeCredit("stdin", 16909060),
  },
  {
    name: "the host wants no more stdout",
    header: [0x00, 0x00, 0x00, 0x00, 0x05, 0x02, 0x00, 0x00],
    payload: [],
    frame: { kind: "close", stream: "stdout" },
    encode: () => encodeClose("stdout"),
  },
];

export const bytesOf = (golden: Golden): Uint8Array =>
  Uint8Array.from([...golden.header, ...golden.payload]);
