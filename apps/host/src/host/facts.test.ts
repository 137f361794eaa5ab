import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type HostFacts, makeFuzzCache, readHost } from "./facts.ts";

const top = realpathSync(mkdtempSync(join(tmpdir(), "vimto-facts-")));
afterAll(() => rmSync(top, { recursive: true }));
const made = (name: string) => {
  mkdirSync(join(top, name), { recursive: true });
  return join(top, name);
};
const cwd = made("work");
const size = { memoryBytes: 2 ** 32, limited: false, cpus: 2, arch: "amd64" } as const;
const question = { cwd, environment: {}, size, argv: [], asRoot: false, hooks: [], shares: [] };
const paths = ({ implied }: Pick<HostFacts, "implied">) => implied.map(({ path }) => path);
const implied = (...argv: string[]) => paths(readHost({ ...question, argv }));

test("a program that is a bare name implies no directory of its own", () => {
  expect(implied("make")).toEqual([cwd]);
});

test("a program that is a path implies its directory, if that exists", () => {
  expect(implied("../tools/run")).toEqual([cwd]);
  const tools = made("tools");
  expect(implied("../tools/run")).toEqual([cwd, tools]);
});

test("the git root comes first", () => {
  const repository = made("repository");
  made("repository/.git");
  writeFileSync(join(repository, ".git/HEAD"), "");
  const inner = made("repository/inner");
  expect(paths(readHost({ ...question, cwd: inner }))).toEqual([repository, inner]);
});

test("what go tells a test binary to write to is implied when it exists", () => {
  const profiles = made("profiles");
  const words = [`-test.outputdir=${profiles}`, `-test.fuzzcachedir=${top}/fuzz`];
  expect(implied("x.test", ...words)).toEqual([cwd, profiles]);
  makeFuzzCache(["x.test", ...words], cwd);
  expect(existsSync(join(top, "fuzz"))).toBe(true);
  expect(implied("x.test", ...words)).toEqual([cwd, profiles, join(top, "fuzz")]);
});

test("a program is looked for in PATH, and everywhere if nothing has it", () => {
  const bin = made("bin");
  writeFileSync(join(bin, "tool"), "");
  chmodSync(join(bin, "tool"), 0o755);
  const environment = { PATH: `/nowhere:${bin}:` };
  const { programs, hookPrograms } = readHost({
    ...question,
    environment,
    argv: ["tool"],
    hooks: [["absent"], ["./here"]],
  });
  expect([...programs]).toEqual([["tool", [`${bin}/tool`]]]);
  const root = ["/usr/local/sbin/absent", "/usr/sbin/absent", "/sbin/absent"];
  expect([...hookPrograms]).toEqual([
    ["absent", ["/nowhere/absent", `${bin}/absent`, "./absent", ...root]],
    ["./here", ["./here"]],
  ]);
  const asRoot = readHost({ ...question, environment, argv: ["absent"], asRoot: true });
  expect(asRoot.programs).toEqual(new Map([...hookPrograms].slice(0, 1)));
});
