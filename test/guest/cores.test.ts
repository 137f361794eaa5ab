import { readdirSync } from "node:fs";
import { expect } from "vitest";
import { project, vmTestOn } from "../harness/index.ts";

const names = (cwd: string) => readdirSync(cwd).filter((name) => name.startsWith("core"));

vmTestOn("one", "no core where the command wants none", () => {
  const cwd = project();
  return {
    cwd,
    guest: "ulimit -c 0; kill -ABRT $$",
    status: 134,
    after: () => expect(names(cwd)).toEqual([]),
  };
});
