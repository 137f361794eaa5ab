import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { apart, importsOf, layered, never, offences, only, type Rule, without } from "./imports.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const scan = (pattern: string) => [...new Bun.Glob(pattern).scanSync(root)].sort();

const manifests = scan("{apps,libs}/*/package.json");
const packages = new Map(
  manifests.map((path): [string, string] => [String(JSON.parse(read(path)).name), dirname(path)]),
);
const directories = [...packages.values()];
// Tests, and what only tests use, stand beside the code and may compare it with anything.
const sources = scan("{apps,libs}/*/src/**/*.ts").filter(
  (path) => !path.endsWith(".test.ts") && !path.includes("/testing/"),
);
const imports = sources.flatMap((path) => importsOf(path, read(path), packages));

/** The parts of the host, lowest first (docs/architecture.md). */
const parts = [
  "version.ts",
  "failure.ts",
  "system",
  "cache",
  "host",
  "settings",
  "kernels",
  "steps.ts",
  "capabilities",
  "guest",
  "events.ts",
  "machine",
  "session",
  "templates",
  "upkeep",
  "report",
  "run",
  "matrix",
  "cli",
  "main.ts",
];
const host = layered("apps/host/src", parts);
const ociParts = [
  "errors.ts",
  "limits.ts",
  "names",
  "auth",
  "remote",
  "layers",
  "local",
  "pull",
  "index.ts",
];
const aptParts = [
  "errors.ts",
  "limits.ts",
  "names",
  "archives",
  "context.ts",
  "options.ts",
  "index",
  "kernels",
  "fetch",
  "index.ts",
];
const outside = [
  "node:child_process",
  "node:crypto",
  "node:fs",
  "node:fs/promises",
  "node:os",
  "node:process",
  "bun",
  "bun:ffi",
];

/** All packages of the workspace but these. */
const others = (...but: string[]) => directories.filter((directory) => !but.includes(directory));
const files = ["libs/linux", "libs/http", "libs/codec", "libs/archive", "libs/store"];

const rules: [string, Rule][] = [
  ["libraries import no application", never("libs", "apps")],
  ["libs/protocol imports nothing but zod", only("libs/protocol", ["zod"])],
  ["libs/http imports libs/linux alone", apart("libs/http", others("libs/linux"))],
  ["libs/codec imports libs/linux alone", apart("libs/codec", others("libs/linux"))],
  ["libs/archive imports libs/linux alone", apart("libs/archive", others("libs/linux"))],
  ["libs/store imports libs/archive", apart("libs/store", others("libs/linux", "libs/archive"))],
  ["libs/oci imports what transfers, unpacks and keeps files", apart("libs/oci", others(...files))],
  [
    "libs/apt imports what transfers, unpacks and keeps files",
    apart("libs/apt", others(...files, "libs/packages")),
  ],
  [
    "libs/packages imports what unpacks and keeps files",
    apart("libs/packages", others("libs/linux", "libs/codec", "libs/archive", "libs/store")),
  ],
  ["libs/kernel imports libs/codec", apart("libs/kernel", others("libs/linux", "libs/codec"))],
  ["libs/linux imports no other package of the workspace", apart("libs/linux", directories)],
  ["libs/asm imports libs/linux alone", only("libs/asm", ["libs/linux"])],
  ["libs/script imports libs/linux alone", only("libs/script", ["libs/linux"])],
  ["guest init imports nothing of the host", never("apps/init", "apps/host")],
  ["the host imports nothing of guest init", never("apps/host", "apps/init")],
  ["parts of the host import those below them", host],
  ["parts of libs/oci import those below them", layered("libs/oci/src", ociParts)],
  ["parts of libs/apt import those below them", layered("libs/apt/src", aptParts)],
  [
    "what a guest does is planned without a look at the host",
    without("apps/host/src/guest", outside),
  ],
];

test.each(rules)("%s", (_name, rule) => {
  expect(offences(rule, imports)).toEqual([]);
});

describe("a wrong import is named", () => {
  const at = (file: string, source: string) => importsOf(file, source, packages);
  const wrong: [string, Rule, string, string, string[]][] = [
    [
      "an application in a library",
      never("libs", "apps"),
      "libs/qemu/src/a.ts",
      'import { run } from "../../../apps/host/src/run.ts";',
      ["libs/qemu/src/a.ts imports apps/host/src/run.ts"],
    ],
    [
      "an application by the name of its package",
      never("libs", "apps"),
      "libs/qemu/src/a.ts",
      'import type { Run } from "@vimto/host";',
      ["libs/qemu/src/a.ts imports types of apps/host"],
    ],
    [
      "I/O in the protocol",
      only("libs/protocol", ["zod"]),
      "libs/protocol/src/a.ts",
      'import { z } from "zod";\nexport * from "node:fs";\nimport "./b.ts";',
      ["libs/protocol/src/a.ts imports node:fs"],
    ],
    [
      "another package in libs/oci",
      apart("libs/oci", others(...files)),
      "libs/oci/src/a.ts",
      'const protocol = await import("@vimto/protocol");\nimport tar from "tar-stream";',
      ["libs/oci/src/a.ts imports libs/protocol"],
    ],
    [
      "what is above it, even its types",
      host,
      "apps/host/src/guest/a.ts",
      'import { parse } from "../settings/b.ts";\nimport type { Run } from "../run/c.ts";\nimport { Machine } from "../machine/d.ts";\nexport { parse, Machine };',
      [
        "apps/host/src/guest/a.ts imports apps/host/src/machine/d.ts",
        "apps/host/src/guest/a.ts imports types of apps/host/src/run/c.ts",
      ],
    ],
    [
      "a command, by what joins all others",
      host,
      "apps/host/src/run/a.ts",
      'export { exec } from "../cli/commands/exec.ts";',
      ["apps/host/src/run/a.ts imports apps/host/src/cli/commands/exec.ts"],
    ],
    [
      "anything, in a part that the list does not have",
      host,
      "apps/host/src/other.ts",
      'import type { Failure } from "./failure.ts";',
      ["apps/host/src/other.ts imports types of apps/host/src/failure.ts"],
    ],
    [
      "the file system in a plan",
      without("apps/host/src/guest", outside),
      "apps/host/src/guest/a.ts",
      'import { existsSync } from "node:fs";\nimport { basename } from "node:path";\nexport { existsSync, basename };',
      ["apps/host/src/guest/a.ts imports node:fs"],
    ],
  ];

  test.each(wrong)("%s", (_name, rule, file, source, expected) => {
    expect(offences(rule, at(file, source))).toEqual(expected);
  });

  test("a directory is not taken for another whose name it begins with", () => {
    const source = 'import { a } from "../../libs-old/a.ts";\nexport { a };';
    expect(offences(never("apps", "libs"), at("apps/host/src/a.ts", source))).toEqual([]);
  });
});
