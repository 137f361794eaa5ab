export { resolveInTree as resolveInImage } from "@vimto/archive";
export type { OnPullEvent, PullEvent } from "@vimto/store";
export {
  type PruneLimits,
  type Removed,
  Store,
  type StoredImage,
} from "@vimto/store";
export { anonymous, type Credential, type Credentials } from "./auth/credential.ts";
export { userCredentials } from "./auth/find.ts";
export { OciError, type OciErrorCode } from "./errors.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { formatPlatform, hostPlatform, type Platform, parsePlatform } from "./names/platform.ts";
export { formatReference, parseReference, type Reference, replaceTag } from "./names/reference.ts";
export { formatSource, parseSource, type Source } from "./names/source.ts";
export { type PulledImage, type PullOptions, type PullPolicy, pull } from "./pull/pull.ts";
