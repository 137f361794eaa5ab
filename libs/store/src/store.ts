import type { WaitOptions } from "./lock.ts";
import { StorePaths } from "./paths.ts";
import { chooseByAgeAndSize, type PruneLimits } from "./prune.ts";
import { describeImages, type StoredImage } from "./records.ts";
import { type Removed, removeImages } from "./remove.ts";

/** The cache of images in one directory, which any number of processes may use at once. */
export class Store {
  readonly paths: StorePaths;

  constructor(directory: string) {
    this.paths = new StorePaths(directory);
  }

  /** The images there are, by name. @throws StoreError "store" */
  images(): StoredImage[] {
    return describeImages(this.paths);
  }

  /** Removes all images but those in use, and files that belong to no image. Waits for pulls to end. */
  flush(options: WaitOptions = {}): Promise<Removed> {
    return removeImages(this.paths, (images) => images, { ...options, indexes: true });
  }

  /** Removes the image of a name ("docker.io/library/alpine:latest"), for all platforms. */
  remove(name: string, options: WaitOptions = {}): Promise<Removed> {
    const named = (images: readonly StoredImage[]) => images.filter((image) => image.name === name);
    return removeImages(this.paths, named, options);
  }

  /** Removes images by age and size, and files that belong to no image. Waits for pulls to end. */
  prune(limits: PruneLimits, options: WaitOptions = {}): Promise<Removed> {
    const choose = (images: readonly StoredImage[]) =>
      chooseByAgeAndSize(this.paths, images, limits);
    return removeImages(this.paths, choose, options);
  }
}
