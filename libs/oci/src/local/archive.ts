import { closeSync, fstatSync, readSync } from "node:fs";
import { BLOCK, paxSize, paxValue, readHeader, readPax, toPath } from "@vimto/archive";
import { OciError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { LayoutFiles } from "./layout.ts";
import { openRegular, type Stretch } from "./read-file.ts";

/**
 * The files of a layout in a tar archive, as `skopeo copy ... oci-archive:FILE` and `podman save
 * --format oci-archive` write it. Reads the headers alone; the files are read where they lie.
 * @throws OciError "not-found", "manifest", "layer"
 */
export function layoutArchive(path: string, limits: Limits): LayoutFiles {
  const descriptor = openRegular(path);
  try {
    const files = listFiles(descriptor, path, limits);
    return { what: `OCI archive "${path}"`, file: (name) => files.get(name) };
  } finally {
    closeSync(descriptor);
  }
}

function listFiles(descriptor: number, path: string, limits: Limits): Map<string, Stretch> {
  const total = fstatSync(descriptor).size;
  refusePacked(readAt(descriptor, 0, BLOCK), path);
  const files = new Map<string, Stretch>();
  let said: { name?: string | undefined; size?: number | undefined } = {};
  for (let at = 0, entries = 0; at + BLOCK <= total; entries++) {
    const block = readAt(descriptor, at, BLOCK);
    const header = readHeader(block);
    if (header === undefined) break;
    if (entries > limits.entries) {
      throw new OciError("limit", `OCI archive "${path}" has more than ${limits.entries} files`);
    }
    const size = said.size ?? header.size;
    const offset = at + BLOCK;
    if (offset + size > total) {
      throw new OciError("layer", `OCI archive "${path}" ends inside "${header.name}"`);
    }
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (header.type === "x" || header.type === "L") {
      if (size > limits.headerBytes) {
        throw new OciError(
          "limit",
          `a tar header of ${size} bytes is longer than ${limits.headerBytes} bytes`,
        );
      }
      const bytes = readAt(descriptor, offset, size);
      said =
        header.type === "L"
          ? { ...said, name: bytes.toString("latin1").split("\0", 1)[0] }
          : paxSays(bytes);
      continue;
    }
    const name = (said.name ?? header.name).replace(/^(?:\.?\/)+/, "");
    said = {};
    if (header.type === "0" || header.type === "\0") {
      files.set(toPath(name).toString("utf8"), { path, offset, size });
    }
  }
  return files;
}

function paxSays(bytes: Uint8Array): { name: string | undefined; size: number | undefined } {
  const records = readPax(bytes);
  return { name: paxValue(records, "path"), size: paxSize(records, "size") };
}

function readAt(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, at));
}

function refusePacked(block: Uint8Array, path: string): void {
  const isGzip = block[0] === 0x1f && block[1] === 0x8b;
  const isZstd = block[0] === 0x28 && block[1] === 0xb5;
  if (!isGzip && !isZstd) return;
  const program = isGzip ? "gunzip" : "unzstd";
  throw new OciError(
    "manifest",
    `OCI archive "${path}" is compressed: unpack it with ${program} first`,
  );
}
