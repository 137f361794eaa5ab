export { PackageError, type PackageErrorCode } from "./errors.ts";
export { unpackDeb } from "./formats/deb.ts";
export {
  type KeepOptions,
  type KeptPackage,
  keepPackage,
} from "./keep.ts";
export { type PackageKind, packageKind } from "./kind.ts";
