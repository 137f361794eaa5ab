import { nearest } from "./nearest.ts";
import { quoted, UserError } from "./user-error.ts";

/** The keys of QEMU's -smp that x86 and ARM machines take, from the widest to the narrowest. */
const levels = ["sockets", "dies", "clusters", "cores", "threads"] as const;
const keys = ["cpus", "maxcpus", ...levels] as const;
type Key = (typeof keys)[number];

export interface Smp {
  readonly cpus: number;
  /** What QEMU's -smp takes. */
  readonly text: string;
}

/** What QEMU's q35 machine had before 9.1; its arm64 machine has more (hw/i386/pc_q35.c, max_cpus). */
const MOST_CPUS = 288;

/**
 * Number of CPUs, as QEMU's -smp takes it: "2", "cpus=2", "cpus=2,cores=2" or "sockets=1,cores=2".
 *
 * @param name what a sentence calls the value, such as "--smp"
 * @throws UserError bad-value for no number, zero, a topology that does not fit, or more than a machine has
 */
export function parseSmp(text: string, name: string): Smp {
  const bad = (why: string) => new UserError("bad-value", `${name} ${quoted(text)} ${why}`);
  const given = new Map<Key, number>();
  text.split(",").forEach((part, index) => {
    const [, word = index === 0 ? "cpus" : "", digits = ""] =
      /^(?:([^=]*)=)?(.*)$/s.exec(part) ?? [];
    const key = keys.find((known) => known === word);
    if (key === undefined) {
      const near = nearest(word, keys);
      const out = near === undefined ? "write a number of CPUs" : `did you mean ${near}?`;
      throw bad(`has the unknown part ${quoted(part)}; ${out}`);
    }
    if (!/^\d+$/.test(digits)) throw bad("is not a number of CPUs; write 2, say");
    if (given.has(key)) throw bad(`says ${key} twice; say it once`);
    given.set(key, Number(digits));
  });
  for (const [key, count] of given) {
    if (count > 0) continue;
    throw bad(key === "cpus" ? "leaves no CPU; write 1 or more" : `has no ${key}; write 1 or more`);
  }
  const cpus = count(given, bad);
  if (cpus > MOST_CPUS)
    throw bad(
      `is more than the ${MOST_CPUS} CPUs that a machine can have; write ${MOST_CPUS} or less`,
    );
  return { cpus, text: [...given].map(([key, value]) => `${key}=${value}`).join(",") };
}

/** Fills in what was left out, by the rules of machine_parse_smp_config in QEMU's hw/core/machine-smp.c. */
function count(given: ReadonlyMap<Key, number>, bad: (why: string) => UserError): number {
  const product = levels.reduce((total, level) => total * (given.get(level) ?? 1), 1);
  const most = given.get("maxcpus") ?? given.get("cpus") ?? product;
  const cpus = given.get("cpus") ?? most;
  if (cpus > most) throw bad(`has more cpus than maxcpus; write maxcpus=${cpus} or more`);
  // QEMU derives one missing level, so the given ones must divide the whole.
  const derived = (["cores", "sockets", "threads"] as const).some((level) => !given.has(level));
  if (derived ? most % product !== 0 : most !== product) {
    throw bad(`does not add up to ${most} CPUs; make the parts multiply to that`);
  }
  return cpus;
}
