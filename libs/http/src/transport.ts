import { errorCode } from "@vimto/linux";
import { discard, readBounded } from "./bounded.ts";
import type { Clock } from "./clock.ts";
import { HttpError, throwIfAborted } from "./error.ts";
import { type Environment, isLoopback, proxyFor, withoutProxyVariables } from "./proxy.ts";
import {
  ATTEMPTS,
  backoffMs,
  isCertificateError,
  isRetriedError,
  isRetriedStatus,
  LONGEST_WAIT_MS,
  retryAfterMs,
} from "./retry.ts";

export type HttpRequest = {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Tries before a failure is final; by default five. */
  readonly attempts?: number;
};

/** An answer whose headers have arrived. `sameOrigin` is false once a redirect has left the first host. */
export type HttpAnswer = {
  readonly response: Response;
  readonly url: URL;
  readonly sameOrigin: boolean;
};

export type TransportOptions = {
  readonly env: Environment;
  readonly clock: Clock;
  /** Certificates to trust, in PEM. */
  readonly roots: readonly string[];
  /** Is http to this host and port allowed? Loopback always is. */
  readonly plainHttp: (host: string) => boolean;
  /** Hears one sentence for each try that failed and will be made again. */
  readonly onRetry?: ((message: string) => void) | undefined;
  /** How long the headers of an answer may take. */
  readonly headersTimeoutMs?: number;
};

const MOST_REDIRECTS = 10;
const HEADERS_TIMEOUT_MS = 60_000;

/** HTTP for large files: retried, redirected without leaking credentials, through the proxy. */
export class Transport {
  readonly options: TransportOptions;

  constructor(options: TransportOptions) {
    this.options = options;
  }

