import { errorCode } from "@vimto/linux";
import type { Clock } from "./clock.ts";

/** Tries of one request, the first included. */
export const ATTEMPTS = 5;
const FIRST_DELAY_MS = 500;
/** A longer wait that a server asks for counts as a refusal. */
export const LONGEST_WAIT_MS = 60_000;

const RETRIED_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/** True for the answers that say "not now" and not "no". */
export function isRetriedStatus(status: number): boolean {
  return RETRIED_STATUS.has(status);
}

/**
 * True for a connection that broke. Another try does not help against a name that does not exist, a refused
 * connection or a certificate that does not verify.
 */
export function isRetriedError(error: unknown): boolean {
  const code = errorCode(error) ?? "";
  if (code === "EAI_AGAIN") return true;
  return /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ConnectionClosed|Timeout|ERR_STREAM_PREMATURE_CLOSE|InvalidHTTPResponse)/.test(
    code,
  );
}

/** True if `error` says that a certificate was not accepted. */
export function isCertificateError(error: unknown): boolean {
  return /CERT|UNABLE_TO|SELF_SIGNED|ISSUER|HOSTNAME_MISMATCH/.test(errorCode(error) ?? "");
}

/** The wait before try number `attempt` + 1 (1 is the first try): doubled each time, a fifth of it by chance. */
export function backoffMs(attempt: number, clock: Clock): number {
  const full = FIRST_DELAY_MS * 2 ** (attempt - 1);
  return Math.round(full * (0.8 + 0.4 * clock.random()));
}

/**
 * Milliseconds that a Retry-After header asks for (RFC 9110, section 10.2.3: seconds, or a date), or
 * undefined where it cannot be read.
 */
export function retryAfterMs(header: string | null, clock: Clock): number | undefined {
  if (header === null) return undefined;
  if (/^\s*[0-9]+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now());
}
