import { expect, test } from "vitest";
import { emptyDirectory, project, refused, vimto } from "../harness/index.ts";

/** Debian's oldest kernel that vimto is tested on; the smallest download of those with 9p. */
const NAME = "debian:11";

test("a kernel of the archive boots by its name, and then without the archive", async () => {
  const cache = emptyDirectory("cache");
  const command = ["exec", "--", "sh", "-c", "uname -r; modprobe -n -v dummy | grep -c dummy.ko"];
  const expected = expect.stringMatching(/^5\.10\.0-\d+-amd64\n1\n$/);
  const first = await vimto(["--kernel", NAME, "--quiet", "--sudo", ...command], { cache });
  expect({ ...first, stdout: first.stdout.toString() }).toEqual({
    status: 0,
    stdout: expected,
    stderr: "",
  });
  // Nothing answers there: what is in the cache is used.
  const env = { VIMTO_DEBIAN_MIRROR: "http://127.0.0.1:9/debian" };
  const again = ["--kernel", NAME, "--pull", "never", "--fresh", "--sudo", ...command];
  const second = await vimto(again, { cache, env });
  expect({ ...second, stdout: second.stdout.toString() }).toEqual({
    status: 0,
    stdout: expected,
    stderr: "",
  });
  const images = await vimto(["images"], { cache });
  expect(images.stdout.toString()).toMatch(/^IMAGE .*\ndebian:bullseye .*\n$/);
});

test.each([
  [
    ["--kernel", "debian:99", "exec", "true"],
    'kernel "debian:99" names the release "99", which is not known: write debian:12, debian:bookworm, debian:bookworm/cloud, debian:6.12 or debian:6.1.0-56-amd64',
  ],
  [
    ["--kernel", "debian:12", "--pull", "never", "exec", "true"],
    /^vimto: kernel "debian:bookworm" is not in the cache[^\n]*\n$/,
  ],
  [
    ["kernels", "fedora"],
    'kernels knows debian and ubuntu, not "fedora"; write: vimto kernels debian',
  ],
])("%j is refused", async (args, sentence) => {
  await refused(args, sentence, { cwd: project({}), cache: emptyDirectory("cache") });
});

test("a mirror that is no URL is refused", async () => {
  await refused(
    ["--kernel", "debian:12", "exec", "true"],
    'VIMTO_DEBIAN_MIRROR "mirror" is no URL of a mirror; write for example http://deb.debian.org/debian',
    { cwd: project({}), env: { VIMTO_DEBIAN_MIRROR: "mirror" } },
  );
});
