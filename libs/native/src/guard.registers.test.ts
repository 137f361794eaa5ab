import { afterAll, describe, expect, test } from "vitest";
import { Code } from "./assembler.ts";
import { ENTRY, elf } from "./elf.ts";
import { guard, workingDirectory } from "./guard.ts";
import type { Architecture } from "./syscalls.ts";
import { architectures, emulator, Workshop } from "./testing/run.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

/** Registers that hold something at the entry, less the stack pointer and what a jump may use (x17). */
const registers: Record<Architecture, readonly number[]> = {
  x86_64: [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  aarch64: Array.from({ length: 31 }, (_, register) => register).filter(
    (register) => register !== 17,
  ),
};
const pattern = (register: number) => 0x1100 + register;

/** Writes the registers to stdout, the last one first in memory, and above them the stack of the entry. */
function dump(arch: Architecture, code: Code): void {
  const all = registers[arch];
  const size = all.length * 8;
  if (arch === "x86_64") {
    for (const register of all) code.byte(...(register > 7 ? [0x41] : []), 0x50 | (register & 7));
    // mov rsi, rsp; mov edx, size + 8; mov edi, 1; mov eax, write; syscall
    code.byte(
      0x48,
      0x89,
      0xe6,
      0xba,
      size + 8,
      0,
      0,
      0,
      0xbf,
      1,
      0,
      0,
      0,
      0xb8,
      1,
      0,
      0,
      0,
      0x0f,
      0x05,
    );
    // xor edi, edi; mov eax, exit_group; syscall
    code.byte(0x31, 0xff, 0xb8, 231, 0, 0, 0, 0x0f, 0x05);
    return;
  }
  for (let i = 0; i < all.length; i += 2)
    code.word((0xa9bf_0000 | ((all[i] ?? 0) << 10) | (31 << 5) | (all[i + 1] ?? 0)) >>> 0);
  // mov x1, sp; mov x2, size + 8; mov x0, 1; mov x8, write; svc 0
  code.word(0x9100_03e1);
  for (const [register, value] of [
    [2, size + 8],
    [0, 1],
    [8, 64],
  ] as const)
    move(code, register, value);
  code.word(0xd400_0001);
  move(code, 0, 0);
  move(code, 8, 94);
  code.word(0xd400_0001);
}

/** `movz xN, value, lsl 16 * half`, or `movk` for a half but the first. */
function move(code: Code, register: number, value: number, half = 0): void {
  const opcode = half ? 0xf280_0000 : 0xd280_0000;
  code.word((opcode | (half << 21) | ((value & 0xffff) << 5) | register) >>> 0);
}

/** Gives every register its pattern and jumps to `target`. */
function fill(arch: Architecture, code: Code, target: number): void {
  for (const register of registers[arch]) {
    if (arch === "aarch64") move(code, register, pattern(register));
    else {
      code.byte(register > 7 ? 0x49 : 0x48, 0xc7, 0xc0 | (register & 7));
      code.word(pattern(register));
    }
  }
  if (arch === "x86_64") {
    // push target; ret
    code.byte(0x68);
    code.word(target);
    code.byte(0xc3);
  } else {
    move(code, 17, target);
    move(code, 17, target >>> 16, 1);
    code.word(0xd61f_0000 | (17 << 5));
  }
}

describe.each(architectures)("%s", (arch) => {
  test("the entry finds the registers and the stack as the guard found them", async (context) => {
    const prefix = emulator(context, arch);
    const code = new Code();
    dump(arch, code);
    const begin = code.bytes.length;
    // As long as the real one, which needs to know where the guard will be.
    fill(arch, code, 0x40_0000);
    const program = (target: number) => {
      const whole = new Code();
      whole.byte(...code.bytes.slice(0, begin));
      fill(arch, whole, target);
      const bytes = elf(arch, Uint8Array.from(whole.bytes), new Uint8Array(8), 8);
      // The third header, of the stack, becomes one of notes.
      new DataView(bytes.buffer).setUint32(64 + 2 * 56, 4, true);
      return guard(bytes, arch, workingDirectory({ deleted: "deleted\n", unusable: "unusable\n" }));
    };
    const entry = (bytes: Uint8Array) => new DataView(bytes.buffer).getBigUint64(24, true);
    const bytes = program(Number(entry(program(0x40_0000))));
    new DataView(bytes.buffer).setBigUint64(24, BigInt(ENTRY + begin), true);
    const path = workshop.file(bytes, 0o755);

    const run = async (command: readonly string[]) => {
      const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
      const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.text()]);
      return { status: await child.exited, stdout, stderr };
    };
    const { status, stdout } = await run([...prefix, path, "one", "two"]);
    expect(status).toBe(0);
    const found = Array.from(
      new BigUint64Array(stdout.buffer, 0, registers[arch].length + 1),
      Number,
    );
    // Below argc, which is three.
    expect(found).toEqual([...registers[arch].toReversed().map(pattern), 3]);

    const gone = 'mkdir "$0.d" && cd "$0.d" && rmdir "$0.d" && exec "$@"';
    const deleted = await run(["sh", "-c", gone, path, ...prefix, path]);
    expect({ ...deleted, stdout: deleted.stdout.length }).toEqual({
      status: 125,
      stdout: 0,
      stderr: "deleted\n",
    });
  });
});
