export type QemuFailureCode =
  | "accelerator"
  | "memory"
  | "memory-file"
  | "kernel"
  | "initramfs"
  | "share"
  | "gdb-port"
  | "network"
  | "unsupported"
  | "state"
  | "unknown";

/** Why QEMU gave up, by its standard error. */
export type QemuFailure = {
  readonly code: QemuFailureCode;
  /** One sentence for the user. */
  readonly sentence: string;
  /** The line that gave the reason, as QEMU wrote it. */
  readonly line: string;
};

type Rule = readonly [QemuFailureCode, RegExp, (match: readonly string[]) => string];

const upgrade = "use a QEMU built with it, or a newer one";

// In the order of precedence. QEMU quotes paths as they are, so "." must match line breaks (s).
const rules: readonly Rule[] = [
  [
    "accelerator",
    /Could not access KVM kernel module: (.*)/,
    ([, why]) => `QEMU cannot use KVM (/dev/kvm: ${why}); use --accel tcg`,
  ],
  [
    "accelerator",
    /KVM internal error\. Suberror: (\d+)/,
    ([, error]) =>
      `KVM on this host cannot run the guest (internal error, suberror ${error}); use --accel tcg`,
  ],
  [
    "accelerator",
    /error: (failed to set MSR \w+)/,
    ([, what]) => `KVM on this host cannot run the guest (${what}); use --accel tcg`,
  ],
  [
    "accelerator",
    /KVM: entry failed, hardware error (\w+)/,
    ([, error]) =>
      `KVM on this host cannot run the guest (entry failed, ${error}); use --accel tcg`,
  ],
  [
    "accelerator",
    /invalid accelerator (\w+)/,
    ([, name]) => `this QEMU is built without the accelerator "${name}"; use --accel tcg`,
  ],
  [
    "accelerator",
    /failed to initialize (kvm|tcg|KVM|TCG): (.*)/,
    ([, name, why]) => `QEMU cannot use ${name?.toUpperCase()} (${why}); use --accel tcg`,
  ],
  [
    "memory-file",
    /(?:can't open backing store|unable to create backing store) (.*?) for guest RAM: ([^\n]*)/s,
    ([, path, why]) => `QEMU cannot keep the guest's memory in "${path}": ${why}`,
  ],
  [
    "memory",
    /(?:cannot set up guest memory|unable to map backing store for guest RAM)(?: '.*?')?: (.*)/,
    ([, why]) => `this host cannot give the guest its memory (${why}); lower --memory`,
  ],
  [
    "kernel",
    /could not (?:load|open) kernel(?: file)? '(.*)': ([^\n]*)/s,
    ([, path, why]) => `QEMU cannot load the kernel "${path}": ${why}`,
  ],
  [
    "kernel",
    /(Error while loading elf kernel|invalid kernel header|linux kernel too old to load a ram disk|Error loading uncompressed kernel without PVH ELF Note)/,
    ([, why]) =>
      `QEMU cannot boot the kernel (${why}); the file is damaged or no kernel for this guest`,
  ],
  [
    "memory",
    /kernel '(.*)' is too large to fit in RAM/s,
    ([, path]) => `the kernel "${path}" does not fit into the guest's memory; raise --memory`,
  ],
  [
    "memory",
    /(?:initrd is too large|could not load initrd|the given -initrd.*too large)(.*)/,
    () => "the initramfs does not fit into the guest's memory; raise --memory",
  ],
  [
    "initramfs",
    /error reading initrd (.*?): ([^\n]*)/s,
    ([, path, why]) => `QEMU cannot read the initramfs "${path}": ${why}`,
  ],
  [
    "share",
    /(?:cannot initialize fsdev|failed to initialize fs-driver).*?failed to open '(.*)': ([^\n]*)/s,
    ([, path, why]) => `QEMU cannot share "${path}": ${why}`,
  ],
  [
    "gdb-port",
    /-gdb tcp:[^:]*:(\d+).*?: (.*)/,
    ([, port, why]) => `the gdb port ${port} cannot be used: ${why}; name another with --gdb=PORT`,
  ],
  [
    "network",
    /Could not set up host forwarding rule '(tcp|udp):([\d.]*):(\d+)-/,
    ([, protocol, address, port]) =>
      `the ${protocol} port ${port} of ${address} cannot be published: it is taken, or for root alone, or ${address} is not an address of this host; name another port, or 0 for a free one`,
  ],
  [
    "network",
    /network backend '?user'? is not compiled into this|Parameter 'type' expects a net(?:dev)? backend type/,
    () =>
      "this QEMU was built without user networking (libslirp); use one that has it, or leave out --net",
  ],
  [
    "state",
    /(Unknown savevm section or instance '[^']*'|Not a migration stream|error while loading state[^\n]*|Unknown ramblock "[^"]*"|Size mismatch: [^\n]*|load of migration failed: [^\n]*)/,
    ([, why]) => `QEMU cannot resume the saved machine (${why})`,
  ],
  [
    "unsupported",
    /'(.*)' is not a valid device model name/,
    ([, name]) => `this QEMU has no device "${name}"; ${upgrade}`,
  ],
  [
    "unsupported",
    /Property '(.*?)' not found/,
    ([, name]) => `this QEMU has no option "${name}"; ${upgrade}`,
  ],
  [
    "unsupported",
    /unsupported machine type|No machine specified/,
    () => `this QEMU does not have the machine type that vimto asks for; ${upgrade}`,
  ],
  [
    "unsupported",
    /unable to find CPU model '(.*)'/i,
    ([, name]) => `this QEMU has no processor model "${name}"; ${upgrade}`,
  ],
  [
    "unsupported",
    /(?:The|max) (?:max )?CPUs supported by machine '.*?' is (\d+)/,
    ([, limit]) => `this machine type has at most ${limit} processors; lower --smp`,
  ],
  [
    "unsupported",
    /(-[a-z-]+): invalid option/,
    ([, name]) => `this QEMU does not know the option ${name}; ${upgrade}`,
  ],
];

/**
 * Reads all that QEMU wrote to its standard error. Undefined if it gave no reason: nothing at all,
 * warnings only, or that a signal told it to end.
 */
export function classifyStderr(text: string): QemuFailure | undefined {
  for (const [code, pattern, sentence] of rules) {
    const match = pattern.exec(text);
    if (match) return { code, sentence: sentence(match), line: lineAt(text, match.index) };
  }
  const line = text.split("\n").find((candidate) => candidate.trim() !== "" && !isIdle(candidate));
  if (line === undefined) return undefined;
  return { code: "unknown", sentence: `QEMU failed: ${withoutProgram(line)}`, line };
}

const isIdle = (line: string): boolean =>
  /^\S+: (?:warning: |terminating on signal )|^\(process:\d+\): .*-WARNING/.test(line);

const withoutProgram = (line: string): string =>
  line.replace(/^\S*qemu\S*: (?:error: )?/, "").trim();

function lineAt(text: string, index: number): string {
  const start = text.lastIndexOf("\n", index) + 1;
  const end = text.indexOf("\n", index);
  return text.slice(start, end < 0 ? undefined : end);
}
