import { expect, test } from "vitest";
import type { Identity } from "../host/identity.ts";
import { rootPath } from "../host/program-path.ts";
import { commandEnvironment } from "./command.ts";

const root: Identity = {
  ...{ uid: 0, gid: 0, groups: [0] },
  ...{ name: "root", home: "/root", shell: "/bin/bash" },
};
const caller = { identity: { uid: 1000 }, other: undefined, asRoot: false };

test("what names a descriptor, a process or a socket of the host stays there", () => {
  const environment = {
    ...{ PATH: "/usr/bin", EMPTY: "", GONE: undefined, TMPDIR: "/tmp/x" },
    ...{ LISTEN_FDS: "1", LISTEN_PID: "7", NOTIFY_SOCKET: "/run/systemd/notify" },
    ...{ SSH_AUTH_SOCK: "/tmp/agent", DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" },
    ...{ TMUX: "/tmp/tmux-1000/default,1,0", DISPLAY: ":0", XDG_RUNTIME_DIR: "/run/user/1000" },
  };
  expect(commandEnvironment(environment, caller, 1)).toEqual([
    "PATH=/usr/bin",
    "EMPTY=",
    "XDG_RUNTIME_DIR=/run/user/1000",
  ]);
});

test("another user has what sudo gives, and root finds root's programs", () => {
  const environment = { PATH: "/home/me/bin:/usr/sbin", HOME: "/home/me", XDG_RUNTIME_DIR: "/x" };
  expect(commandEnvironment(environment, { identity: root, other: root, asRoot: true }, 1)).toEqual(
    [
      "PATH=/home/me/bin:/usr/sbin:/usr/local/sbin:/sbin",
      "HOME=/root",
      "XDG_RUNTIME_DIR=/run/user/0",
      "USER=root",
      "LOGNAME=root",
      "SHELL=/bin/bash",
    ],
  );
});

test("root's programs come last, and once", () => {
  expect(rootPath("/sbin:/bin")).toBe("/sbin:/bin:/usr/local/sbin:/usr/sbin");
});

// As make 4.3 and 4.4 and cargo 1.95 write them.
test.each([
  [" -j3 --jobserver-auth=3,4", " -j2"],
  ["w -j3 --jobserver-auth=3,4", "w -j2"],
  [" -j3 --jobserver-auth=fifo:/tmp/GMfifo17 -- CC=a\\ b", " -j2 -- CC=a\\ b"],
  [" --jobserver-auth=3,4 -j -- X=--jobserver-auth=9", " -j2 -- X=--jobserver-auth=9"],
  ["-j --jobserver-fds=8,9 --jobserver-auth=8,9", " -j2"],
  ["k", "k"],
  [" -j1", " -j1"],
  ["-- X=--jobserver-auth=9", "-- X=--jobserver-auth=9"],
])("MAKEFLAGS %j", (flags, given) => {
  expect(commandEnvironment({ MAKEFLAGS: flags, CARGO_MAKEFLAGS: flags }, caller, 2)).toEqual([
    `MAKEFLAGS=${given}`,
    `CARGO_MAKEFLAGS=${given}`,
  ]);
});
