import { expect, test } from "vitest";
import { listing } from "../../../../libs/script/src/testing/listing.ts";
import type { Capability } from "../capabilities/capability.ts";
import { share9p } from "../capabilities/share-9p/share-9p.ts";
import { shareVirtiofs } from "../capabilities/share-virtiofs/share-virtiofs.ts";
import { virtiofsd } from "../capabilities/share-virtiofs/testing/virtiofsd.ts";
import type { HostFacts } from "../host/facts.ts";
import type { Identity } from "../host/identity.ts";
import { planBoot } from "./boot.ts";
import { type PlanInputs, planRun } from "./plan.ts";
import type { Renewal } from "./renew.ts";
import { type CommandPlan, commandScript, guestScript, runScript } from "./script.ts";

const arch = "x86_64";
const me: Identity = {
  uid: 1000,
  gid: 100,
  groups: [100, 27],
  name: "me",
  home: "/home/me",
  shell: "/bin/sh",
};
const root: Identity = {
  uid: 0,
  gid: 0,
  groups: [0],
  name: "root",
  home: "/root",
  shell: "/bin/sh",
};
const host: HostFacts = {
  cwd: "/home/me/work",
  environment: { PATH: "/usr/bin:/bin", TMPDIR: "/tmp/x", LANG: "C", GONE: undefined },
  hostname: "laptop",
  size: { memoryBytes: 2 ** 32, limited: false, cpus: 2, arch: "amd64" },
  umask: 0o27,
  limits: [{ resource: 4, soft: 5n, hard: 6n }],
  nice: 0,
  ignoresHangup: false,
  caller: me,
  accounts: {
    user: () => undefined,
    group: () => undefined,
    systemGroup: () => undefined,
    supplementary: () => [],
    userNames: [],
  },
  sbin: "/usr/sbin",
  hasModprobe: true,
  programs: new Map([["make", ["/usr/bin/make"]]]),
  hookPrograms: new Map([["mount", ["/usr/bin/mount", "/bin/mount"]]]),
  asked: [],
  implied: [],
  closed: [],
};
const inputs: PlanInputs = {
  architecture: arch,
  host,
  kernel: { release: "6.1.0", overlay: undefined, merges: [], modules: undefined },
  argv: ["make", "check"],
  cpus: 2,
  setup: [],
  teardown: [],
  user: undefined,
  root,
  shares: [{ path: "/home/me/work", readonly: false }],
  transports: { layers: share9p, shares: share9p },
  capabilities: [],
  merged: false,
  closed: [],
};
const clone: Renewal = { seed: new Uint8Array(4).fill(0x41), clock: { behindMs: 1500 } };
const fresh: Renewal = { seed: new Uint8Array(4).fill(0x41), clock: { nowNs: 1_500_000_000n } };

test("the command of a clone", () => {
  const { guest, command } = planRun(inputs);
  expect(listing(runScript(arch, guest, clone, command), arch)).toMatchSnapshot();
});

test("a clone looks for what was plugged in before it mounts it", () => {
  const virtiofs = shareVirtiofs(virtiofsd);
  const { guest, command } = planRun({
    ...inputs,
    transports: { layers: share9p, shares: virtiofs },
  });
  const steps = (renewal: Renewal) =>
    runScript(arch, guest, renewal, command).steps.filter((step) =>
      /rescan|mount-share/.test(step ?? ""),
    );
  const mounts = ["mount-share root", "mount-share /home/me/work"];
  const rescan = "write /sys/bus/pci/rescan";
  expect(steps(clone)).toEqual([rescan, rescan, ...mounts]);
  expect(steps(fresh)).toEqual(mounts);
});

