import { print } from "../../report/print.ts";
import { VERSION } from "../../version.ts";

export function version(): number {
  print(`vimto ${VERSION}\n`);
  return 0;
}
