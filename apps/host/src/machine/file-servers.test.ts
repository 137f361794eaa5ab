import { expect, test } from "vitest";
import { serverFailure } from "./file-servers.ts";

const server = { path: "/shared", command: ["/v", "--fd=3"], wayOut: "--fs 9p" };
const what = '"/v", which shares "/shared",';

test.each([
  [
    "SIGKILL",
    true,
    "was killed by the kernel: the memory limit of this container or control group is reached; raise it, or let the guest use less",
  ],
  ["SIGKILL", false, "was ended by SIGKILL, from outside vimto; run it again"],
  ["SIGTERM", true, "was ended by SIGTERM, from outside vimto; run it again"],
])("a server that %s ended, memory having been out: %s", (signal, outOfMemory, how) => {
  const exit = { status: undefined, signal, stderr: "" };
  expect(serverFailure(server, exit, outOfMemory)).toMatchObject({
    code: "file-server",
    message: `${what} ${how}`,
  });
});
