import { expect, type TestContext, test } from "vitest";
import { anyKernel, compare, MemoryGroup, skip, vimto } from "../harness/index.ts";

const group = (context: TestContext, mebibytes: number): MemoryGroup =>
  MemoryGroup.of(mebibytes << 20) ?? skip(context, "this user may make no control group");
const kernel = ["--kernel", anyKernel()];

test("a limit that holds no guest is told before the start", async (context) => {
  await using small = group(context, 150);
  compare(await vimto([...kernel, "exec", "true"], small), {
    status: 125,
    stderr:
      "vimto: the memory limit here is 150M, and vimto, QEMU and the kernel of a guest need 176M; raise the limit of this container or control group\n",
  });
});

test("a guest has by default what a limit has room for", async (context) => {
  await using tight = group(context, 280);
  const memory = await vimto([...kernel, "config"], tight);
  expect(memory.stdout.toString()).toMatch(/^memory = "104M" +# default$/m);
  for (const way of [["--fresh"], []])
    compare(
      await vimto(
        [
          ...kernel,
          ...way,
          "exec",
          "--",
          "sh",
          "-c",
          "head -c 64M /dev/zero | tail -c 64M | wc -c",
        ],
        tight,
      ),
      { status: 0, stdout: "67108864\n", stderr: "" },
    );
});

test("a guest that takes more than a limit has room for ends with a sentence", async (context) => {
  await using tight = group(context, 280);
  const { stderr, status } = await vimto(
    [...kernel, "--memory", "1G", "--verbose", "exec", "tail", "/dev/zero"],
    tight,
  );
  const lines = stderr.split("\n");
  expect(lines).toContain(
    "vimto: the guest may use 1G, and the memory limit here is 280M, of which vimto, QEMU and the guest's kernel need 176M: what the guest uses must fit",
  );
  expect(lines.at(-2)).toMatch(
    /^vimto: QEMU was (killed by the kernel|ended, as it did nothing but wait for memory): the memory limit of this container or control group is reached; raise it, or let the guest use less$/,
  );
  expect(status).toBe(125);
});
