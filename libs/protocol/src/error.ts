/**
 * What can be wrong with bytes, credits or messages that came over the channel.
 *
 * - `type`, `stream`, `reserved`, `length`: a frame header that breaks the layout of docs/wire.md
 * - `truncated`: the channel ended inside a frame
 * - `json`: a control payload that is not UTF-8 or not JSON
 * - `event`: an event whose kind is unknown or whose values cannot be
 * - `order`: the same for an order
 * - `message`: JSON that is no control message of this protocol version
 * - `handshake`: the guest's first frame is not a hello
 * - `version`: a hello of another protocol version
 * - `credit`: more bytes than were allowed, or a grant that no honest reader makes
 */
export type WireErrorCode =
  | "type"
  | "stream"
  | "reserved"
  | "length"
  | "truncated"
  | "json"
  | "event"
  | "order"
  | "message"
  | "handshake"
  | "version"
  | "credit";

/** The one error of this package. `message` is one sentence that carries the offending value. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
