export { type Executable, emit, emitCode } from "./emit.ts";
export {
  type Address,
  at,
  Builder,
  type BuilderOptions,
  type Program,
  programOf,
  type Value,
  type Variable,
} from "./program.ts";
