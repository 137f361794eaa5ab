import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { tool } from "@vimto/codec/testing/tools";
import { expect, type TestContext, test } from "vitest";
import { ko, moduleFile } from "../../testing/build.ts";
import { debian, fileIn } from "../../testing/kernels.ts";
import { place } from "../../testing/place.ts";
import { type ModuleIndex, moduleIndex } from "./build.ts";

const textOf = (index: ModuleIndex, name: string): string | undefined => {
  const bytes = index.get(name);
  return bytes && Buffer.from(bytes).toString("latin1");
};

/** The lines that say something. */
const linesOf = (text = "") => text.split("\n").filter((line) => line && !line.startsWith("#"));

/** A tree with some of Debian's modules, below a root of its own. */
function partOfDebian(context: TestContext, parts: readonly string[]) {
  const tree = fileIn(join(debian(context, "debian-6.1"), "lib/modules"), "6.");
  const release = basename(tree);
  const root = place();
  const copy = join(root, "lib/modules", release);
  mkdirSync(copy, { recursive: true });
  for (const name of ["modules.order", "modules.builtin", "modules.builtin.modinfo"])
    symlinkSync(join(tree, name), join(copy, name));
  for (const part of parts) cpSync(join(tree, part), join(copy, part), { recursive: true });
  return { root, copy, release };
}

test("the text files of an index", async () => {
  const directory = place({
    "modules.order": "kernel/c.ko\nkernel/a-b.ko\n",
    "kernel/a-b.ko": ko("a_b", "c,d", "alias=net-pf-1", "alias=x:v*", "softdep=pre: s t post: u"),
    "kernel/c.ko": ko("c", "d", "weakdep=w"),
    "updates/d.ko": ko("d", "gone"),
    "kernel/dev.ko": ko("dev", "", "alias=devname:net/dev", "alias=char-major-10-200"),
    "kernel/notes.ko": "no module",
    "kernel/readme": "",
  });
  const index = await moduleIndex(directory);
  const found = ["dep", "alias", "symbols", "softdep", "weakdep", "devname"].map((name) => [
    name,
    linesOf(textOf(index, `modules.${name}`)),
  ]);
  expect(Object.fromEntries(found)).toEqual({
    dep: [
      "kernel/c.ko: updates/d.ko",
      "kernel/a-b.ko: kernel/c.ko updates/d.ko",
      "kernel/dev.ko:",
      "updates/d.ko:",
    ],
    alias: [
      "alias net-pf-1 a_b",
      "alias x:v* a_b",
      "alias devname:net/dev dev",
      "alias char-major-10-200 dev",
    ],
    symbols: [],
    softdep: ["softdep a_b pre: s t post: u"],
    weakdep: ["weakdep c w"],
    devname: ["dev net/dev c10:200"],
  });
});

test("modules that need each other have no line, as no order loads them", async () => {
  const directory = place({
    "a.ko": ko("a", "b"),
    "b.ko": ko("b", "a"),
    "c.ko": ko("c", "z"),
    "z.ko": moduleFile([]),
  });
  expect(textOf(await moduleIndex(directory), "modules.dep")).toBe("c.ko: z.ko\nz.ko:\n");
});

test("ends with the reason of its signal", async () => {
  const directory = place({ "a.ko": ko("a", "") });
  const reason = new Error("enough");
  await expect(moduleIndex(directory, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test("writes what depmod writes for Debian's modules of the network", async (context) => {
  const { root, copy, release } = partOfDebian(context, ["kernel/net", "kernel/lib"]);
  tool(context, ["/usr/sbin/depmod", "-b", root, release]);
  const index = await moduleIndex(copy);
  const depmods = (name: string) => readFileSync(join(copy, name), "latin1");
  const same = [
    "modules.alias",
    "modules.alias.bin",
    "modules.symbols.bin",
    "modules.softdep",
    "modules.devname",
    "modules.builtin.bin",
    "modules.builtin.alias.bin",
  ];
  for (const name of same) expect(textOf(index, name) === depmods(name), name).toBe(true);

  // In the order of a hash table.
  expect(linesOf(textOf(index, "modules.symbols")).sort()).toEqual(
    linesOf(depmods("modules.symbols")).sort(),
  );

  // Modules that do not need each other may stand either way round.
  const sets = (text = "") => linesOf(text).map((line) => line.split(" ").sort().join(" "));
  const lines = textOf(index, "modules.dep");
  expect(sets(lines)).toEqual(sets(depmods("modules.dep")));
  const needs = new Map(
    linesOf(lines).map((line) => [line.split(":")[0], line.split(" ").slice(1)]),
  );
  for (const [path, needed] of needs)
    needed.forEach((one, at) => {
      const behind = needed.slice(at);
      expect(behind, `${path}: ${one}`).toEqual(expect.arrayContaining(needs.get(one) ?? []));
    });
});

test("kmod's modprobe finds modules by the index", async (context) => {
  const parts = ["kernel/net/bridge", "kernel/net/802", "kernel/net/llc"];
  const { root, copy, release } = partOfDebian(context, parts);
  for (const [name, bytes] of await moduleIndex(copy)) await Bun.write(join(copy, name), bytes);
  const show = (name: string) => {
    const options = ["-d", root, "-S", release, "-C", root, "-D"];
    const said = tool(context, ["/usr/sbin/modprobe", ...options, name]);
    const lines = Buffer.from(said).toString().trim().split("\n");
    return lines.map((line) => line.replace(`insmod ${copy}/`, "").trim());
  };
  const bridge = ["kernel/net/llc/llc.ko", "kernel/net/802/stp.ko", "kernel/net/bridge/bridge.ko"];
  expect(show("rtnl-link-bridge")).toEqual(bridge);
  expect(show("symbol:br_fdb_find_port")).toEqual(bridge);
  expect(show("unix")).toEqual(["builtin unix"]);
});
