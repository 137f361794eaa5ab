import { expect, test } from "vitest";
import { kernelsText } from "./kernels-text.ts";

test("one line a kernel", () => {
  const debian = { suite: "bookworm-security", size: 71 * 2 ** 20, cached: true };
  expect(
    kernelsText([
      { name: "debian:bookworm", release: "6.1.0-56-amd64", ...debian },
      { name: "debian:bookworm/rt", release: "6.1.0-56-rt-amd64", ...debian, cached: false },
    ]),
  ).toBe(
    [
      "KERNEL              RELEASE            SUITE                SIZE  CACHE",
      "debian:bookworm     6.1.0-56-amd64     bookworm-security  71 MiB  yes",
      "debian:bookworm/rt  6.1.0-56-rt-amd64  bookworm-security  71 MiB",
      "",
    ].join("\n"),
  );
});
