/** Why a kernel or its modules cannot be used; closed, so that a caller can decide by code. */
export type KernelErrorCode =
  | "missing" // no such file or directory
  | "unreadable" // it is there, but this user may not read it
  | "directory" // a directory where a file was expected, or the other way round
  | "empty" // a file of no bytes
  | "cut" // a file that ends before its own headers say
  | "corrupt" // bytes that are not what their format says
  | "not-a-kernel" // a file of another kind
  | "architecture" // built for another processor
  | "ambiguous" // several kernels where one is needed
  | "version" // modules of another release than the kernel
  | "dependency" // a module that another one needs is nowhere
  | "cycle" // modules that need each other
  | "not-installed" // no such kernel on this machine
  | "lacking"; // the kernel cannot do what vimto needs

/** The one error of this library. Its message is one sentence with the offending value in it. */
export class KernelError extends Error {
  readonly code: KernelErrorCode;

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KernelError";
    this.code = code;
  }
}

/** The `code` of a system error ("ENOENT"), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** A path or a name for a sentence: in double quotes, on one line, without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** "a", "a and b", "a, b and c". */
export function listed(names: readonly string[], word = "and"): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}
