import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emit, programOf } from "@vimto/asm";
import { type Architecture, ownArchitecture } from "@vimto/linux";
import { beforeAll, test } from "vitest";
import { compare, emptyDirectory, project, vimto } from "../harness/index.ts";

/** The architecture that this host has not. */
const guest: Architecture = ownArchitecture === "x86_64" ? "aarch64" : "x86_64";
const flags = ["--arch", guest, "--kernel", "debian:12", "--quiet"];

/** Says a word on stdout and ends with status 3. */
const greeting = programOf((p) => {
  p.syscall("write", 1, p.text("from the other side\n"), "from the other side\n".length);
  p.exit(3);
});

const cwd = project({ script: "#!/bin/sh\necho never\n" });
const cache = emptyDirectory("cache");

beforeAll(async () => {
  writeFileSync(join(cwd, "greet"), emit(greeting, guest).bytes);
  for (const name of ["greet", "script"]) chmodSync(join(cwd, name), 0o755);
  compare(await vimto([...flags, "pull", "debian:12"], { cache }), {});
});

test.each([["--fresh"], ["--verbose=false"]])(
  "a static program of a share runs under a foreign kernel %s",
  async (way) => {
    const stdout = "from the other side\n";
    compare(await vimto([...flags, way, "exec", "./greet"], { cwd, cache }), {
      stdout,
      status: 3,
    });
  },
);

test.each(["./script", "uname"])(
  "%s of this host's root does not, and a sentence says why",
  async (program) => {
    compare(await vimto([...flags, "exec", program], { cwd, cache }), {
      stderr: `vimto: the command "${program}" cannot be executed: the guest is ${guest}, and the programs of its root, which is this host's, are for ${ownArchitecture}; give a static ${guest} program that is in a share\n`,
      status: 126,
    });
  },
);

test("a module loads there by vimto's own modprobe, as the host's is a foreign program", async () => {
  compare(await vimto([...flags, "--sudo", "exec", "modprobe", "dummy"], { cwd, cache }), {});
});
