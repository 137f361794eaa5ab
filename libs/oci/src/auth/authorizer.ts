import { isLoopback, type Transport } from "@vimto/http";
import { z } from "zod";
import { OciError } from "../errors.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { basicHeader, type Credential, type Credentials } from "./credential.ts";

const TokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
});

const MOST_TOKEN_BYTES = 256 * 1024;

/** Answers a registry's challenges for one repository, and remembers what satisfied it. */
export class Authorizer {
  readonly #transport: Transport;
  readonly #credentials: Credentials;
  readonly #registry: string;
  readonly #repository: string;
  #credential: Promise<Credential | undefined> | undefined;
  /** The value of the Authorization header; undefined before a challenge asks for it. */
  header: string | undefined;

  constructor(
    transport: Transport,
    credentials: Credentials,
    registry: string,
    repository: string,
  ) {
    this.#transport = transport;
    this.#credentials = credentials;
    this.#registry = registry;
    this.#repository = repository;
  }

  /**
   * Answers the WWW-Authenticate header of a 401: with a token of the registry's token service
   * (distribution specification, "token authentication"), or with name and password.
   * @throws OciError "unauthorized" if there is nothing to answer with
   */
  async answer(header: string | null, origin: URL, signal?: AbortSignal): Promise<void> {
    const challenges = parseChallenges(header ?? "");
    const bearer = challenges.find(
      (c) => c.scheme === "bearer" && c.parameters.realm !== undefined,
    );
    const basic = challenges.find((c) => c.scheme === "basic");
    if (!bearer && !basic) {
      throw new OciError(
        "registry",
        `registry "${this.#registry}" answers 401 and does not say how to log in`,
      );
    }
    const credential = await this.credential();
    if (bearer) {
      this.header = `Bearer ${await this.#token(bearer, credential, origin, signal)}`;
      return;
    }
    if (credential?.kind !== "basic") throw this.refusal(credential);
    this.header = basicHeader(credential.username, credential.password);
  }

  credential(): Promise<Credential | undefined> {
    this.#credential ??= this.#credentials(this.#registry, this.#repository);
    return this.#credential;
  }

  /** The sentence for a registry that refuses everybody, or this user. */
  refusal(credential: Credential | undefined): OciError {
    const what = `"${this.#registry}/${this.#repository}"`;
    return new OciError(
      "unauthorized",
      credential === undefined
        ? `registry "${this.#registry}" wants a login for ${what}: check the name, or run "docker login ${this.#registry}"`
        : `registry "${this.#registry}" refuses the login from "${credential.source}" for ${what}: run "docker login ${this.#registry}" again`,
    );
  }

  async #token(
    challenge: Challenge,
    credential: Credential | undefined,
    origin: URL,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    if (credential?.kind === "bearer") return credential.token;
    const realm = this.#realm(challenge, origin);
    const { service } = challenge.parameters;
    const scope = challenge.parameters.scope ?? `repository:${this.#repository}:pull`;
    const what = `the answer of token service "${realm.host}"`;
    const { response, body } =
      credential?.kind === "identity"
        ? await this.#transport.sendWhole(
            refresh(realm, service, scope, credential.token, signal),
            MOST_TOKEN_BYTES,
            what,
          )
        : await this.#transport.sendWhole(
            ask(realm, service, scope, credential, signal),
            MOST_TOKEN_BYTES,
            what,
          );
    if ([400, 401, 403].includes(response.status)) throw this.refusal(credential);
    if (response.status !== 200) {
      throw new OciError(
        "registry",
        `token service "${realm.host}" answered with status ${response.status}`,
      );
    }
    const token = readToken(body);
    if (token === undefined) {
      throw new OciError("registry", `token service "${realm.host}" answered without a token`);
    }
    return token;
  }

  /** Credentials go to the realm, so it must be as well protected as the registry itself. */
  #realm(challenge: Challenge, origin: URL): URL {
    const text = challenge.parameters.realm ?? "";
    if (!URL.canParse(text)) {
      throw new OciError(
        "registry",
        `registry "${this.#registry}" names the token service "${text.slice(0, 200)}", which is not a URL`,
      );
    }
    const realm = new URL(text);
    const plain = realm.protocol === "http:" && origin.protocol === "http:";
    const allowed = isLoopback(realm.hostname) || this.#transport.options.plainHttp(realm.host);
    if (realm.protocol !== "https:" && !(plain && allowed)) {
      throw new OciError(
        "registry",
        `registry "${this.#registry}" names the token service "${realm.origin}", which is not https`,
      );
    }
    return realm;
  }
}

function ask(
  realm: URL,
  service: string | undefined,
  scope: string,
  credential: (Credential & { kind: "basic" }) | undefined,
  signal: AbortSignal | undefined,
) {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const each of scope.split(" ")) url.searchParams.append("scope", each);
  const headers: Record<string, string> = {};
  if (credential) {
    url.searchParams.set("account", credential.username);
    headers.authorization = basicHeader(credential.username, credential.password);
  }
  return { method: "GET", url, headers, signal } as const;
}

/** Docker's token service takes refresh tokens by POST alone (distribution, "OAuth2 token authentication"). */
function refresh(
  url: URL,
  service: string | undefined,
  scope: string,
  token: string,
  signal: AbortSignal | undefined,
) {
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: "vimto",
    scope,
    refresh_token: token,
    ...(service === undefined ? {} : { service }),
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url, headers, body, signal } as const;
}

function readToken(body: Uint8Array): string | undefined {
  try {
    const { token, access_token } = TokenAnswer.parse(JSON.parse(new TextDecoder().decode(body)));
    const found = token || access_token;
    return found && /^[\x21-\x7e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
