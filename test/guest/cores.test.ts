import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { project, vmTest, vmTestOn } from "../harness/index.ts";

const names = (cwd: string) => readdirSync(cwd).filter((name) => name.startsWith("core"));

vmTest("a command that dumps its core leaves it in the working directory", () => {
  const cwd = project();
  return {
    cwd,
    guest: "ulimit -c; timeout -s QUIT 0.1s sleep 10",
    stdout: "unlimited\n",
    stderr: new RegExp(
      `^(.*\n)*vimto: core dumped: ${cwd}/core-[0-9a-f]{8}-sleep\\.\\d+\\.\\d+\n$`,
    ),
    status: 124,
    after: () => {
      const [core = "", ...others] = names(cwd);
      expect(core).toMatch(/^core-[0-9a-f]{8}-sleep\.\d+\.\d+$/);
      expect(others).toEqual([]);
      // e_type of an ELF file: ET_CORE.
      expect(readFileSync(join(cwd, core)).readUInt16LE(16)).toBe(4);
    },
  };
});

vmTestOn("one", "no core where the command wants none", () => {
  const cwd = project();
  return {
    cwd,
    guest: "ulimit -c 0; kill -ABRT $$",
    status: 134,
    after: () => expect(names(cwd)).toEqual([]),
  };
});
