export { listNames } from "./beside.ts";
export { PackageError, type PackageErrorCode } from "./errors.ts";
export { modulesAdvice } from "./family.ts";
export { unpackDeb } from "./formats/deb.ts";
export {
  type KeepOptions,
  type KeptPackage,
  keepPackage,
} from "./keep.ts";
export { type PackageKind, packageKind } from "./kind.ts";
