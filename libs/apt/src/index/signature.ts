import { existsSync } from "node:fs";
import { AptError } from "../errors.ts";
import type { Distribution } from "../names/distributions.ts";
import { clearText } from "./clearsign.ts";

/** The text of an InRelease file, and why its signature was not checked, if it was not. */
export type Opened = { readonly text: string; readonly unchecked?: string };

export type SignatureOptions = {
  /** Files of OpenPGP keys, of which those that exist are used. */
  readonly keyrings: readonly string[];
  /** The path of gpgv(1), or null. */
  readonly gpgv: string | null;
};

/** Where the packages debian-archive-keyring and ubuntu-keyring put the archives' keys. */
export const ARCHIVE_KEYRINGS: Readonly<Record<Distribution, string>> = {
  debian: "/usr/share/keyrings/debian-archive-keyring.gpg",
  ubuntu: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
};

/**
 * Checks the signature of an InRelease file by gpgv with the host's keys, where both are there. Signed
 * by several keys, as Debian's are, one good signature is enough; a bad one is an error in any case.
 * @param what  names the file in errors
 * @throws AptError "signature", "mirror"
 */
export async function openSigned(
  bytes: Uint8Array,
  options: SignatureOptions,
  what: string,
): Promise<Opened> {
  const text = clearText(new TextDecoder().decode(bytes), what);
  const { gpgv } = options;
  const keyrings = options.keyrings.filter((path) => existsSync(path));
  if (gpgv === null) return { text, unchecked: "gpgv is not installed" };
  if (keyrings.length === 0) {
    return { text, unchecked: `there is no keyring ${options.keyrings.join(" or ")}` };
  }
  const { signed, status } = await runGpgv(gpgv, keyrings, bytes);
  const said = (keyword: string) => status.some((line) => line.startsWith(`[GNUPG:] ${keyword}`));
  if (said("BADSIG")) {
    throw new AptError("signature", `${what} was changed after it was signed: use another mirror`);
  }
  // Uses the text that gpgv took for the signed one, so that both always see the same text.
  if (said("VALIDSIG") && said("GOODSIG")) return { text: signed };
  const missing = status.find((line) => line.startsWith("[GNUPG:] NO_PUBKEY"))?.split(" ")[2];
  const expired = said("EXPKEYSIG") ? "its key has expired" : undefined;
  const reason =
    expired ?? (missing ? `the keyring has no key ${missing}` : "gpgv found no signature in it");
  return { text, unchecked: reason };
}

async function runGpgv(
  gpgv: string,
  keyrings: readonly string[],
  bytes: Uint8Array,
): Promise<{ signed: string; status: string[] }> {
  const options = keyrings.flatMap((path) => ["--keyring", path]);
  const command = [gpgv, "--homedir", "/nonexistent", "--status-fd", "2", ...options];
  const child = Bun.spawn([...command, "--output", "-", "-"], {
    stdin: bytes,
    stdout: "pipe",
    stderr: "pipe",
    env: { LC_ALL: "C" },
  });
  const [signed, said] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { signed, status: said.split("\n") };
}
