import { parseMemory } from "../memory.ts";
import { parsePublish } from "../publish.ts";
import { parseSmp } from "../smp.ts";
import { parseArch } from "../values.ts";
import { oneOf, type Setting, text } from "./setting.ts";

const accelerators = ["auto", "kvm", "tcg"] as const;
const networks = ["none", "user", "user,restrict"] as const;
const fileSystems = ["auto", "virtiofs", "9p"] as const;

/** Settings of the virtual machine. */
export const machineSettings = {
  kernel: {
    group: "machine",
    option: {
      kind: "text",
      placeholder: "K",
      example: "./vmlinuz",
      help: "file, directory, image, host, host:VERSION or :TAG",
      completes: "kernel",
    },
    variable: true,
    file: {
      form: "text",
      expected: "text in quotes",
      description:
        "Kernel to boot: a file, a directory, an image reference, host or host:VERSION. Relative paths start at this file. Empty means none.",
      emptyIsUnset: true,
    },
    keeps: "last",
    parse: text,
    guide: { unset: "the host's own", what: "see below" },
  },
  memory: {
    group: "machine",
    option: {
      kind: "text",
      placeholder: "SIZE",
      example: "512M",
      help: "memory for the command (128M; 1G; a number is MiB)",
    },
    variable: true,
    file: {
      form: "text or number",
      expected: 'text such as "1G" or a whole number of MiB',
      description:
        'Memory that the command may use, such as "512M", "1G" or "size=1G"; a plain number is MiB.',
    },
    default: "128M",
    keeps: "last",
    parse: (value, name, { host }) => parseMemory(value, name, host.memoryBytes),
    guide: { what: "what the command may use" },
  },
  smp: {
    group: "machine",
    option: {
      kind: "text",
      placeholder: "N",
      example: "2",
      help: "number of CPUs (1), or cpus=2,cores=2",
    },
    variable: true,
    file: {
      form: "text or number",
      expected: 'text such as "cpus=2" or a whole number',
      description: 'Number of CPUs, such as 2, "2", "cpus=2" or "cpus=2,cores=2".',
    },
    default: "1",
    keeps: "last",
    parse: parseSmp,
    guide: { what: "CPUs" },
  },
  arch: {
    group: "machine",
    option: {
      kind: "text",
      placeholder: "ARCH",
      example: "arm64",
      help: "amd64 or arm64 (this host's)",
    },
    variable: true,
    file: {
      form: ["amd64", "arm64", "x86_64", "aarch64"],
      expected: 'text, "amd64" or "arm64"',
      description: "Architecture of the guest.",
    },
    keeps: "last",
    parse: parseArch,
    guide: { unset: "the host's", what: "`amd64` or `arm64` (also `x86_64`, `aarch64`)" },
  },
  accel: {
    group: "machine",
    option: {
      kind: "text",
      placeholder: "A",
      example: "tcg",
      help: "auto, kvm or tcg (auto)",
    },
    variable: true,
    file: {
      form: accelerators,
      expected: 'text, "auto", "kvm" or "tcg"',
      description: "How the guest's CPU is run.",
    },
    default: "auto",
    keeps: "last",
    parse: oneOf(accelerators),
    guide: { what: "`auto`, `kvm` or `tcg`" },
  },
  fs: {
    group: "machine",
    option: {
      kind: "text",
      placeholder: "FS",
      example: "virtiofs",
      help: "share files by auto, virtiofs or 9p (auto)",
    },
    variable: true,
    file: {
      form: fileSystems,
      expected: 'text, "auto", "virtiofs" or "9p"',
      description: "File system by which the guest has the shared directories.",
    },
    default: "auto",
    keeps: "last",
    parse: oneOf(fileSystems),
    guide: { what: "share files by `auto`, `virtiofs` or `9p`; see [system.md](system.md)" },
  },
  net: {
    group: "machine",
    option: {
      kind: "text",
      placeholder: "NET",
      example: "user",
      help: "network: none, user or user,restrict (none)",
    },
    variable: true,
    file: {
      form: networks,
      expected: 'text, "none", "user" or "user,restrict"',
      description: "Network of the guest: none, or QEMU's user network.",
    },
    default: "none",
    keeps: "last",
    parse: oneOf(networks),
    guide: { what: "`none`, `user` or `user,restrict`; see [network.md](network.md)" },
  },
  publish: {
    group: "machine",
    option: {
      kind: "list",
      placeholder: "P:P",
      example: "8080:80",
      help: "lead a host port to the guest: [ADDR:]PORT:PORT[/udp]",
    },
    variable: true,
    file: {
      form: "list",
      expected: "text in quotes or a list of texts",
      description:
        "Ports of the host that lead to ports of the guest, such as 8080:80 or 0:53/udp.",
    },
    keeps: "distinct",
    parse: parsePublish,
    guide: { unset: "none", what: "a port of the host that leads to one of the guest" },
  },
  append: {
    group: "machine",
    option: {
      kind: "list",
      placeholder: "TEXT",
      example: "lsm=bpf",
      help: "add kernel arguments (again for more)",
    },
    variable: true,
    file: {
      form: "list",
      expected: "text in quotes or a list of texts",
      description: "Kernel arguments to add, one text or a list.",
    },
    keeps: "distinct",
    parse: text,
    guide: { unset: "none", what: "kernel arguments to add" },
  },
} as const satisfies Readonly<Record<string, Setting>>;
