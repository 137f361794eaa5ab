import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { apart, importsOf, never, offences, oneWay, only, type Rule } from "./imports.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const scan = (pattern: string) => [...new Bun.Glob(pattern).scanSync(root)].sort();

const manifests = scan("{apps,libs}/*/package.json");
const packages = new Map(
  manifests.map((path): [string, string] => [String(JSON.parse(read(path)).name), dirname(path)]),
);
const directories = [...packages.values()];
// Tests stand beside the code and may compare it with anything.
const sources = scan("{apps,libs}/*/src/**/*.ts").filter((path) => !path.endsWith(".test.ts"));
const imports = sources.flatMap((path) => importsOf(path, read(path), packages));

const stages = ["settings", "kernels", "plan", "artefacts", "machine", "session", "report"];
const stageRule = oneWay("apps/host/src", stages, ["commands", "main.ts"]);

const rules: [string, Rule][] = [
  ["libraries import no application", never("libs", "apps")],
  ["libs/protocol imports nothing but zod", only("libs/protocol", ["zod"])],
  ["libs/oci imports no other package of the workspace", apart("libs/oci", directories)],
  ["guest init imports nothing of the host", never("apps/init", "apps/host")],
  ["the host imports nothing of guest init", never("apps/host", "apps/init")],
  ["stages of the host import types of earlier stages, and commands join them", stageRule],
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
      apart("libs/oci", directories),
      "libs/oci/src/a.ts",
      'const protocol = await import("@vimto/protocol");\nimport tar from "tar-stream";',
      ["libs/oci/src/a.ts imports libs/protocol"],
    ],
    [
      "code of an earlier stage, and even types of a later one",
      stageRule,
      "apps/host/src/plan/a.ts",
      'import { parse } from "../settings/b.ts";\nimport type { Settings } from "../settings/c.ts";\nimport type { Machine } from "../machine/d.ts";\nexport { parse };',
      [
        "apps/host/src/plan/a.ts imports apps/host/src/settings/b.ts",
        "apps/host/src/plan/a.ts imports types of apps/host/src/machine/d.ts",
      ],
    ],
    [
      "a stage in what all stages use",
      stageRule,
      "apps/host/src/errors.ts",
      'import type { Plan } from "./plan/plan.ts";',
      ["apps/host/src/errors.ts imports types of apps/host/src/plan/plan.ts"],
    ],
    [
      "a command in a stage",
      stageRule,
      "apps/host/src/session/a.ts",
      'export { exec } from "../commands/exec.ts";',
      ["apps/host/src/session/a.ts imports apps/host/src/commands/exec.ts"],
    ],
  ];

  test.each(wrong)("%s", (_name, rule, file, source, expected) => {
    expect(offences(rule, at(file, source))).toEqual(expected);
  });

  test("a joint imports every stage", () => {
    const source = 'import { plan } from "../plan/plan.ts";\nexport { plan };';
    expect(offences(stageRule, at("apps/host/src/commands/exec.ts", source))).toEqual([]);
  });

  test("a directory is not taken for another whose name it begins with", () => {
    const source = 'import { a } from "../../libs-old/a.ts";\nexport { a };';
    expect(offences(never("apps", "libs"), at("apps/host/src/a.ts", source))).toEqual([]);
  });
});
