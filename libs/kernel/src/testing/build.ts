import { deflateRawSync } from "node:zlib";

// Small files of every kind that the library reads, made by hand: the bytes that a test gives, and zeros.

type Field = readonly [offset: number, size: 1 | 2 | 4 | 8, value: number | bigint];

/** Writes little-endian numbers. */
function put(bytes: Uint8Array, fields: readonly Field[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [offset, size, value] of fields) {
    const number = BigInt(value);
    for (let at = 0; at < size; at++) {
      view.setUint8(offset + at, Number((number >> BigInt(8 * at)) & 0xffn));
    }
  }
}

export const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

export function joined(...parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === "string" ? latin1(part) : part))),
  );
}

/** Gzip data as the kernel's build makes it, with neither name nor time. */
export function gzipped(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const trailer = new Uint8Array(8);
  put(trailer, [
    [0, 4, Bun.hash.crc32(content)],
    [4, 4, content.length],
  ]);
  return joined("\x1f\x8b\x08\0\0\0\0\0\x02\x03", deflateRawSync(content), trailer);
}

export interface BzImageParts {
  readonly setupSectors?: number;
  readonly protocol?: number;
  readonly version?: string;
  readonly payload?: Uint8Array;
  readonly payloadOffset?: number;
  readonly payloadLength?: number;
  /** In units of 16 bytes. */
  readonly protectedSize?: number;
  readonly loadFlags?: number;
}

/** A bzImage with one setup sector behind the first, unless said otherwise. */
export function bzImage(parts: BzImageParts = {}): Uint8Array<ArrayBuffer> {
  const { setupSectors = 1, protocol = 0x20f, version = "6.1.0-test (me@here) #1 SMP" } = parts;
  const payload = parts.payload ?? new Uint8Array(64);
  const setup = ((setupSectors || 4) + 1) * 512;
  const body = Math.ceil(payload.length / 16) * 16;
  const file = new Uint8Array(setup + body);
  put(file, [
    [0x1f1, 1, setupSectors],
    [0x1f4, 4, parts.protectedSize ?? body / 16],
    [0x1fe, 2, 0xaa55],
    [0x206, 2, protocol],
    [0x20e, 2, 0x100],
    [0x236, 2, parts.loadFlags ?? 1],
    [0x248, 4, parts.payloadOffset ?? 0],
    [0x24c, 4, parts.payloadLength ?? payload.length],
  ]);
  file.set(latin1("HdrS"), 0x202);
  file.set(latin1(version), 0x300);
  file.set(payload, setup);
  return file;
}

export interface ElfParts {
  readonly type?: number;
  readonly machine?: number;
  readonly segments?: readonly {
    readonly type: number;
    readonly content: Uint8Array;
    readonly address?: bigint;
  }[];
  readonly sections?: readonly { readonly name: string; readonly content: Uint8Array }[];
}

/** A 64-bit little-endian ELF file: header, program headers, contents, section headers. */
export function elf({ type = 2, machine = 62, ...parts }: ElfParts = {}): Uint8Array<ArrayBuffer> {
  const segments = parts.segments ?? [];
  const named = parts.sections ?? [];
  const names = joined("\0", ...named.map(({ name }) => `${name}\0`), ".shstrtab\0");
  const sections = named.length === 0 ? [] : [...named, { name: ".shstrtab", content: names }];
  const contents = [...segments, ...sections].map(({ content }) => content);
  const start = 64 + segments.length * 56;
  const offsets = contents.map((_, index) =>
    contents.slice(0, index).reduce((sum, { length }) => sum + length, start),
  );
  const end = contents.reduce((sum, { length }) => sum + length, start);
  const headers = sections.length === 0 ? 0 : sections.length + 1;
  const file = new Uint8Array(end + headers * 64);
  file.set(latin1("\x7fELF\x02\x01\x01"));
  put(file, [
    [16, 2, type],
    [18, 2, machine],
    [20, 4, 1],
    [32, 8, segments.length === 0 ? 0 : 64],
    [40, 8, headers === 0 ? 0 : end],
    [52, 2, 64],
    [54, 2, 56],
    [56, 2, segments.length],
    [58, 2, 64],
    [60, 2, headers],
    [62, 2, headers === 0 ? 0 : headers - 1],
  ]);
  segments.forEach(({ type: kind, content, address = 0n }, index) => {
    const at = 64 + index * 56;
    put(file, [
      [at, 4, kind],
      [at + 8, 8, offsets[index] ?? 0],
      [at + 16, 8, address],
      [at + 24, 8, address],
      [at + 32, 8, content.length],
      [at + 40, 8, content.length],
    ]);
  });
  sections.forEach(({ name, content }, index) => {
    const at = end + (index + 1) * 64;
    put(file, [
      [at, 4, Buffer.from(names).indexOf(`${name}\0`)],
      [at + 4, 4, 1],
      [at + 24, 8, offsets[segments.length + index] ?? 0],
      [at + 32, 8, content.length],
    ]);
  });
  contents.forEach((content, index) => {
    file.set(content, offsets[index] ?? 0);
  });
  return file;
}

