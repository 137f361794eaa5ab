import { z } from "zod";
import { parseStanza } from "../archives/deb822.ts";
import { AptError } from "../errors.ts";

/** A package that is, or belongs to, a kernel. */
export const KernelPackage = z.object({
  name: z.string(),
  version: z.string(),
  /** Below the archive's base. */
  filename: z.string(),
  size: z.int().nonnegative(),
  /** 64 hexadecimal digits. */
  sha256: z.string(),
  /** Names of packages that it depends on, alternatives among them. */
  depends: z.array(z.string()),
});
export type KernelPackage = z.infer<typeof KernelPackage>;

const SEPARATOR = Buffer.from("\n\n");
const LONGEST_STANZA = 1024 * 1024;
/** Debian's sid has 65 MB. */
const LONGEST_LIST = 1024 * 1024 * 1024;

/** Images, and what is split from them; drivers that are packaged by themselves are left out. */
const OF_KERNEL =
  /^linux-(?:image-.+|binary-.+|(?:modules|modules-extra|base)-[0-9].*|main-modules-[a-z0-9]+-[0-9].*)$/;
const NOT_OF_KERNEL = /-(?:dbg|dbgsym|template)$/;

/** Reads a Packages file that comes in pieces, and keeps what kernels are made of. */
export class PackageListReader {
  readonly packages: KernelPackage[] = [];
  readonly #what: string;
  #held: Buffer = Buffer.alloc(0);
  #length = 0;

  /** @param what  names the list in errors */
  constructor(what: string) {
    this.#what = what;
  }

  push(piece: Uint8Array): void {
    this.#length += piece.length;
    const bytes = Buffer.concat([this.#held, piece]);
    let at = 0;
    for (let end = bytes.indexOf(SEPARATOR); end >= 0; end = bytes.indexOf(SEPARATOR, at)) {
      this.#stanza(bytes.subarray(at, end));
      at = end + SEPARATOR.length;
    }
    this.#held = Buffer.from(bytes.subarray(at));
    if (this.#held.length > LONGEST_STANZA || this.#length > LONGEST_LIST) {
      throw new AptError("limit", `${this.#what} is larger than any list of packages`);
    }
  }

  end(): void {
    this.#stanza(this.#held);
    this.#held = Buffer.alloc(0);
  }

  #stanza(bytes: Buffer): void {
    const start = bytes.subarray(0, 200).toString("latin1");
    const name = /^\n*Package: (\S+)/.exec(start)?.[1];
    if (name === undefined || !OF_KERNEL.test(name) || NOT_OF_KERNEL.test(name)) return;
    const stanza = parseStanza(bytes.toString("utf8"));
    const size = stanza.get("size") ?? "";
    const sha256 = stanza.get("sha256") ?? "";
    const filename = stanza.get("filename") ?? "";
    const isWhole =
      /^[0-9]{1,12}$/.test(size) && /^[0-9a-f]{64}$/.test(sha256) && isBelow(filename);
    if (!isWhole) {
      throw new AptError(
        "mirror",
        `${this.#what} lists "${name}" without a size, a SHA256 or a file name that can be right`,
      );
    }
    const version = stanza.get("version") ?? "";
    const depends = names(stanza.get("depends") ?? "");
    this.packages.push({ name, version, filename, size: Number(size), sha256, depends });
  }
}

/** A path that stays below the archive. */
function isBelow(path: string): boolean {
  return /^[A-Za-z0-9._+~:@%/-]+$/.test(path) && !/^\/|(?:^|\/)\.\.?(?:\/|$)/.test(path);
}

/** "a (>= 1), b | c:any" -> a, b, c */
function names(depends: string): string[] {
  return depends.split(/[,|]/).flatMap((part) => /^\s*([a-z0-9][^\s(:]*)/.exec(part)?.[1] ?? []);
}
