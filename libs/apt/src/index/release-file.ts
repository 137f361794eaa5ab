import { type Digest, type Expected, parseDigest, StoreError } from "@vimto/store";
import { parseStanza } from "../archives/deb822.ts";
import { AptError } from "../errors.ts";
import type { DebArchitecture } from "../names/distributions.ts";

/** What the Release file of a suite says (wiki.debian.org/DebianRepository/Format). */
export type ReleaseFile = {
  readonly origin: string;
  readonly suite: string;
  readonly codename: string;
  /** Milliseconds since 1970; undefined for a suite that does not age. */
  readonly validUntil?: number;
  readonly byHash: boolean;
  /** The files of the suite by their path below it. */
  readonly files: ReadonlyMap<string, { readonly digest: Digest; readonly size: number }>;
};

/** @param what  names it in errors @throws AptError "mirror" */
export function parseReleaseFile(text: string, what: string): ReleaseFile {
  const stanza = parseStanza(text);
  const written = stanza.get("valid-until");
  const validUntil = written === undefined ? undefined : Date.parse(written);
  if (validUntil !== undefined && Number.isNaN(validUntil)) {
    throw new AptError(
      "mirror",
      `${what} has the date ${JSON.stringify(written)}, which is not a date`,
    );
  }
  return {
    origin: stanza.get("origin") ?? "",
    suite: stanza.get("suite") ?? "",
    codename: stanza.get("codename") ?? "",
    byHash: stanza.get("acquire-by-hash")?.toLowerCase() === "yes",
    files: readFiles(stanza.get("sha256") ?? "", what),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}

function readFiles(list: string, what: string): ReleaseFile["files"] {
  const files = new Map<string, { digest: Digest; size: number }>();
  for (const line of list.split("\n")) {
    const [hex, size, path] = line.trim().split(/\s+/);
    if (hex === undefined || size === undefined || path === undefined) continue;
    if (!/^[0-9]{1,12}$/.test(size)) continue;
    try {
      files.set(path, { digest: parseDigest(`sha256:${hex}`, what), size: Number(size) });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw new AptError("mirror", error.message, { cause: error });
    }
  }
  return files;
}

/** How the list of packages may be packed, the best format first. */
const PACKINGS = [".xz", ".gz", ""];

/** The list of packages to fetch: its path below the suite, size and digest. */
export function packagesFile(
  release: ReleaseFile,
  architecture: DebArchitecture,
): (Expected & { readonly path: string }) | undefined {
  for (const packing of PACKINGS) {
    const path = `main/binary-${architecture}/Packages${packing}`;
    const file = release.files.get(path);
    if (file !== undefined) return { ...file, path, saidBy: "its InRelease" };
  }
  return undefined;
}
