import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { randomFrom } from "@vimto/linux/testing/random";
import { describe, expect, test } from "vitest";
import { AptError } from "../errors.ts";
import { type Fault, ServedArchive } from "../testing/serve.ts";
import { meta, setup, wholeKernel } from "../testing/setup.ts";
import { archiveOfFile, TestArchive } from "../testing/test-archive.ts";

const random = randomFrom(1);
const noise = Uint8Array.from({ length: 300_000 }, () => random(256));
const whole = wholeKernel("6.1.0-9-amd64", "6.1.9-1");
const packages = [
  { ...whole, files: { ...whole.files, "lib/modules/6.1.0-9-amd64/kernel/noise.ko": noise } },
  meta("linux-image-amd64", "6.1.0-9-amd64", "6.1.9-1"),
];
const DEB = "pool/sid/linux-image-6.1.0-9-amd64_6.1.9-1_amd64.deb";
const IN_RELEASE = "dists/sid/InRelease";

const archive = archiveOfFile({ sid: packages });

const only =
  (wanted: (path: string) => boolean, answer: (earlier: number) => Response | undefined): Fault =>
  (path, earlier) =>
    wanted(path) ? answer(earlier) : undefined;
const deb = (answer: (earlier: number) => Response | undefined) =>
  only((path) => path === DEB, answer);
const list = (answer: (earlier: number) => Response | undefined) =>
  only((path) => path.includes("binary-amd64"), answer);
const missing = () => new Response("no", { status: 404 });

/** Ends an answer of unknown length before its end. */
function broken(bytes: Uint8Array): Response {
  const body = new ReadableStream({
    async pull(controller) {
      controller.enqueue(Uint8Array.from(bytes));
      // For Bun sends what is enqueued with the end of the stream in one piece, with its length.
      await Bun.sleep(10);
      controller.close();
    },
  });
  return new Response(body);
}

describe("one sentence, and nothing is left, when", () => {
  const later = "the mirror is half synchronised; try again later, or use another one";
  const mirror = "HOST";
  const cases: [string, () => Fault, string, string][] = [
    [
      "a package is not there any more",
      () => deb(missing),
      "mirror",
      `"${mirror}" does not have package "linux-image-6.1.0-9-amd64" that its index names (${DEB}): try again later, or use another mirror`,
    ],
    [
      "a package is another one",
      () => deb(() => new Response(Uint8Array.from(changed(read(DEB), 1000)))),
      "digest",
      'package "linux-image-6.1.0-9-amd64" has the digest sha256:',
    ],
    [
      "a package is shorter than the index says",
      () => deb(() => new Response(Uint8Array.from(read(DEB).subarray(0, 1000)))),
      "digest",
      `package "linux-image-6.1.0-9-amd64" is shorter than the ${"SIZE"} bytes that the package index gives it`,
    ],
    [
      "a package is no package",
      () => deb(() => new Response("x".repeat(read(DEB).length))),
      "digest",
      'package "linux-image-6.1.0-9-amd64" has the digest sha256:',
    ],
    [
      "the list of packages is not there",
      () => list(missing),
      "mirror",
      `"${mirror}" does not have the package list of sid at "${mirror}" that its InRelease names: ${later}`,
    ],
    [
      "the list of packages is of another day",
      () => list(() => new Response(Uint8Array.from(changed(readList(), 60)))),
      "mirror",
      `: ${later}`,
    ],
    [
      "the list of packages has another length",
      () => list(() => new Response("short")),
      "mirror",
      `the package list of sid at "${mirror}" is shorter than the`,
    ],
    [
      "a portal answers in the place of the archive",
      () =>
        only(
          (path) => path === IN_RELEASE,
          () => new Response("<html>log in</html>"),
        ),
      "mirror",
      `the index of sid at "${mirror}" is not a signed index: is this the address of an archive?`,
    ],
    [
      "the archive lets nobody in",
      () =>
        only(
          (path) => path === IN_RELEASE,
          () => new Response("", { status: 403 }),
        ),
      "mirror",
      `"${mirror}" answered with status 403 for the index of sid at "${mirror}"`,
    ],
    [
      "the index was changed after it was signed",
      () =>
        only(
          (path) => path === IN_RELEASE,
          () =>
            new Response(read(IN_RELEASE).toString().replace("Origin: Debian", "Origin: Debbie")),
        ),
      "signature",
      `the index of sid at "${mirror}" was changed after it was signed: use another mirror`,
    ],
    [
      "another suite is in its place",
      () =>
        only(
          (path) => path === IN_RELEASE,
          () => other(),
        ),
      "mirror",
      `"${mirror}" has forky in the place of sid`,
    ],
    [
      "the archive is out of order",
      () => () => new Response("", { status: 503 }),
      "network",
      `"${mirror}" answered with status 503`,
    ],
  ];

  test.each(cases)("%s", async (_, fault, code, sentence) => {
    await using s = setup(archive());
    s.served.fault = fault();
    const error = await s.get("debian:sid").catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(AptError);
    expect(error).toMatchObject({ code });
    const expected = sentence
      .replaceAll("HOST", s.served.host)
      .replace("SIZE", String(read(DEB).length));
    expect(String(error)).toContain(expected);
    expect(s.trees()).toEqual([]);
    expect(s.rest()).toEqual(["store"]);
    expect(s.store.images()).toEqual([]);
  });
});

