export {
  CALL_SIZE,
  KEEP,
  KEPT_SHIFT,
  ON_FAILURE,
  PSEUDO,
  SCRIPT_ADDRESS,
  SCRIPT_HEADER,
  SCRIPT_LIMIT,
} from "./format.ts";
export { KEPT, PREVIOUS, Script } from "./script.ts";
