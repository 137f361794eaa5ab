import { isAbsolute, resolve } from "node:path";
import { OciError } from "../errors.ts";
import { formatReference, parseReference, type Reference } from "./reference.ts";

/** Where an image comes from: a registry, an OCI layout directory, or such a directory in a tar. */
export type Source =
  | { readonly kind: "registry"; readonly reference: Reference }
  | { readonly kind: "oci"; readonly path: string; readonly tag?: string }
  | { readonly kind: "oci-archive"; readonly path: string; readonly tag?: string };

/**
 * Reads "oci:DIR[:tag]" and "oci-archive:FILE[:tag]" as containers-transports(5) has them (the path
 * ends at the first colon), and everything else as a reference.
 * @param directory  relative paths start here
 */
export function parseSource(text: string, directory: string = process.cwd()): Source {
  const local = /^(oci|oci-archive):([^:]*)(?::(.*))?$/s.exec(text);
  if (!local) return { kind: "registry", reference: parseReference(text) };
  const [, kind, written = "", tag] = local;
  if (written === "")
    throw new OciError("reference", `image "${text}" names no path after "${kind}:"`);
  if (tag === "") throw new OciError("reference", `image "${text}" has an empty tag`);
  const path = isAbsolute(written) ? resolve(written) : resolve(directory, written);
  return {
    kind: kind === "oci" ? "oci" : "oci-archive",
    path,
    ...(tag === undefined ? {} : { tag }),
  };
}

/** One text for all spellings of the same source; the store's name for an image. */
export function formatSource(source: Source): string {
  if (source.kind === "registry") return formatReference(source.reference);
  return `${source.kind}:${source.path}${source.tag === undefined ? "" : `:${source.tag}`}`;
}
