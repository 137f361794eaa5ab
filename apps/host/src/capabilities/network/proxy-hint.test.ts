import { expect, test } from "vitest";
import { proxyHint } from "./proxy-hint.ts";

const hint = (environment: Record<string, string>) => proxyHint(environment, "10.0.2.2");

test.each([
  ["http_proxy", "http://127.0.0.1:3128", "127.0.0.1", "http://10.0.2.2:3128"],
  ["HTTPS_PROXY", "localhost:3128/", "localhost", "10.0.2.2:3128/"],
  ["all_proxy", "socks5h://me:secret@[::1]:1080", "[::1]", "socks5h://10.0.2.2:1080"],
])("a proxy on the loopback: %s=%s", (name, value, address, instead) => {
  expect(hint({ [name]: value })).toBe(
    `${name} names a proxy on ${address}, which is the guest itself in there; the host's is 10.0.2.2, as in: ${name}=${instead}`,
  );
});

test("a proxy elsewhere is as good in the guest", () => {
  expect(hint({})).toBeUndefined();
  for (const value of ["", "http://proxy:3128", "http://localhost.test:1", "http://1270.0.0.1:1"])
    expect(hint({ http_proxy: value })).toBeUndefined();
});
