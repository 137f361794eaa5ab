import {
  discard,
  type HttpAnswer,
  HttpError,
  type HttpRequest,
  isCertificateError,
  isLoopback,
  readBounded,
  type Transport,
} from "@vimto/http";
import { type Digest, digestOf } from "@vimto/store";
import { Authorizer } from "../auth/authorizer.ts";
import type { Credentials } from "../auth/credential.ts";
import { OciError, throwIfAborted } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { parseDigest } from "../names/digest.ts";
import { formatReference, type Reference } from "../names/reference.ts";
import { ACCEPT_MANIFESTS } from "./media-types.ts";
import { registryFailure } from "./registry-error.ts";

const MOST_ERROR_BYTES = 64 * 1024;

/** The bytes of a manifest as received: only these have the digest. */
export type ReceivedManifest = {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
  readonly digest: Digest;
};

type Send<A extends HttpAnswer> = (request: HttpRequest) => Promise<A>;

/** One repository of one registry (OCI distribution specification 1.1, "pull"). */
export class Repository {
  readonly reference: Reference;
  readonly #transport: Transport;
  readonly #authorizer: Authorizer;
  #base: Promise<URL> | undefined;

  constructor(reference: Reference, transport: Transport, credentials: Credentials) {
    this.reference = reference;
    this.#transport = transport;
    const { registry, repository } = reference;
    this.#authorizer = new Authorizer(transport, credentials, registry, repository);
  }

  /**
   * The digest of a tag, by a HEAD request: no body, and Docker Hub does not count it. Undefined if
   * the registry does not say; then the manifest has to be fetched.
   */
  async lookUp(tag: string, signal?: AbortSignal): Promise<Digest | undefined> {
    const send: Send<HttpAnswer> = (request) => this.#transport.send(request);
    const headers = { accept: ACCEPT_MANIFESTS };
    const { response } = await this.#authorized(
      { method: "HEAD", path: `manifests/${tag}`, headers, signal },
      send,
    );
    await discard(response);
    const digest = response.headers.get("docker-content-digest");
    if (response.status !== 200 || digest === null) return undefined;
    return parseDigest(digest, `registry "${this.reference.registry}"`, "registry");
  }

  /**
   * Fetches a manifest by tag or digest and checks it against the digest that was asked for, or, for
   * a tag, that the registry names.
   * @throws OciError "not-found", "unauthorized", "digest", "limit", "registry", "network"
   */
  async manifest(name: string, limits: Limits, signal?: AbortSignal): Promise<ReceivedManifest> {
    const what = `the manifest of "${formatReference(this.reference)}"`;
    const headers = { accept: ACCEPT_MANIFESTS };
    const { response, body } = await this.#authorized(
      { method: "GET", path: `manifests/${name}`, headers, signal },
      (request) => this.#transport.sendWhole(request, limits.manifestBytes, what),
    );
    if (response.status !== 200) throw registryFailure(this.reference, name, response.status, body);
    const header = response.headers.get("docker-content-digest");
    const asked = name.includes(":") ? name : header;
    const digest =
      asked === null
        ? digestOf(body)
        : parseDigest(asked, `registry "${this.reference.registry}"`, "registry");
    const actual = digestOf(body, digest.algorithm);
    if (actual.hex !== digest.hex) {
      throw new OciError(
        "digest",
        `${what} has the digest ${actual.text} instead of ${digest.text}`,
      );
    }
    return { bytes: body, mediaType: response.headers.get("content-type") ?? undefined, digest };
  }

  /**
   * Starts the download of a blob at a byte. The answer is 200 and begins with the first byte, or 206
   * and begins with `offset`; nothing of its body is checked yet.
   */
  async blob(digest: Digest, offset: number, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const { response } = await this.#authorized(
      { method: "GET", path: `blobs/${digest.text}`, headers, signal },
      (request) => this.#transport.send(request),
    );
    if (response.status === 200 || response.status === 206) return response;
    const body = await readBounded(response, MOST_ERROR_BYTES, "the error").catch(() => undefined);
    throw registryFailure(this.reference, digest.text, response.status, body);
  }

  /** Sends a request; a 401 of the registry itself is answered once with what the user has to show. */
  async #authorized<A extends HttpAnswer>(
    ask: {
      method: "GET" | "HEAD";
      path: string;
      headers: Record<string, string>;
      signal: AbortSignal | undefined;
    },
    send: Send<A>,
  ): Promise<A> {
    this.#base ??= this.#findBase(ask.signal);
    const base = await this.#base;
    const url = new URL(`${this.reference.repository}/${ask.path}`, base);
    for (let round = 0; ; round++) {
      const { header } = this.#authorizer;
      const headers =
        header === undefined ? ask.headers : { ...ask.headers, authorization: header };
      const answer = await send({ method: ask.method, url, headers, signal: ask.signal });
      // A 401 from the target of a redirect is not the registry's: its realm must not get the password.
      if (answer.response.status !== 401 || !answer.sameOrigin) return answer;
      await discard(answer.response);
      if (round === 1) throw this.#authorizer.refusal(await this.#authorizer.credential());
      await this.#authorizer.answer(
        answer.response.headers.get("www-authenticate"),
        base,
        ask.signal,
      );
    }
  }

  /** https, unless http is allowed for this registry and its port does not speak TLS. */
  async #findBase(signal: AbortSignal | undefined): Promise<URL> {
    const { registry } = this.reference;
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    const https = new URL(`https://${host}/v2/`);
    if (!isLoopback(https.hostname) && !this.#transport.options.plainHttp(host)) return https;
    try {
      const probe = { method: "GET", url: https, headers: {}, signal, attempts: 1 } as const;
      await discard((await this.#transport.send(probe)).response);
      return https;
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof HttpError) || isCertificateError(error.cause)) throw error;
      if (error.cause === undefined) return https; // it did answer, if only with a 503
      return new URL(`http://${host}/v2/`);
    }
  }
}
