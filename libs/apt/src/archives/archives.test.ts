import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { describe, expect, test } from "vitest";
import { archivesFor } from "./archives.ts";
import { parseConfig, readHostApt } from "./host-apt.ts";

const LIST = `# a remark
deb http://mirror.example/debian bookworm main contrib # another
deb-src http://mirror.example/debian bookworm main
deb [arch=arm64,armhf signed-by=/k/one.gpg check-valid-until=no] https://two.example/debian/ bookworm main
deb cdrom:[Debian]/ bookworm main
deb [trusted=yes] http://vendor.example/ bookworm stable
`;
const SOURCES = `Types: deb deb-src
URIs: http://three.example/debian http://four.example/debian
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /k/two.gpg

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Check-Valid-Until: no
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
`;

function host(config = "") {
  const place = scratch();
  mkdirSync(join(place.path, "sources.list.d"));
  writeFileSync(join(place.path, "sources.list"), LIST);
  writeFileSync(join(place.path, "sources.list.d/a.sources"), SOURCES);
  writeFileSync(
    join(place.path, "sources.list.d/a.sources.bak"),
    "deb http://bad.example/ bookworm main",
  );
  const apt = { ...readHostApt(place.path, null), ...parseConfig(config) };
  place[Symbol.dispose]();
  return apt;
}

const none = { sources: [], proxies: {}, checkValidUntil: true };

describe("archives", () => {
  test("the host's own sources of a suite come first", () => {
    const asked = (suite: string, architecture: "amd64" | "arm64" = "amd64") =>
      archivesFor("debian", suite, architecture, {}, host());
    expect(asked("bookworm")).toEqual([
      { base: "http://mirror.example/debian/", checkValidUntil: true, isHosts: true },
      {
        base: "http://three.example/debian/",
        checkValidUntil: true,
        isHosts: true,
        keyring: "/k/two.gpg",
      },
      {
        base: "http://four.example/debian/",
        checkValidUntil: true,
        isHosts: true,
        keyring: "/k/two.gpg",
      },
      { base: "http://deb.debian.org/debian/", checkValidUntil: true, isHosts: false },
    ]);
    expect(asked("bookworm", "arm64")[1]).toEqual({
      base: "https://two.example/debian/",
      checkValidUntil: false,
      isHosts: true,
      keyring: "/k/one.gpg",
    });
    expect(asked("bookworm-security")).toEqual([
      { base: "http://deb.debian.org/debian-security/", checkValidUntil: false, isHosts: true },
    ]);
    expect(asked("trixie").map(({ base }) => base)).toEqual(["http://deb.debian.org/debian/"]);
  });

  test("a mirror of the user's is asked alone", () => {
    const bases = (suite: string, mirror: string) =>
      archivesFor("debian", suite, "amd64", { debian: mirror }, host()).map(({ base }) => base);
    expect(bases("bookworm", "https://m.example/debian")).toEqual(["https://m.example/debian/"]);
    expect(bases("bookworm-security", "https://m.example/debian/")).toEqual([
      "https://m.example/debian-security/",
    ]);
    expect(bases("bookworm-security", "https://m.example/x")).toEqual(["https://m.example/x/"]);
    expect(() => bases("bookworm", "m.example")).toThrow(
      'mirror "m.example" for debian is not a URL: write one such as http://deb.debian.org/debian',
    );
  });

  test("Ubuntu has another archive for other processors", () => {
    const base = (architecture: "amd64" | "arm64") =>
      archivesFor("ubuntu", "noble", architecture, {}, none)[0]?.base;
    expect(base("amd64")).toBe("http://archive.ubuntu.com/ubuntu/");
    expect(base("arm64")).toBe("http://ports.ubuntu.com/ubuntu-ports/");
  });
});

test("apt's configuration tells proxies and whether dates are checked", () => {
  expect(parseConfig("")).toEqual({ proxies: {}, checkValidUntil: true });
  expect(
    parseConfig(
      'Acquire::http "";\nAcquire::http::Proxy "http://p:3128";\nAcquire::Check-Valid-Until "false";\n',
    ),
  ).toEqual({ proxies: { http: "http://p:3128", https: "http://p:3128" }, checkValidUntil: false });
  expect(
    parseConfig('Acquire::http::Proxy "DIRECT";\nAcquire::https::Proxy "http://q:1";\n').proxies,
  ).toEqual({ https: "http://q:1" });
});

test("a machine without apt has neither sources nor a configuration", () => {
  using place = scratch();
  expect(readHostApt(join(place.path, "nothing"), join(place.path, "apt-config"))).toEqual(none);
});
