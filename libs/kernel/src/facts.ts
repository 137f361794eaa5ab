import type { Architecture } from "@vimto/linux";
import { z } from "zod";
import { embeddedConfig, has, type KernelConfig, mostCpus } from "./config/config.ts";
import { presence } from "./config/strings.ts";
import { readElfHeader, readSegments } from "./elf/header.ts";
import { hasPvhNote } from "./elf/notes.ts";
import { KernelError, quote } from "./error.ts";
import { findBanner } from "./image/banner.ts";
import {
  IDENTIFY_HEAD,
  identify,
  isKernel,
  type KernelImage,
  notAKernel,
} from "./image/identify.ts";
import { withKernelFile } from "./image/read.ts";
import { type NotUnpacked, type PlainKernel, unpackKernel } from "./image/unpack.ts";
import { notUnpacked, type Unwrapped, unwrap, wrappings } from "./image/unwrap.ts";
import { options } from "./needs/table.ts";

/** What is known of an option: "not-builtin" may still be a module. */
export type OptionState = "builtin" | "module" | "off" | "not-builtin" | "unknown";

const optionState = z.enum(["builtin", "module", "off", "not-builtin", "unknown"]);

const schema = z.strictObject({
  schema: z.literal(3),
  format: z.enum(["bzImage", "ELF vmlinux", "arm64 Image", "arm64 EFI zboot"]),
  /** What is around the kernel in its file, outermost first. */
  wrappings: z.array(z.enum(wrappings)),
  arch: z.enum(["x86_64", "aarch64"]),
  /** As `uname -r` prints it. */
  release: z.string(),
  /** As /proc/version prints it, when the kernel could be unpacked. */
  banner: z.string().optional(),
  /** What QEMU boots: the file as it is, the kernel unpacked from it, or neither. */
  boot: z.enum(["file", "unpacked", "nothing"]),
  /** The SHA-256 digest of the kernel that was unpacked for QEMU, as it is in the file. */
  content: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** What the kernel is compressed with in its file; absent when it could not be unpacked. */
  compression: z.enum(["none", "gzip", "xz", "zstd", "lz4", "lzma", "bzip2", "lzo"]).optional(),
  /** Why the kernel could not be unpacked; its options are unknown then. */
  notUnpacked: z.string().optional(),
  /** Where `options` come from. */
  source: z.enum(["embedded configuration", "strings", "none"]),
  /** The options that vimto decides by, without CONFIG_. */
  options: z.record(z.string(), optionState),
  /** The most CPUs that it brings up, where its configuration is embedded. */
  cpus: z.number().optional(),
});

/** What a kernel file is: plain data, to be kept as JSON as long as the file stays the same. */
export type KernelFacts = Readonly<z.infer<typeof schema>>;

/** Facts that were kept as JSON; undefined when they are of another version or damaged. */
export function parseFacts(json: string): KernelFacts | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

export interface Inspection {
  readonly facts: KernelFacts;
  /** The bytes to boot instead of the file, when `facts.boot` is "unpacked". */
  readonly unpacked: Uint8Array | undefined;
}

/**
 * Reads a kernel file, unpacks it and looks for what it says of itself. This takes up to a second
 * for a kernel that is compressed with xz; everything else here works with the facts.
 *
 * Errors: KernelError, one sentence with the path, for a file that is missing, unreadable, a
 * directory, empty, cut, no kernel, or built for another processor than `wanted`.
 */
export function inspectKernel(path: string, wanted?: Architecture): Inspection {
  const { image, wrappings, taken, bytes, unpacked, banner, release } = withKernelFile(
    path,
    (file) => readKernel(unwrap(file), wanted),
  );
  const plain = "reason" in unpacked ? undefined : unpacked;
  const best = bootable(image, plain);
  const boot = best === "file" && wrappings.length > 0 ? "unpacked" : best;
  const facts: KernelFacts = {
    schema: 3,
    format: image.format,
    wrappings: [...wrappings],
    arch: image.arch,
    release,
    ...(banner === undefined ? {} : { banner }),
    boot,
    ...(boot === "unpacked" && { content: sha256(bytes) }),
    ...("reason" in unpacked
      ? { notUnpacked: unpacked.reason }
      : { compression: unpacked.compression }),
    ...optionFacts(plain?.bytes),
  };
  const toBoot = best === "file" ? taken : plain?.bytes;
  return { facts, unpacked: boot === "unpacked" ? toBoot : undefined };
}

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/**
 * The release of a kernel file that tells it without unpacking and searching: a bzImage, in its header. Errors
 * as for `inspectKernel`.
 */
