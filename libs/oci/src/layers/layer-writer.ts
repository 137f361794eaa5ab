import { readdirSync } from "node:fs";
import {
  type ByteString,
  join,
  removePath,
  type TarEntry,
  type TarSink,
  type TreeLimits,
  TreeWriter,
} from "@vimto/archive";
import { readWhiteout, type Whiteout } from "./whiteout.ts";

/**
 * Applies the layers of one image, in order, to an empty directory (image specification, layer.md,
 * "Applying Changesets"). Errors: ArchiveError.
 */
export class LayerWriter implements TarSink {
  readonly #tree: TreeWriter;
  /** The paths that this layer has made, and the directories above them; not kept for the first layer. */
  #made: Set<ByteString> | undefined;

  constructor(directory: string, limits: TreeLimits) {
    const onMade = (path: ByteString) => this.#remember(path);
    this.#tree = new TreeWriter(directory, { limits, what: "the image", onMade });
  }

  /** Bytes of all files so far, holes included. */
  get bytes(): number {
    return this.#tree.bytes;
  }

  /** Call it before each layer but the first: from now on whiteouts hide lower layers. */
  nextLayer(): void {
    this.#made = new Set();
  }

  entry(entry: TarEntry): void {
    const whiteout = readWhiteout(entry.name);
    if (whiteout) this.#tree.change(entry.name, () => this.#hide(whiteout));
    else this.#tree.entry(entry);
  }

  data(bytes: Uint8Array, offset: number): void {
    this.#tree.data(bytes, offset);
  }

  close(): void {
    this.#tree.close();
  }

  /** Gives directories their modes and times, which writing into them would have changed. */
  finish(): void {
    this.#tree.finish();
  }

  /** Call it after an error: closes what is open. */
  abandon(): void {
    this.#tree.abandon();
  }

  #hide(whiteout: Whiteout): void {
    const { root } = this.#tree;
    if (this.#made === undefined || whiteout.kind === "ignore") return;
    if (whiteout.kind === "remove") {
      const place = root.find(whiteout.entry);
      if (place !== undefined) this.#hideBelow(join(place.parent, place.name), this.#made);
    } else {
      const directory = root.findDirectory(whiteout.directory);
      if (directory !== undefined) this.#hideChildren(directory, this.#made);
    }
    root.forget();
  }

  /** Removes what lower layers put at a path, and keeps what this layer has put there. */
  #hideBelow(path: ByteString, made: ReadonlySet<ByteString>): void {
    const { root } = this.#tree;
    if (!made.has(path)) removePath(root.at(path).toString("latin1"));
    else if (root.stat(path)?.isDirectory()) this.#hideChildren(path, made);
  }

  #hideChildren(directory: ByteString, made: ReadonlySet<ByteString>): void {
    for (const name of readdirSync(this.#tree.root.at(directory), { encoding: "latin1" })) {
      this.#hideBelow(join(directory, name), made);
    }
  }

  #remember(path: ByteString): void {
    for (let at = path; at !== "" && this.#made && !this.#made.has(at); ) {
      this.#made.add(at);
      at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
    }
  }
}
