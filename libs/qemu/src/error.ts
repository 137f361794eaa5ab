/** Why a call into this library failed. The set is closed: callers may switch on it. */
export type QemuErrorCode =
  | "bad-value"
  | "bad-kernel-arguments"
  | "binary-missing"
  | "binary-too-old"
  | "binary-not-runnable"
  | "accelerator-unusable"
  | "qmp-closed"
  | "qmp-protocol"
  | "qmp-refused"
  | "migration-failed";

/** The one error class of this library; `message` is a single sentence meant for the user. */
export class QemuError extends Error {
  override readonly name = "QemuError";
  readonly code: QemuErrorCode;

  constructor(code: QemuErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
