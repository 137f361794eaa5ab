import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./tools.ts";

export type TokenService = AsyncDisposable & {
  /** The registry's configuration for it. */
  readonly auth: Readonly<Record<string, unknown>>;
  /** Scopes that were asked for, with the user's name. */
  readonly asked: string[];
};

/**
 * A token service on loopback (distribution, "Token Authentication Specification"): gives tokens to
 * user "user" with password "pass" for everything, and to nobody else but for pulling from "public/".
 */
export async function startTokenService(directory: string): Promise<TokenService> {
  const key = join(directory, "token.key");
  const certificate = join(directory, "token.crt");
  await run(
    `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=token -keyout ${key} -out ${certificate}`.split(
      " ",
    ),
  );
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      const { searchParams } = new URL(request.url);
      const scope = searchParams.get("scope") ?? "";
      const user = userOf(request.headers.get("authorization"));
      asked.push(`${user ?? "nobody"} ${scope}`);
      if (request.headers.has("authorization") && user === undefined) {
        return new Response("", { status: 401 });
      }
      const allowed = user !== undefined || /^repository:public\/[^:]*:pull$/.test(scope);
      return Response.json({ token: token(key, certificate, allowed ? scope : "") });
    },
  });
  const realm = `http://127.0.0.1:${server.port}/token`;
  return {
    asked,
    auth: { token: { realm, service: "tests", issuer: "tests", rootcertbundle: certificate } },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function userOf(header: string | null): string | undefined {
  const text = Buffer.from(header?.replace(/^Basic /, "") ?? "", "base64").toString();
  return text === "user:pass" ? "user" : undefined;
}

/** A JSON web token, signed with RS256, with the certificate in it (RFC 7515, "x5c"). */
function token(key: string, certificate: string, scope: string): string {
  const x5c = [new X509Certificate(readFileSync(certificate)).raw.toString("base64")];
  const [type, name, actions] = scope.split(":");
  const access = actions === undefined ? [] : [{ type, name, actions: actions.split(",") }];
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now - 60, exp: now + 300 };
  const claims = {
    iss: "tests",
    aud: "tests",
    sub: "user",
    jti: Bun.randomUUIDv7(),
    ...times,
    access,
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ typ: "JWT", alg: "RS256", x5c })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), createPrivateKey(readFileSync(key)));
  return `${signed}.${signature.toString("base64url")}`;
}
