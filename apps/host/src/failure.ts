/** Every way in which a run can end that is neither the command's doing nor a mistake in writing. */
export type FailureCode =
  | "cache"
  | "kernel"
  | "qemu"
  | "boot"
  | "panic"
  | "powered-off"
  | "guest-init"
  | "file-server"
  | "channel"
  | "timeout"
  | "interrupted"
  | "setup"
  | "memory"
  | "start"
  | "output"
  | "internal";

/** One sentence for the user: what went wrong, with the value, and the way out. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  /** The console's last lines, when they help to understand a machine that failed. */
  readonly console: readonly string[];
  /** Whether a fault of QEMU's that comes now and then may be behind it, which another boot hardly meets again. */
  readonly transient: boolean;

  constructor(
    code: FailureCode,
    message: string,
    options: ErrorOptions & { console?: readonly string[]; transient?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.console = options.console ?? [];
    this.transient = options.transient ?? false;
  }
}

/** The name of a failed system call's error, such as ENOENT; undefined for other errors. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
