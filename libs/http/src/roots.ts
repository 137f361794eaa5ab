import { existsSync, readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { errorCode } from "@vimto/linux";
import { HttpError } from "./error.ts";
import type { Environment } from "./proxy.ts";

/** Where distributions keep the certificates that the administrator trusts (Go: crypto/x509, root_linux.go). */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * The certificates to trust, in PEM: the ones Bun carries, and the ones in SSL_CERT_FILE, or, where it is not
 * set, in the system's bundle. An SSL_CERT_FILE that cannot be read is an error, not a default.
 */
export function trustedRoots(
  env: Environment,
  bundles: readonly string[] = SYSTEM_BUNDLES,
): string[] {
  const named = env.SSL_CERT_FILE;
  if (named) return [...rootCertificates, readBundle(named)];
  const system = bundles.find((path) => existsSync(path));
  if (system === undefined) return [...rootCertificates];
  try {
    return [...rootCertificates, readFileSync(system, "utf8")];
  } catch {
    return [...rootCertificates];
  }
}

function readBundle(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new HttpError(
      "network",
      `SSL_CERT_FILE names "${path}", which cannot be read (${errorCode(error) ?? "unknown error"})`,
      { cause: error },
    );
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw new HttpError(
      "network",
      `SSL_CERT_FILE names "${path}", which holds no certificate in PEM form`,
    );
  }
  return text;
}
