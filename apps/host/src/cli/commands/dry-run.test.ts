import { expect, test } from "vitest";
import { dryRunText } from "./dry-run.ts";

test("a dry run reads as one part after the other, quoted for a shell", () => {
  const text = dryRunText({
    qemu: ["/usr/bin/qemu", "-nodefaults", "-display", "none", "-append", "a 'b'", "-S"],
    kernelArguments: "a 'b'",
    initramfs: ["/dev (directory)", "/init"],
    command: ["sh", "-c", "echo $HOME"],
  });
  expect(text).toBe(`# QEMU
/usr/bin/qemu \\
  -nodefaults \\
  -display none \\
  -append 'a '\\''b'\\''' \\
  -S

# kernel arguments
a 'b'

# initramfs
/dev (directory)
/init

# command
sh -c 'echo $HOME'
`);
});
