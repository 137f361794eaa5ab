import { type Architecture, architectures } from "@vimto/linux";
import { skip } from "@vimto/linux/testing/skip";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { programs } from "../../../apps/init/src/testing/programs.ts";
import { ENTRY, TEXT } from "./elf.ts";
import { emit } from "./emit.ts";
import { Workshop } from "./testing/run.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

/** What a tool of binutils prints. Skips where it is not installed. */
function printed(context: TestContext, tool: string, ...args: string[]): string {
  const path = Bun.which(tool);
  if (path === null) skip(context, `there is no ${tool} (package binutils)`);
  const { stdout, stderr, exitCode } = Bun.spawnSync([path, ...args], { env: { LC_ALL: "C" } });
  expect(String(stderr)).toBe("");
  expect(exitCode).toBe(0);
  return String(stdout);
}

const tools: Record<Architecture, readonly [string, string]> = {
  x86_64: ["x86_64-linux-gnu-objdump", "i386:x86-64"],
  aarch64: ["aarch64-linux-gnu-objdump", "aarch64"],
};

/** The words that stand for a system call. */
const call: Record<Architecture, RegExp> = { x86_64: /\tsyscall/, aarch64: /\tsvc\t/ };

const nonsense = /\(bad\)|\.inst|undefined|\.byte|unallocated/i;

type Instruction = { readonly at: number; readonly length: number; readonly text: string };

/** The lines of a disassembly: "  1f:\t48 89 83 00 00 00 00 \tmov    %rax,0x0(%rbx)". */
function instructions(listing: string, arch: Architecture): Instruction[] {
  return [...listing.matchAll(/^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(.*)$/gm)].map(
    ([, at = "", bytes = "", text = ""]) => ({
      at: Number.parseInt(at, 16),
      length: arch === "aarch64" ? 4 : bytes.split(" ").length,
      text: `\t${text}`,
    }),
  );
}

describe.each(architectures)("%s", (arch) => {
  describe.each(programs)("%s", (_, make) => {
    const program = make();
    const { bytes } = emit(program, arch);
    const view = new DataView(bytes.buffer);
    /** Size in the file of the segment with headers and code. */
    const textSize = Number(view.getBigUint64(64 + 32, true));
    const code = bytes.subarray(ENTRY - TEXT, textSize);

    test("readelf finds a static executable with three segments and nothing to complain of", (context) => {
      const text = printed(
        context,
        "readelf",
        "-hlW",
        workshop.place({ bytes, addressOf: () => 0, places: [] }, arch),
      );
      const field = (name: string) => new RegExp(`${name}: +(.*)`).exec(text)?.[1];
      expect(field("Class")).toBe("ELF64");
      expect(field("Type")).toBe("EXEC (Executable file)");
      expect(field("Machine")).toBe(
        arch === "x86_64" ? "Advanced Micro Devices X86-64" : "AArch64",
      );
      expect(field("Entry point address")).toBe(`0x${ENTRY.toString(16)}`);
      expect(field("Number of section headers")).toBe("0");
      expect(text).not.toMatch(/error|warning|INTERP|DYNAMIC|RWE/i);
      const hex = "0x[0-9a-f]+";
      const rows = [
        ...text.matchAll(
          new RegExp(
            `^ +(\\w+) +(${hex}) (${hex}) ${hex} (${hex}) (${hex}) (R.{2}) (${hex})`,
            "gm",
          ),
        ),
      ].map((row) => row.slice(1));
      expect(rows.map(([type, , , , , flags]) => [type, flags])).toEqual([
        ["LOAD", "R E"],
        ["LOAD", "RW "],
        ["GNU_STACK", "RW "],
      ]);
      const data = rows[1]?.map(Number) ?? [];
      const [, offset = 0, address = 0, inFile = 0, inMemory = 0, , align = 1] = data;
      expect(address % align).toBe(offset % align);
      expect(offset + inFile).toBe(bytes.length);
      expect(inMemory).toBe(program.memory);
      expect(address).toBeGreaterThan(TEXT + textSize);
    });

    test("objdump reads instructions from the first byte of the code to its last", (context) => {
      const [tool, machine] = tools[arch];
      const path = workshop.file(code);
      const listing = printed(
        context,
        tool,
        "-D",
        "-z",
        "-w",
        "--insn-width=16",
        "-b",
        "binary",
        "-m",
        machine,
        path,
      );
      expect(listing).not.toMatch(nonsense);
      const all = instructions(listing, arch);
      let end = 0;
      for (const { at, length } of all) {
        expect(at).toBe(end);
        end += length;
      }
      expect(end).toBe(code.length);
      expect(all.filter(({ text }) => call[arch].test(text)).length).toBe(
        program.operations.filter(({ op }) => op === "syscall").length,
      );
      // Every jump goes to the beginning of an instruction, or right behind the last one.
      const starts = new Set([...all.map(({ at }) => at), end]);
      const jumps = all.flatMap(({ text }) => {
        const target = /^\t(?:j\w+|b(?:\.\w+)?) *\t* *0x([0-9a-f]+)/.exec(text)?.[1];
        return target === undefined ? [] : [Number.parseInt(target, 16)];
      });
      expect(jumps.length).toBe(
        program.operations.filter(({ op }) => op === "jump" || op === "branch").length,
      );
      for (const target of jumps) expect(starts).toContain(target);
    });

    test("comes out the same every time", () => {
      expect(emit(make(), arch).bytes).toEqual(bytes);
    });
  });
});
