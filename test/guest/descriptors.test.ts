import { emptyDirectory, vmTestOn } from "../harness/index.ts";

// The flags of an open file are shared by all programs that have it: a non-blocking stdout makes
// others lose output. With an empty cache, as making its files is what once changed them.
vmTestOn(["builtin-6.12", "debian-6.12"], "stdout and stderr keep their flags", () => ({
  cache: emptyDirectory("cache"),
  under: ["bash", "-c", '{ "$@"; grep -h flags /proc/$BASHPID/fdinfo/[12]; } 2>&1 | cat', "bash"],
  guest: "echo hi",
  stdout: "hi\nflags:\t01\nflags:\t01\n",
}));

vmTestOn("one", "output that cannot be written is a failure of the run", () => ({
  under: ["bash", "-c", '"$@" >/dev/full', "bash"],
  guest: "echo lost; exit 0",
  stderr:
    "vimto: stdout of the command could not be written (ENOSPC), so some of it is lost; make room, or send it elsewhere\n",
  status: 125,
}));
