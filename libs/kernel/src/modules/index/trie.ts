/** A name of an index, with what it leads to. */
export interface IndexEntry {
  /** Latin-1, each character of it from 1 to 127. */
  readonly key: string;
  readonly value: string;
  /** The module's place in modules.order; the values of a key are in this order. */
  readonly priority: number;
}

const MAGIC = 0xb007f457;
const VERSION = 0x0002_0001;

/** Bits of a node's offset that say which parts the node has, in the order of the parts. */
const PREFIX = 0x8000_0000;
const VALUES = 0x4000_0000;
const CHILDREN = 0x2000_0000;

/** Offsets have 28 bits. */
const LARGEST = 0x0fff_ffff;

/**
 * The bytes of an index that kmod maps into memory and searches (kmod's libkmod/libkmod-index.c, version 2.1):
 * a trie, each node behind its children, all numbers big-endian.
 *
 *     file      magic, version, offset of the root
 *     node      prefix NUL?  (first, last, offset of each child from first to last)?  (count, values)?
 *     value     priority, text, NUL
 *
 * An offset of 0 means a missing child.
 */
export function trieBytes(entries: readonly IndexEntry[]): Uint8Array {
  const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const writer = new Writer();
  writer.u32(MAGIC);
  writer.u32(VERSION);
  writer.u32(0);
  // The root has no prefix, even where all keys begin alike.
  const root = writeNode(writer, sorted, 0, sorted.length, 0, 0);
  return writer.finish(8, root);
}

/** Writes the node of the sorted entries from `start` to `end`, which share `at` + `prefix` characters. */
function writeNode(
  writer: Writer,
  sorted: readonly IndexEntry[],
  start: number,
  end: number,
  at: number,
  prefix: number,
): number {
  const here = at + prefix;
  let next = start;
  while (next < end && keyAt(sorted, next).length === here) next++;
  const values = sorted.slice(start, next);
  const children = new Map<number, number>();
  while (next < end) {
    const first = keyAt(sorted, next);
    const code = first.charCodeAt(here);
    let last = next + 1;
    while (last < end && keyAt(sorted, last).charCodeAt(here) === code) last++;
    const shared = commonLength(first, keyAt(sorted, last - 1), here + 1);
    children.set(code, writeNode(writer, sorted, next, last, here + 1, shared - here - 1));
    next = last;
  }
  return writer.node(sorted[start]?.key.slice(at, here) ?? "", children, values);
}

const keyAt = (sorted: readonly IndexEntry[], index: number): string => sorted[index]?.key ?? "";

function commonLength(a: string, b: string, from: number): number {
  let length = from;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

class Writer {
  #bytes = Buffer.alloc(1 << 16);
  #length = 0;

  u32(value: number): void {
    this.#room(4);
    this.#length = this.#bytes.writeUInt32BE(value, this.#length);
  }

  node(
    prefix: string,
    children: ReadonlyMap<number, number>,
    values: readonly IndexEntry[],
  ): number {
    const offset = this.#length;
    if (offset > LARGEST) throw new RangeError("an index of modules is larger than 256 MiB");
    let flags = 0;
    if (prefix !== "") {
      this.#text(prefix);
      flags += PREFIX;
    }
    if (children.size > 0) {
      const codes = [...children.keys()];
      const first = Math.min(...codes);
      const last = Math.max(...codes);
      this.#room(2);
      this.#bytes[this.#length++] = first;
      this.#bytes[this.#length++] = last;
      for (let code = first; code <= last; code++) this.u32(children.get(code) ?? 0);
      flags += CHILDREN;
    }
    if (values.length > 0) {
      this.u32(values.length);
      for (const { priority, value } of values.toSorted((a, b) => a.priority - b.priority)) {
        this.u32(priority);
        this.#text(value);
      }
      flags += VALUES;
    }
    return offset + flags;
  }

  finish(at: number, root: number): Uint8Array {
    this.#bytes.writeUInt32BE(root, at);
    return this.#bytes.subarray(0, this.#length);
  }

  #text(value: string): void {
    this.#room(value.length + 1);
    this.#length += this.#bytes.write(value, this.#length, "latin1");
    this.#bytes[this.#length++] = 0;
  }

  #room(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * this.#bytes.length + size);
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}
