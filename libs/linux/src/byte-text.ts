/**
 * Arguments, variables and paths of Linux are bytes without an encoding. In a string, each byte that is not
 * part of valid UTF-8 stands as the lone surrogate U+DC00 + byte (0xff: U+DCFF), as in Python's PEP 383, so
 * that nothing is lost.
 */

/** One well-formed sequence (Unicode 16, table 3-7) of more than one byte, or one byte; as Latin-1. */
const SEQUENCE =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** The string that stands for bytes. */
export const textOfBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .replace(SEQUENCE, (sequence) =>
      sequence.length > 1
        ? Buffer.from(sequence, "latin1").toString()
        : String.fromCharCode(0xdc00 + sequence.charCodeAt(0)),
    );

/** The bytes that a string stands for. */
export function bytesOfText(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 1 ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part),
    ),
  );
}
