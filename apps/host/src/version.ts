import { version } from "../package.json";

/** The version of this vimto, as `vimto --version` prints it. */
export const VERSION: string = version;