  /**
   * Sends a request until it is answered with something else than "not now", at most five times.
   * @throws HttpError "network", "answer" or "aborted"
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { clock, onRetry } = this.options;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(request.signal);
      const failure = await this.#attempt(request);
      if ("response" in failure) return failure;
      if (!failure.again || attempt >= (request.attempts ?? ATTEMPTS)) throw failure.error;
      const wait = failure.waitMs ?? backoffMs(attempt, clock);
      if (wait > LONGEST_WAIT_MS) {
        throw new HttpError(
          "network",
          `${failure.error.message} and asks to wait ${Math.ceil(wait / 1000)} seconds: try again then`,
        );
      }
      onRetry?.(`${failure.error.message}; trying again in ${(wait / 1000).toFixed(1)} s`);
      await clock.sleep(wait, request.signal);
    }
  }

  /**
   * Sends a request and reads the whole of its small answer, again from the start if it breaks.
   * @throws HttpError "limit" if the body is longer than `most` bytes
   */
  async sendWhole(
    request: HttpRequest,
    most: number,
    what: string,
  ): Promise<HttpAnswer & { readonly body: Uint8Array }> {
    const { clock, onRetry } = this.options;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.send(request);
      try {
        return { ...answer, body: await readBounded(answer.response, most, what) };
      } catch (error) {
        throwIfAborted(request.signal);
        if (error instanceof HttpError) throw error;
        const failure = networkError(answer.url, error);
        if (!isRetriedError(error) || attempt >= ATTEMPTS) throw failure;
        onRetry?.(`${failure.message}; trying again`);
        await clock.sleep(backoffMs(attempt, clock), request.signal);
      }
    }
  }

  async #attempt(
    request: HttpRequest,
  ): Promise<HttpAnswer | { error: HttpError; again: boolean; waitMs?: number }> {
    let answer: HttpAnswer;
    try {
      answer = await this.#follow(request);
    } catch (error) {
      throwIfAborted(request.signal);
      if (error instanceof HttpError) return { error, again: false };
      return { error: networkError(request.url, error), again: isRetriedError(error) };
    }
    const { response, url } = answer;
    if (!isRetriedStatus(response.status)) return answer;
    const waitMs = retryAfterMs(response.headers.get("retry-after"), this.options.clock);
    await discard(response);
    const error = new HttpError("network", `"${url.host}" answered with status ${response.status}`);
    return { error, again: true, ...(waitMs === undefined ? {} : { waitMs }) };
  }

  async #follow(request: HttpRequest): Promise<HttpAnswer> {
    let url = request.url;
    let headers = request.headers;
    let sameOrigin = true;
    for (let redirects = 0; ; redirects++) {
      this.#checkScheme(url, request.url);
      const response = await this.#once(request, url, headers);
      const location = response.headers.get("location");
      const redirected = [301, 302, 303, 307, 308].includes(response.status) && location !== null;
      if (!redirected || request.method === "POST") return { response, url, sameOrigin };
      await discard(response);
      if (redirects === MOST_REDIRECTS) {
        throw new HttpError(
          "answer",
          `"${request.url.host}" redirects more than ${MOST_REDIRECTS} times`,
        );
      }
      const next = redirectTarget(location, url);
      if (next.origin !== url.origin) {
        headers = withoutAuthorization(headers);
        sameOrigin = false;
      }
      url = next;
    }
  }

  /** RFC 9110, section 15.4: a redirect from https to http is refused. */
  #checkScheme(url: URL, first: URL): void {
    if (url.protocol === "https:") return;
    if (url.protocol !== "http:") {
      throw new HttpError(
        "answer",
        `"${first.host}" redirects to "${url.protocol}", which is not http`,
      );
    }
    if (first.protocol === "https:") {
      throw new HttpError(
        "answer",
        `"${first.host}" redirects from https to http at "${url.host}"`,
      );
    }
    if (!isLoopback(url.hostname) && !this.options.plainHttp(url.host)) {
      throw new HttpError(
        "network",
        `"${url.host}" would be asked over http, which is not encrypted`,
      );
    }
  }

  async #once(request: HttpRequest, url: URL, headers: HttpRequest["headers"]): Promise<Response> {
    const { env, roots, clock } = this.options;
    const proxy = proxyFor(url, env);
    const headersCame = new AbortController();
    const timeout = new AbortController();
    const timer = clock.sleep(
      this.options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
      headersCame.signal,
    );
    timer.then(() => timeout.abort(timeoutError()), ignore);
    const signals = request.signal ? [request.signal, timeout.signal] : [timeout.signal];
    try {
      return await withoutProxyVariables(() =>
        fetch(url, {
          method: request.method,
          headers: { "accept-encoding": "identity", "user-agent": "vimto", ...headers },
          redirect: "manual",
          decompress: false,
          signal: AbortSignal.any(signals),
          ...(request.body === undefined ? {} : { body: request.body }),
          ...(url.protocol === "https:" ? { tls: { ca: [...roots] } } : {}),
          ...(proxy === undefined ? {} : { proxy }),
        }),
      );
    } finally {
      headersCame.abort();
    }
  }
}

/** The sentence for a failed exchange with a host. */
export function networkError(url: URL, error: unknown): HttpError {
  const code = errorCode(error) ?? "";
  const reason = isCertificateError(error)
    ? `its certificate is not accepted (${code}): name the file with its CA in SSL_CERT_FILE`
    : (REASONS[code] ?? (error instanceof Error ? error.message : String(error)));
  return new HttpError("network", `cannot reach "${url.host}": ${reason}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  ConnectionClosed: "the connection was cut",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "the name server does not answer",
  ETIMEDOUT: "it does not answer in time",
  EPROTO: "it does not speak TLS",
  ENETUNREACH: "there is no network",
  EHOSTUNREACH: "there is no way to that host",
};

function redirectTarget(location: string, base: URL): URL {
  if (!URL.canParse(location, base.href)) {
    throw new HttpError(
      "answer",
      `"${base.host}" redirects to "${location.slice(0, 200)}", which is not a URL`,
    );
  }
  const target = new URL(location, base);
  target.username = "";
  target.password = "";
  target.hash = "";
  return target;
}

function withoutAuthorization(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"),
  );
}

function timeoutError(): Error {
  return Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });
}

function ignore(): void {}
