import { type ByteString, badEntry } from "@vimto/archive";

/** What an entry of a layer removes from the layers below it. */
export type Whiteout =
  | { readonly kind: "remove"; readonly entry: ByteString }
  | { readonly kind: "opaque"; readonly directory: ByteString }
  /** AUFS's own notes, which old Docker versions left in layers. */
  | { readonly kind: "ignore" };

const PREFIX = ".wh.";

/**
 * Reads the name of an entry as a whiteout (image specification, layer.md, "Whiteouts").
 * @returns undefined for any other name
 * @throws OciError "layer" for a whiteout of nothing, of "." or of ".."
 */
export function readWhiteout(name: ByteString): Whiteout | undefined {
  const path = name.replace(/\/+$/, "");
  const slash = path.lastIndexOf("/");
  const last = path.slice(slash + 1);
  if (!last.startsWith(PREFIX)) return undefined;
  const directory = path.slice(0, Math.max(slash, 0));
  if (last === ".wh..wh..opq") return { kind: "opaque", directory };
  if (last.startsWith(".wh..wh.")) return { kind: "ignore" };
  const hidden = last.slice(PREFIX.length);
  if (hidden === "" || hidden === "." || hidden === "..") {
    throw badEntry(name, "is a whiteout that names no file");
  }
  return { kind: "remove", entry: `${directory}/${hidden}` };
}
