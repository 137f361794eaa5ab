import { AptError } from "../errors.ts";

const BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----";

/**
 * The text inside a message with a clear signature, which is not checked (RFC 9580, section 7).
 * @param what  names the message in errors
 * @throws AptError "mirror" for text without the frame
 */
export function clearText(message: string, what: string): string {
  const lines = message.replaceAll("\r\n", "\n").split("\n");
  const head = lines.indexOf("");
  const end = lines.indexOf(SIGNATURE);
  if (lines[0] !== BEGIN || head < 0 || end < head) {
    throw new AptError(
      "mirror",
      `${what} is not a signed index: is this the address of an archive?`,
    );
  }
  return lines
    .slice(head + 1, end)
    .map((line) => line.replace(/^- /, ""))
    .join("\n");
}
