/** Raised by one whenever the bytes or the messages change: there is no negotiation. */
export const PROTOCOL_VERSION = 2;

/** The sentence for a hello of another version. */
export function versionMismatch(theirs: number): string {
  return (
    `guest init speaks version ${theirs} of the channel protocol and this vimto speaks version ` +
    `${PROTOCOL_VERSION}: vimto flush-cache removes what another vimto has left`
  );
}