/** One ELF note; PVH's has the name "Xen" and the type 18. */
export function note(name: string, type: number, value: Uint8Array): Uint8Array {
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  const bytes = new Uint8Array(12 + padded(name.length + 1) + padded(value.length));
  put(bytes, [
    [0, 4, name.length + 1],
    [4, 4, value.length],
    [8, 4, type],
  ]);
  bytes.set(latin1(name), 12);
  bytes.set(value, 12 + padded(name.length + 1));
  return bytes;
}

export const banner = (release: string) => `Linux version ${release} (me@here) (gcc) #1 SMP\n\0`;

/** An x86-64 kernel with this text in it and, unless said otherwise, a PVH note. */
export function vmlinux(release: string, text = "", pvh = true): Uint8Array<ArrayBuffer> {
  const notes = pvh ? note("Xen", 18, new Uint8Array(4)) : note("GNU", 3, new Uint8Array(20));
  return elf({
    segments: [
      { type: 1, content: joined(banner(release), text), address: 0xffffffff81000000n },
      { type: 4, content: notes },
    ],
  });
}

/** A bzImage with a kernel inside, compressed with gzip. */
export const bzImageOf = (kernel: Uint8Array, version = "6.1.0-test (me@here) #1 SMP") =>
  bzImage({ payload: gzipped(kernel), version });

/** An arm64 Image with this text behind its header, and a PE section that covers it. */
export function arm64Image(text: string, flags = 0): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(512);
  head.set(latin1("MZ"));
  head.set(latin1("ARM\x64"), 56);
  head.set(latin1("PE\0\0"), 64);
  put(head, [
    [24, 8, flags],
    [60, 4, 64],
    [68, 2, 0xaa64],
    [70, 2, 1],
    [64 + 24 + 16, 4, text.length],
    [64 + 24 + 20, 4, head.length],
  ]);
  return joined(head, text);
}

/** An arm64 kernel that unpacks itself by EFI, as `make vmlinuz.efi` makes it. */
export function zboot(image: Uint8Array, payload = gzipped(image)): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(128);
  head.set(latin1("MZ\0\0zimg"));
  head.set(latin1("gzip"), 24);
  head.set(latin1("PE\0\0"), 64);
  put(head, [
    [8, 4, head.length],
    [12, 4, payload.length],
    [60, 4, 64],
    [68, 2, 0xaa64],
  ]);
  return joined(head, payload);
}

/** A unified kernel image: a PE file with the kernel in its section .linux, between two others. */
export function uki(kernel: Uint8Array): Uint8Array<ArrayBuffer> {
  const contents = {
    ".osrel": latin1("ID=test\n"),
    ".linux": kernel,
    ".initrd": new Uint8Array(9),
  };
  const block = 512;
  const padded = (size: number) => Math.ceil(size / block) * block;
  const head = new Uint8Array(block);
  head.set(latin1("MZ"));
  head.set(latin1("PE\0\0"), 64);
  put(head, [
    [60, 4, 64],
    [68, 2, 0x8664],
    [70, 2, 3],
    [84, 2, 112],
  ]);
  const parts: Uint8Array[] = [head];
  let offset = block;
  Object.entries(contents).forEach(([name, content], index) => {
    const at = 64 + 24 + 112 + index * 40;
    head.set(latin1(name), at);
    put(head, [
      [at + 8, 4, content.length],
      [at + 12, 4, 0x10000 + offset],
      [at + 16, 4, padded(content.length)],
      [at + 20, 4, offset],
    ]);
    offset += padded(content.length);
    parts.push(content, new Uint8Array(padded(content.length) - content.length));
  });
  return joined(...parts);
}

/** A module with these texts in its section .modinfo. */
export const moduleFile = (
  fields: readonly string[],
  machine = 62,
  section = ".modinfo",
): Uint8Array<ArrayBuffer> =>
  elf({
    type: 1,
    machine,
    sections: [
      { name: ".text", content: new Uint8Array(16) },
      { name: section, content: joined(...fields.map((field) => `${field}\0`)) },
    ],
  });

/** The kernel that the modules of `ko` are for. */
export const testKernel = { release: "6.1.0-test", arch: "x86_64" } as const;

/** A module of the test kernel. */
export const ko = (name: string, depends = "", ...more: readonly string[]) =>
  moduleFile([
    `name=${name}`,
    `depends=${depends}`,
    `vermagic=${testKernel.release} SMP preempt mod_unload `,
    ...more,
  ]);
