import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { tool } from "@vimto/codec/testing/tools";
import { expect, test } from "vitest";
import { ko, moduleFile } from "../testing/build.ts";
import { debian, fileIn } from "../testing/kernels.ts";
import { place } from "../testing/place.ts";
import { moduleIndex } from "./write-index.ts";

test("the files of an index", async () => {
  const directory = place({
    "kernel/a-b.ko": ko("a_b", "c,d", "alias=net-pf-1", "alias=x:v*", "softdep=pre: s t post: u"),
    "kernel/c.ko": ko("c", "d"),
    "updates/d.ko": ko("d", "gone"),
    "kernel/dev.ko": ko("dev", "", "alias=devname:net/dev", "alias=char-major-10-200"),
    "kernel/notes.ko": "no module",
    "kernel/readme": "",
  });
  expect(Object.fromEntries(await moduleIndex(directory))).toEqual({
    "modules.dep": [
      "kernel/a-b.ko: kernel/c.ko updates/d.ko\n",
      "kernel/c.ko: updates/d.ko\n",
      "kernel/dev.ko:\n",
      "updates/d.ko:\n",
    ].join(""),
    "modules.alias": [
      "alias net-pf-1 a_b\n",
      "alias x:v* a_b\n",
      "alias devname:net/dev dev\n",
      "alias char-major-10-200 dev\n",
    ].join(""),
    "modules.symbols": "",
    "modules.softdep": "softdep a_b pre: s t post: u\n",
    "modules.devname": "dev net/dev c10:200\n",
  });
});

test("modules that need each other end a search", async () => {
  const directory = place({ "a.ko": ko("a", "b"), "b.ko": ko("b", "a"), "z.ko": moduleFile([]) });
  const index = await moduleIndex(directory);
  expect(index.get("modules.dep")).toBe("a.ko: b.ko\nb.ko:\nz.ko:\n");
});

test("says the same as depmod of Debian's modules of the network", async (context) => {
  const tree = fileIn(join(debian(context, "debian-6.1"), "lib/modules"), "6.");
  const release = basename(tree);
  const base = place();
  const copy = join(base, "lib/modules", release);
  mkdirSync(copy, { recursive: true });
  for (const name of ["modules.order", "modules.builtin"])
    symlinkSync(join(tree, name), join(copy, name));
  cpSync(join(tree, "kernel/net"), join(copy, "kernel/net"), { recursive: true });
  cpSync(join(tree, "kernel/lib"), join(copy, "kernel/lib"), { recursive: true });
  tool(context, ["/usr/sbin/depmod", "-b", base, release]);
  const index = await moduleIndex(copy);
  const words = (text: string) =>
    text
      .split("\n")
      .filter((line) => line && !line.startsWith("#"))
      .map((line) => line.split(" ").toSorted().join(" "))
      .toSorted();
  for (const name of ["modules.dep", "modules.alias", "modules.devname"])
    expect(words(index.get(name) ?? ""), name).toEqual(
      words(readFileSync(join(copy, name), "utf8")),
    );
  const symbols = new Set(words(index.get("modules.symbols") ?? ""));
  const lacking = words(readFileSync(join(copy, "modules.symbols"), "utf8")).filter(
    (line) => !symbols.has(line),
  );
  expect(lacking).toEqual([]);
});
