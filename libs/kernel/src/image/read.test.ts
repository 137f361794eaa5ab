import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { tool } from "@vimto/codec/testing/tools";
import { describe, expect, test } from "vitest";
import { inspectKernel } from "../facts.ts";
import { bzImage } from "../testing/build.ts";
import { place } from "../testing/place.ts";
import { whileUnreadable } from "../testing/unprivileged.ts";

describe("a path that cannot be read", () => {
  test("is missing", () => {
    const path = join(place(), "vmlinuz");
    expect(() => inspectKernel(path)).toThrow(`kernel "${path}" does not exist; check the path`);
    expect(() => inspectKernel(join(place({ a: "a" }), "a/b"))).toThrow(
      /^kernel ".*\/a\/b" does not exist; check the path$/,
    );
  });

  test("may not be read", () => {
    const path = join(place({ vmlinuz: bzImage() }), "vmlinuz");
    expect(() => whileUnreadable(path, () => inspectKernel(path))).toThrow(
      `kernel "${path}" may not be read by this user (EACCES); let root run chmod a+r on it, or name another kernel`,
    );
  });

  test("is a directory", () => {
    const path = place();
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is a directory; name the kernel file in it`,
    );
  });

  test("is empty", () => {
    const path = join(place({ vmlinuz: "" }), "vmlinuz");
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is empty (0 bytes); build or download it again`,
    );
  });

  test("is a named pipe, which nobody writes", (context) => {
    const path = join(place(), "pipe");
    tool(context, ["mkfifo", path]);
    expect(() => inspectKernel(path)).toThrow(`kernel "${path}" is not a regular file; name one`);
  });

  test("is a circle of symlinks", () => {
    const path = join(place(), "circle");
    symlinkSync("circle", path);
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" cannot be read (ELOOP); check the path`,
    );
  });

  test("is a device", () => {
    expect(() => inspectKernel("/dev/null")).toThrow(
      'kernel "/dev/null" is not a regular file; name one',
    );
  });

  test("is shown on one line", () => {
    const path = join(place(), 'a "b"\nc\u202e');
    mkdirSync(path);
    expect(() => inspectKernel(path)).toThrow(
      `${JSON.stringify(path).replace("\u202e", "\\u{202e}")} is a directory; name the kernel file in it`,
    );
  });
});
