import { expect, test } from "vitest";
import { proxyHint } from "./proxy-hint.ts";

const hint = (environment: Record<string, string>) => proxyHint(environment, "10.0.2.2", "fec0::2");

test.each([
  ["http_proxy", "http://127.0.0.1:3128", "127.0.0.1", "10.0.2.2", "http://10.0.2.2:3128"],
  ["HTTPS_PROXY", "localhost:3128/", "localhost", "10.0.2.2", "10.0.2.2:3128/"],
  ["all_proxy", "socks5h://me:secret@[::1]:1080", "[::1]", "[fec0::2]", "socks5h://[fec0::2]:1080"],
])("a proxy on the loopback: %s=%s", (name, value, address, reached, instead) => {
  expect(hint({ [name]: value })).toBe(
    `${name} names a proxy on ${address}, which is the guest itself in there; the host's is ${reached}, as in: exec -- env ${name}=${instead} COMMAND`,
  );
});

test("a proxy on another address of the loopback cannot be reached", () => {
  expect(hint({ http_proxy: "http://127.0.1.1:3128" })).toBe(
    "http_proxy names a proxy on 127.0.1.1, which is the guest itself in there; of the host's loopback it reaches 127.0.0.1 alone, so let the proxy listen there",
  );
});

test("a proxy elsewhere is as good in the guest", () => {
  expect(hint({})).toBeUndefined();
  for (const value of ["", "http://proxy:3128", "http://localhost.test:1", "http://1270.0.0.1:1"])
    expect(hint({ http_proxy: value })).toBeUndefined();
});