test("a connection that breaks goes on where it broke", async () => {
  await using s = setup(archive());
  s.served.fault = deb((earlier) =>
    earlier === 0 ? broken(read(DEB).subarray(0, 100_000)) : undefined,
  );
  using kernel = await s.get("debian:sid");
  expect(kernel.kernelRelease).toBe("6.1.0-9-amd64");
  expect(s.events.filter(({ kind }) => kind === "retry")).toMatchObject([
    { message: expect.stringContaining("the connection was cut after 100000 of ") },
  ]);
});

test("a mirror that has the list under its name alone will do", async () => {
  await using s = setup(archive());
  s.served.fault = only((path) => path.includes("by-hash"), missing);
  using kernel = await s.get("debian:sid");
  expect(kernel.kernelRelease).toBe("6.1.0-9-amd64");
});

test("where a source of the host's is not in order the next one is asked", async () => {
  await using s = setup(archive());
  await using good = new ServedArchive(archive());
  const source = (uri: string) => ({
    uri,
    suites: ["sid"],
    components: ["main"],
    architectures: [],
    checkValidUntil: true,
  });
  const sources = [source(s.served.mirror), source(good.mirror)];
  s.served.fault = list(missing);
  const host = { sources, proxies: {}, checkValidUntil: true };
  using kernel = await s.get("debian:sid", { mirrors: {}, host });
  expect(kernel.kernelRelease).toBe("6.1.0-9-amd64");
  expect(s.notes()).toEqual([
    `"${s.served.host}" does not have the package list of sid at "${s.served.host}" that its InRelease names: the mirror is half synchronised; try again later, or use another one; "${good.host}" is used`,
  ]);
});

test("interrupted at any time it leaves nothing, and the next one finds all in order", async () => {
  await using s = setup(archive());
  for (const at of [IN_RELEASE, "binary-amd64", DEB]) {
    const stop = new AbortController();
    s.served.fault = (path) => {
      if (path.includes(at)) stop.abort();
      return undefined;
    };
    await expect(s.get("debian:sid", { signal: stop.signal })).rejects.toMatchObject({
      code: "aborted",
      message: "the fetch was interrupted",
    });
    expect(s.trees(), at).toEqual([]);
    expect(s.rest(), at).toEqual(["store"]);
  }
  s.served.fault = () => undefined;
  (await s.get("debian:sid")).release();
});

test("killed while it fetches, it leaves what the next one removes", async () => {
  await using s = setup(archive());
  const started = Promise.withResolvers<void>();
  s.served.fault = deb((earlier) => {
    if (earlier > 0) return undefined;
    started.resolve();
    // Nothing comes: the process waits until it is killed.
    return new Response(new ReadableStream({ start: (c) => c.enqueue(read(DEB).subarray(0, 99)) }));
  });
  const script = `
    const { fetchKernel, parseKernelName } = await import(${JSON.stringify(join(import.meta.dirname, "../index.ts"))});
    const { Store } = await import("@vimto/store");
    await fetchKernel(parseKernelName("debian:sid"), {
      store: new Store(${JSON.stringify(s.store.paths.directory)}),
      architecture: "amd64",
      mirrors: { debian: ${JSON.stringify(s.served.mirror)} },
    });`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    cwd: import.meta.dirname,
    stdout: "ignore",
    stderr: "ignore",
  });
  await started.promise;
  child.kill("SIGKILL");
  await child.exited;
  using kernel = await s.get("debian:sid");
  expect(kernel.kernelRelease).toBe("6.1.0-9-amd64");
  expect(s.rest()).toEqual(["store"]);
});

test("a mirror without security updates is told of", async () => {
  using own = scratch();
  const bare = new TestArchive(own.path);
  try {
    bare.suite("bookworm", packages);
    await using s = setup(bare);
    (await s.get("debian:12")).release();
    expect(s.notes()).toEqual([
      `there is no bookworm-security beside bookworm at "${s.served.host}": newer kernels may be missing`,
    ]);
  } finally {
    bare.close();
  }
});

function read(path: string): Buffer {
  const bytes = archive().read(path);
  if (bytes === undefined) throw new Error(path);
  return bytes;
}

const readList = () => read("dists/sid/main/binary-amd64/Packages.xz");

function changed(bytes: Buffer, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}

/** A signed index that says of itself that it is of another suite. */
function other(): Response {
  using own = scratch();
  const forky = new TestArchive(own.path);
  try {
    forky.suite("forky", []);
    return new Response(forky.read("dists/forky/InRelease")?.toString());
  } finally {
    forky.close();
  }
}
