import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../testing/scratch.ts";
import { arMembers } from "./ar.ts";

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, size: number, wanted?: string) {
  const found: [string, string][] = [];
  for await (const { name, data } of arMembers(inPieces(bytes, size), 'package "a"')) {
    if (wanted !== undefined && name !== wanted) continue;
    const parts: Uint8Array[] = [];
    for await (const part of data) parts.push(part);
    found.push([name, Buffer.concat(parts).toString()]);
  }
  return found;
}

const member = (name: string, data: string) =>
  `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(data.length).padEnd(10)}\`\n${data}${data.length % 2 ? "\n" : ""}`;
const archive = Buffer.from(
  `!<arch>\n${member("debian-binary", "2.0\n")}${member("odd/", "abc")}${member("data.tar.xz", "12345678")}`,
);
const members = [
  ["debian-binary", "2.0\n"],
  ["odd", "abc"],
  ["data.tar.xz", "12345678"],
];

test("members come in order, in pieces of any size", async () => {
  for (let size = 1; size <= archive.length; size++) {
    expect(await read(archive, size), `pieces of ${size}`).toEqual(members);
  }
});

test("members that nobody reads are skipped", async () => {
  expect(await read(archive, 7, "data.tar.xz")).toEqual(members.slice(2));
});

test("cut at any place is an error, or whole members", async () => {
  for (let cut = 0; cut < archive.length; cut++) {
    const result = await read(archive.subarray(0, cut), 5).catch((error: Error) => error.message);
    if (Array.isArray(result)) expect(members.slice(0, result.length)).toEqual(result);
    else expect(result).toMatch(/^package "a" (is not an ar archive|ends inside a member)$/);
  }
});

test("what is no archive is said", async () => {
  await expect(read(Buffer.from("not an archive"), 3)).rejects.toThrow(
    'package "a" is not an ar archive',
  );
  const damaged = Buffer.from(archive);
  damaged.write("x", 8 + 48);
  await expect(read(damaged, 100)).rejects.toThrow('package "a" has a damaged member header');
});

test("a package of dpkg-deb is read", async (context) => {
  if (Bun.which("dpkg-deb") === null) context.skip("dpkg-deb is not installed");
  using place = scratch();
  mkdirSync(join(place.path, "p/DEBIAN"), { recursive: true });
  writeFileSync(
    join(place.path, "p/DEBIAN/control"),
    "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: p\n",
  );
  const deb = join(place.path, "p.deb");
  Bun.spawnSync(["dpkg-deb", "--root-owner-group", "--build", join(place.path, "p"), deb]);
  const names = (await read(readFileSync(deb), 100)).map(([name]) => name.replace(/\.\w+$/, ""));
  expect(names).toEqual(["debian-binary", "control.tar", "data.tar"]);
});
