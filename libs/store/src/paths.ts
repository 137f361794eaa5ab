import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "@vimto/linux";
import { type Digest, digestOf } from "./digest.ts";
import { StoreError } from "./error.ts";

/**
 * Where things are in a store's directory:
 *
 * - `blobs/sha256-HEX`: layers as registries sent them, checked, shared by all images that have them
 * - `trees/sha256-HEX/`: an unpacked image, named by its manifest; `trees/sha256-HEX.lock` is held
 * shared by all that use it, and its time is the time of the last use
 * - `images/HEX.json`: what one name was when it was last looked up
 * - `indexes/HEX.json`: what an archive of packages offered when it was last asked
 * - `staging/`: what processes work on, each with a lock that tells whether it lives
 * - `locks/`: one for each name and blob that is being fetched, and `store`, held shared while anything
 *   is added and exclusive while things are removed
 */
export class StorePaths {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the directories. @throws StoreError "store" */
  create(): void {
    for (const name of ["blobs", "trees", "images", "indexes", "staging", "locks"]) {
      try {
        mkdirSync(join(this.directory, name), { recursive: true });
      } catch (error) {
        const code = errorCode(error) ?? "unknown error";
        throw new StoreError("store", `image cache "${this.directory}" cannot be made (${code})`, {
          cause: error,
        });
      }
    }
  }

  blob(digest: Digest): string {
    return join(this.directory, "blobs", fileName(digest));
  }

  blobLock(digest: Digest): string {
    return join(this.directory, "locks", fileName(digest));
  }

  tree(digest: Digest): string {
    return join(this.directory, "trees", fileName(digest));
  }

  treeLock(digest: Digest): string {
    return `${this.tree(digest)}.lock`;
  }

  record(name: string, platform: string): string {
    return join(this.directory, "images", `${key(name, platform)}.json`);
  }

  index(name: string): string {
    return join(this.directory, "indexes", `${digestOf(Buffer.from(name)).hex}.json`);
  }

  nameLock(name: string, platform: string): string {
    return join(this.directory, "locks", `name-${key(name, platform)}`);
  }

  storeLock(): string {
    return join(this.directory, "locks", "store");
  }

  staging(): string {
    return join(this.directory, "staging");
  }
}

function fileName(digest: Digest): string {
  return `${digest.algorithm}-${digest.hex}`;
}

function key(name: string, platform: string): string {
  return digestOf(Buffer.from(`${name} ${platform}`)).hex;
}
