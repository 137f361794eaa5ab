import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "@vimto/script";
import { afterAll, expect, test } from "vitest";
import { listing } from "../../../../../libs/script/src/testing/listing.ts";
import type { Step } from "../../steps.ts";
import { containerStorage, containerStores } from "./container-storage.ts";

const top = mkdtempSync(join(tmpdir(), "stores-"));
afterAll(() => rmSync(top, { recursive: true }));

test("a store is there when a layer has it", () => {
  mkdirSync(join(top, "image/var/lib/docker"), { recursive: true });
  mkdirSync(join(top, "host/var/lib/containers"), { recursive: true });
  expect(containerStores([join(top, "image"), join(top, "host")])).toEqual([
    "/var/lib/containers",
    "/var/lib/docker",
  ]);
  mkdirSync(join(top, "host/usr/bin/containerd"), { recursive: true });
  expect(containerStores([join(top, "host")])).toEqual([
    "/var/lib/containerd",
    "/var/lib/containers",
  ]);
  expect(containerStores([])).toEqual([]);
});

test("each gets a tmpfs in the root", () => {
  const script = new Script<Step>("x86_64");
  containerStorage(["/var/lib/docker"]).run?.(script, "/root");
  expect(listing(script, "x86_64")).toEqual([
    'make-directory /var/lib/docker: mkdirat(-100, "/root/var/lib/docker", 457)  (ignore)',
    'mount /var/lib/docker: mount("tmpfs", "/root/var/lib/docker", "tmpfs", 4, "mode=0711")  (ignore)',
  ]);
});