export const releaseInHeader = (path: string): string | undefined =>
  withKernelFile(path, (file) => {
    const head = file.read(0, IDENTIFY_HEAD);
    return isKernel(head) ? identify(path, head, file.size).release : undefined;
  });

/**
 * The release of a kernel file. Except where `releaseInHeader` answers, this reads the whole file, so a caller
 * that keeps facts checks those first. Errors as for `inspectKernel`.
 */
export function kernelRelease(path: string): string {
  return (
    releaseInHeader(path) ??
    withKernelFile(path, (file) => readKernel(unwrap(file), undefined).release)
  );
}

/** With all its modules built in a kernel takes some hundred MiB; debug information is not read. */
const MOST = 2 ** 30;

const tooLarge = (path: string, length: number) =>
  new KernelError(
    "not-a-kernel",
    `kernel ${quote(path)} is not a Linux kernel: it begins as one, but is ${length} bytes large; name a Linux kernel`,
  );

interface Read extends Pick<Unwrapped, "wrappings" | "taken"> {
  readonly image: KernelImage;
  /** Only those that are needed to boot. */
  readonly bytes: Uint8Array;
  readonly unpacked: PlainKernel | NotUnpacked;
  readonly banner: string | undefined;
  readonly release: string;
}

function readKernel(
  { file, head, wrappings, taken }: Unwrapped,
  wanted: Architecture | undefined,
): Read {
  const { path } = file;
  const image = identify(path, head, file.size, wanted);
  const length = Math.min(file.size, image.needed ?? file.size);
  if (length > MOST) throw tooLarge(path, length);
  const bytes = file.read(0, length);
  const unpacked = unpackKernel(image, bytes);
  const banner = findBanner("reason" in unpacked ? bytes : unpacked.bytes);
  const release = image.release ?? banner?.release;
  if (release === undefined) throw unnamed(path, head, image, unpacked);
  return { image, wrappings, taken, bytes, unpacked, banner: banner?.line, release };
}

/**
 * QEMU's x86 machines boot a bzImage or, without its decompressor and so faster, an ELF file with a
 * PVH note; its arm64 machines boot an Image.
 */
function bootable({ format, arch }: KernelImage, plain: PlainKernel | undefined) {
  if (format === "bzImage") return plain && pvh(plain.bytes) ? "unpacked" : "file";
  if (format === "arm64 Image") return "file";
  if (format !== "ELF vmlinux") return plain ? "unpacked" : "file";
  if (arch === "aarch64") return plain ? "unpacked" : "nothing";
  return plain && pvh(plain.bytes) ? "file" : "nothing";
}

/** Options as a configuration has them; `undefined` for unknown. */
function optionStates(config: KernelConfig): Record<string, OptionState> {
  const states = { y: "builtin", m: "module", n: "off", unknown: "unknown" } as const;
  return Object.fromEntries(options.map((option) => [option, states[has(config, option)]]));
}

function optionFacts(
  kernel: Uint8Array | undefined,
): Pick<KernelFacts, "source" | "options" | "cpus"> {
  if (kernel === undefined) return { source: "none", options: {} };
  const config = embeddedConfig(kernel);
  if (config !== undefined) {
    const cpus = mostCpus(config);
    return {
      source: "embedded configuration",
      options: optionStates(config),
      ...(cpus !== undefined && { cpus }),
    };
  }
  return {
    source: "strings",
    options: Object.fromEntries(options.map((option) => [option, presence(kernel, option)])),
  };
}

function pvh(kernel: Uint8Array): boolean {
  const header = readElfHeader(kernel);
  return header.machine === "x86_64" && hasPvhNote(kernel, readSegments(kernel, header));
}

/** The sentence for a kernel that does not tell its release. */
function unnamed(
  path: string,
  head: Uint8Array,
  image: KernelImage,
  unpacked: PlainKernel | NotUnpacked,
): KernelError {
  if ("reason" in unpacked) return notUnpacked(path, unpacked.reason);
  if (image.format === "ELF vmlinux") return notAKernel(path, head);
  return new KernelError(
    "not-a-kernel",
    `kernel ${quote(path)} is not a Linux kernel: it is in the format of one (${image.format}) but has no line "Linux version ..."; name a Linux kernel`,
  );
}