test("as another user, with setup, on a kernel from an image with modules and capabilities", () => {
  const capability: Capability = {
    name: "probe",
    run: (script, at) => script.call("write /probe", "mkdirat", [-100, `${at}/probe`, 0o700]),
    sysctls: { "kernel/panic": "1" },
    template: "shared",
  };
  const { guest, command, setup } = planRun({
    ...inputs,
    kernel: {
      release: "6.1.0",
      overlay: "/cache/image",
      merges: [
        { name: "lib", link: "usr/lib", target: "/usr/lib", empty: false },
        { name: "lib64", link: "usr/lib64", target: "/usr/lib64", empty: true },
      ],
      modules: {
        directory: "/cache/image/lib/modules/6.1.0",
        index: { directory: "/cache/i", ready: undefined },
      },
    },
    setup: [{ text: "mount -t tmpfs x /mnt", argv: ["mount", "-t", "tmpfs", "x", "/mnt"] }],
    user: root,
    shares: [
      { path: "/home/me/work", readonly: false },
      { path: "/tmp/in", readonly: true },
    ],
    capabilities: [capability],
    merged: true,
  });
  expect(listing(guestScript(arch, guest, fresh), arch)).toMatchSnapshot("guest");
  expect(setup.map(({ text }) => text)).toEqual(["mount -t tmpfs x /mnt"]);
  for (const hook of setup)
    expect(listing(commandScript(arch, hook.command, "hook"), arch)).toMatchSnapshot("setup");
  expect(listing(commandScript(arch, command, "command"), arch)).toMatchSnapshot("command");
});

test("the caller's nice value and ignored SIGHUP are the command's, and need no call where there are none", () => {
  const calls = (changed: Partial<HostFacts>) =>
    listing(
      commandScript(arch, planRun({ ...inputs, host: { ...host, ...changed } }).command, "command"),
      arch,
    ).filter((call) => /set-nice|ignore-hangup/.test(call)).length;
  expect(calls({})).toBe(0);
  expect(calls({ nice: -3 })).toBe(1);
  expect(calls({ ignoresHangup: true })).toBe(1);
});

test("a stream that is closed on the host is closed for the command, and for no hook", () => {
  const setup = [{ text: "mount -a", argv: ["mount", "-a"] }];
  const plan = planRun({ ...inputs, setup, closed: [0, 2] });
  const calls = (command: CommandPlan) =>
    listing(commandScript(arch, command, "command"), arch).filter((call) =>
      call.includes("close-stream"),
    ).length;
  expect(calls(plan.command)).toBe(2);
  expect(plan.setup.map(({ command }) => calls(command))).toEqual([0]);
});

test("the boot of a kernel with a module", () => {
  const boot: Capability = {
    name: "probe",
    boot: (script) => script.call("write /probe", "mkdirat", [-100, "/probe", 0o700]),
    template: "own",
  };
  const plan = planBoot(arch, ["/lib/modules/6.1.0/9p.ko.xz"], [boot], (step) => step);
  expect(plan.modules).toEqual([
    {
      name: "9p",
      hostPath: "/lib/modules/6.1.0/9p.ko.xz",
      path: "/vimto/modules/000-9p.ko",
    },
  ]);
  expect(listing(plan.script, arch)).toMatchSnapshot();
});

test("a share below a directory that the caller may search and not list", () => {
  const closed = [{ path: "/home", mode: 0o711, uid: 0, gid: 0 }];
  const { guest, command } = planRun({ ...inputs, host: { ...host, closed } });
  const calls = listing(runScript(arch, guest, clone, command), arch);
  const from = calls.findIndex((call) => call.startsWith("mount /home:"));
  expect(calls.slice(from, from + 5)).toMatchSnapshot();
});

test("a command on a terminal, whose stderr is a file on the host", () => {
  const modes = new Uint8Array(36).fill(1);
  const terminal = { modes, size: { rows: 24, columns: 80 }, stderr: false };
  const { command } = planRun({ ...inputs, terminal, merged: true });
  const calls = listing(commandScript(arch, command, "command"), arch);
  expect(calls.filter((call) => /terminal|session|join-outputs/.test(call))).toMatchSnapshot();
});

test("equal inputs give equal bytes", () => {
  const bytes = () => {
    const { guest, command } = planRun(inputs);
    return runScript(arch, guest, clone, command).build();
  };
  expect(bytes()).toEqual(bytes());
});
