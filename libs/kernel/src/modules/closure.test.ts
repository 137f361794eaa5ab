import { describe, expect, test } from "vitest";
import { ko, moduleFile, testKernel } from "../testing/build.ts";
import { place } from "../testing/place.ts";
import { closure } from "./closure.ts";
import { ModuleTree } from "./tree.ts";

const names = (load: readonly { name: string }[]) => load.map(({ name }) => name);

describe("the modules to load", () => {
  test("stand behind those that they depend on", () => {
    const tree = new ModuleTree(
      place({
        "modules.builtin": "kernel/core.ko\n",
        "a.ko": ko("a", "b-one,c,core"),
        "b_one.ko": ko("b_one", "c"),
        "c.ko": ko("c"),
      }),
    );
    const { load, absent } = closure(tree, ["a", "c", "core", "nowhere", "no-where"], testKernel);
    expect(names(load)).toEqual(["c", "b_one", "a"]);
    expect(absent).toEqual(["nowhere", "no_where"]);
  });

  test("leave out what the caller knows to be built in", () => {
    const tree = new ModuleTree(place({ "a.ko": ko("a", "core") }));
    const builtin = (name: string) => name === "core";
    const { load, absent } = closure(tree, ["a", "core"], { ...testKernel, builtin });
    expect([names(load), absent]).toEqual([["a"], []]);
  });

  test("come with soft dependencies that are there and fit", () => {
    const tree = new ModuleTree(
      place({
        "modules.builtin": "built.ko\n",
        "a.ko": ko("a", "", "softdep=pre: built missing s old loop post: late"),
        "s.ko": ko("s", "t"),
        "t.ko": ko("t"),
        "old.ko": moduleFile(["vermagic=5.10.0 SMP "]),
        "loop.ko": ko("loop", "a"),
        "late.ko": ko("late"),
      }),
    );
    expect(names(closure(tree, ["a"], testKernel).load)).toEqual(["t", "s", "a"]);
    expect(names(closure(tree, ["a", "late"], testKernel).load)).toEqual(["t", "s", "a", "late"]);
    expect(names(closure(tree, ["loop"], testKernel).load)).toEqual(["t", "s", "a", "loop"]);
  });

  test("of another version are refused", () => {
    const directory = place({
      "a.ko": ko("a", "b"),
      "b.ko": moduleFile(["vermagic=6.1.0-55 SMP"]),
    });
    expect(() => closure(new ModuleTree(directory), ["a"], testKernel)).toThrow(
      `module "${directory}/b.ko" is built for Linux 6.1.0-55, and the kernel is 6.1.0-test; install the modules of 6.1.0-test`,
    );
  });

  test("for another processor are refused", () => {
    const directory = place({ "a.ko": moduleFile(["name=a"], 183) });
    expect(() => closure(new ModuleTree(directory), ["a"], testKernel)).toThrow(
      `module "${directory}/a.ko" is built for aarch64, and the kernel is for x86_64; install the modules of this kernel`,
    );
  });

  test("with a dependency that is nowhere are refused", () => {
    const directory = place({ "a.ko": ko("a", "b"), "b.ko": ko("b", "gone-one") });
    expect(() => closure(new ModuleTree(directory), ["a"], testKernel)).toThrow(
      `module b needs the module gone_one, which is not in "${directory}"; install the kernel's modules again`,
    );
  });

  test("in a circle are refused", () => {
    const directory = place({
      "z.ko": ko("z", "a"),
      "a.ko": ko("a", "b"),
      "b.ko": ko("b", "c"),
      "c.ko": ko("c", "a"),
    });
    expect(() => closure(new ModuleTree(directory), ["z"], testKernel)).toThrow(
      `modules in "${directory}" depend on each other in a circle (a -> b -> c -> a); install the kernel's modules again`,
    );
  });
});
