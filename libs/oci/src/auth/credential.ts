/** What a user can show to a registry. `source` says where it was found, for messages. */
export type Credential =
  | {
      readonly kind: "basic";
      readonly username: string;
      readonly password: string;
      readonly source: string;
    }
  /** An OAuth2 refresh token, from "identitytoken" or from a helper that answers "<token>". */
  | { readonly kind: "identity"; readonly token: string; readonly source: string }
  /** A ready bearer token, from "registrytoken". */
  | { readonly kind: "bearer"; readonly token: string; readonly source: string };

/** Finds what to show to a registry; undefined means anonymous. */
export type Credentials = (registry: string, repository: string) => Promise<Credential | undefined>;

/** Shows nothing to anyone. */
export const anonymous: Credentials = async () => undefined;

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}
