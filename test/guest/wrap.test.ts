import { test } from "vitest";
import { anyKernel, compare, project, vimto } from "../harness/index.ts";

/** As a build tool has it: words in a variable, split by a shell, in front of a program. */
const runner =
  'prefix=$("$1" --kernel "$KERNEL" --memory 96M wrap) && cd sub && eval "$prefix ./program"';

test("the prefix of wrap runs a program in a machine, from any directory", async () => {
  const cwd = project({
    "sub/program": "#!/bin/sh\npwd; grep -c MemTotal /proc/meminfo; echo kept >result\n",
    ".vimto.toml": 'setup = "echo setup"\n',
  });
  Bun.spawnSync(["chmod", "+x", `${cwd}/sub/program`]);
  const under = ["sh", "-c", `${runner}; cat result`, "sh"];
  compare(await vimto([], { cwd, under, env: { KERNEL: anyKernel() } }), {
    stdout: `setup\n${cwd}/sub\n1\nkept\n`,
  });
});
