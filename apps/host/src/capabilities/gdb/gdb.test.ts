import { expect, test } from "vitest";
import { gdbSentence } from "./gdb.ts";

const kernel = (image: string, symbols?: string) => ({ image, symbols });
const waits = "the machine waits for gdb; in another terminal type: ";

test("the command for gdb has the file with symbols", () => {
  expect(gdbSentence(1234, kernel("/k/boot/vmlinuz", "/k/boot/vm linux"))).toBe(
    `${waits}gdb -ex 'target remote localhost:1234' '/k/boot/vm linux'`,
  );
});

test("a kernel that is an ELF file brings its own symbols", () => {
  expect(gdbSentence(99, kernel("/k/boot/vmlinux-6.1"))).toBe(
    `${waits}gdb -ex 'target remote localhost:99' /k/boot/vmlinux-6.1`,
  );
});

test("without symbols that is said", () => {
  expect(gdbSentence(1234, kernel("/k/boot/vmlinuz"))).toBe(
    `${waits}gdb -ex 'target remote localhost:1234' (no vmlinux with symbols was found)`,
  );
});
