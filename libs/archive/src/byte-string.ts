/**
 * File names as they are on Linux: bytes without an encoding. A byte string has one character, 0 to
 * 255, for each byte, so that names compare, split and sort as text and come back unharmed.
 */
export type ByteString = string;

export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

export function fromText(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The bytes, as node:fs takes them for a path. */
export function toPath(name: ByteString): Buffer {
  return Buffer.from(name, "latin1");
}

/** For messages: as UTF-8 where valid, without control characters. */
export function shown(name: ByteString): string {
  const text = toPath(name)
    .toString("utf8")
    .replace(/\p{Cc}/gu, "?");
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
