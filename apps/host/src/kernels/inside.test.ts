import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { demandFilesInside, demandInside } from "./inside.ts";

const top = mkdtempSync(join(tmpdir(), "inside-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

/** An image with one link among its modules. */
function demand(link: string, target: string): void {
  const directory = mkdtempSync(join(top, "image-"));
  const modules = join(directory, "lib/modules/6.1.0");
  mkdirSync(join(modules, "kernel/fs"), { recursive: true });
  writeFileSync(join(modules, "kernel/fs/a.ko"), "");
  symlinkSync(target, join(modules, link));
  demandInside({ what: 'image "x:1"', directory, resolve: () => undefined }, modules);
}

test.each([
  ["kernel/b.ko", "fs/a.ko"],
  ["kernel/b.ko", "../../../../lib/modules/6.1.0/kernel/fs/a.ko"],
  ["kernel/b.ko", "nowhere"],
  ["kernel/b.ko", "b.ko"],
  ["build", "/usr"],
  ["source", "/usr"],
])("%s -> %s is no harm", (link, target) => {
  expect(() => demand(link, target)).not.toThrow();
});

test.each([
  ["kernel/b.ko", "/etc/passwd"],
  ["kernel/b.ko", "../../../../../../../../../../etc/passwd"],
  ["modules.dep", "/dev/zero"],
  ["kernel/loop", "."],
  ["kernel/out", "/usr"],
  ["kernel/build", "/usr"],
])("%s -> %s is refused", (link, target) => {
  expect(() => demand(link, target)).toThrow(
    `image "x:1" cannot be used: "lib/modules/6.1.0/${link}" among its modules is a link to ` +
      `"${target}", which is no file of it; build it without that link`,
  );
});

test("a module that is elsewhere is refused", () => {
  const image = {
    what: 'image "x:1"',
    directory: mkdtempSync(join(top, "image-")),
    resolve: () => undefined,
  };
  writeFileSync(join(image.directory, "a.ko"), "");
  demandFilesInside(image, [join(image.directory, "a.ko")]);
  expect(() => demandFilesInside(image, ["/etc/passwd"])).toThrow(
    'image "x:1" cannot be used: its modules.dep names "/etc/passwd", which is no file of it; ' +
      "run depmod on what it is built from",
  );
});
