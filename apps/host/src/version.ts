import { PROTOCOL_VERSION } from "@vimto/protocol/frames";
import { version } from "../package.json";

/** Set by scripts/build and scripts/release. */
declare const VIMTO_COMMIT: string | undefined;
/** Set by scripts/release, from the tag. */
declare const VIMTO_VERSION: string | undefined;

/** The version of this vimto. */
export const VERSION: string = typeof VIMTO_VERSION === "string" ? VIMTO_VERSION : version;

/** What `vimto --version` prints: the version, and what a bug report should name besides. */
export const versionText = (): string =>
  `vimto ${VERSION}
commit    ${typeof VIMTO_COMMIT === "string" ? VIMTO_COMMIT : "unknown"}
bun       ${Bun.version} (${process.arch}, ${process.platform})
protocol  ${PROTOCOL_VERSION}
`;
