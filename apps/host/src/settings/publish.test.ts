import { expect, test } from "vitest";
import { parsePublish } from "./publish.ts";
import { settingsOf } from "./testing/fixture.ts";

test.each([
  ["8080:80", { protocol: "tcp", address: "127.0.0.1", port: 8080, guestPort: 80 }],
  ["0:53/udp", { protocol: "udp", address: "127.0.0.1", port: 0, guestPort: 53 }],
  ["0.0.0.0:1:65535/tcp", { protocol: "tcp", address: "0.0.0.0", port: 1, guestPort: 65535 }],
])("%s", (text, expected) => {
  expect(parsePublish(text, "--publish")).toEqual(expected);
});

const way = "write for example 8080:80, 0:80 or 127.0.0.1:5353:53/udp";
test.each([
  ["80", "is not [ADDRESS:]PORT:PORT[/udp]"],
  ["80:80/sctp", "is not [ADDRESS:]PORT:PORT[/udp]"],
  ["", "is not [ADDRESS:]PORT:PORT[/udp]"],
  ["localhost:80:80", 'has "localhost" for an IPv4 address of the host'],
  ["[::1]:80:80", 'has "[::1]" for an IPv4 address of the host'],
  ["65536:80", "has a port above 65535"],
  ["80:0", "has port 0 of the guest, where nothing can listen"],
])("%s is refused", (text, why) => {
  expect(() => parsePublish(text, "--publish")).toThrow(
    `--publish ${JSON.stringify(text)} ${why}; ${way}`,
  );
});

test("a port without a network is refused", () => {
  expect(() => settingsOf({ argv: ["--publish", "80:80"] })).toThrow(
    '--publish "80:80" needs a network in the guest; add --net user',
  );
  expect(() => settingsOf({ toml: "publish = ['80:80']" })).toThrow(/needs a network/);
});

test("a variable holds several", () => {
  const environment = { VIMTO_NET: "user", VIMTO_PUBLISH: "1:2 3:4/udp" };
  expect(settingsOf({ environment }).forwards.map(({ port }) => port)).toEqual([1, 3]);
});

test("a port that is named twice is refused", () => {
  const twice = (...ports: string[]) =>
    settingsOf({ argv: ["--net", "user", ...ports.flatMap((port) => ["--publish", port])] });
  expect(() => twice("8080:80", "0.0.0.0:8080:81")).toThrow(
    '--publish "0.0.0.0:8080:81" is for the same port of the host as --publish "8080:80"; choose another port, or 0 for a free one',
  );
  expect(twice("8080:80", "8080:80/udp", "0:1", "0:2").forwards).toHaveLength(4);
});
