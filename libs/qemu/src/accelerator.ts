import type { Architecture } from "@vimto/linux";
import type { Accelerator } from "./architecture.ts";
import { QemuError } from "./error.ts";

/** What the host says about /dev/kvm. */
export type KvmDevice =
  | { readonly state: "usable" }
  | { readonly state: "missing" }
  /** `group` is the name of a group that may open it and that the user could join. */
  | { readonly state: "denied"; readonly group: string | undefined }
  /** `reason` is the error's name, such as ENODEV. */
  | { readonly state: "failed"; readonly reason: string };

export type AcceleratorFacts = {
  /** As `uname -m` spells it; hosts of other architectures than the guest's cannot use KVM. */
  readonly hostArchitecture: string;
  readonly kvm: KvmDevice;
  /** The processor's virtualization extension in /proc/cpuinfo; x86 only. */
  readonly extension: "vmx" | "svm" | undefined;
  /** The value of VIMTO_DISABLE_KVM. */
  readonly disableKvm: string | undefined;
};

export type AcceleratorChoice = {
  readonly accelerator: Accelerator;
  /** Why, as half a sentence: "/dev/kvm is usable". */
  readonly reason: string;
  /** One sentence for the user's eyes. */
  readonly warning?: string;
};

/**
 * Decides between KVM and emulation.
 *
 * "auto" takes KVM only if /dev/kvm opens and, on x86, the processor shows vmx or svm: some virtual
 * machines offer a /dev/kvm that creates guests which then stop for ever in "KVM internal error".
 * "kvm" insists: it starts wherever /dev/kvm opens, with a warning where "auto" would not have, and
 * throws QemuError "accelerator-unusable" elsewhere.
 */
export function chooseAccelerator(
  asked: "auto" | Accelerator,
  guest: Architecture,
  facts: AcceleratorFacts,
): AcceleratorChoice {
  if (asked === "tcg") return { accelerator: "tcg", reason: "emulation was asked for" };
  if (facts.disableKvm === "true") {
    return {
      accelerator: "tcg",
      reason: "VIMTO_DISABLE_KVM=true",
      warning: "VIMTO_DISABLE_KVM=true: the guest is emulated, which is slow",
    };
  }
  const obstacle = kvmObstacle(guest, facts);
  const silent = silentProcessor(facts);
  if (asked === "kvm") {
    if (obstacle) {
      throw new QemuError(
        "accelerator-unusable",
        `KVM cannot be used: ${obstacle.reason}; ${obstacle.remedy}, or use --accel tcg`,
      );
    }
    return {
      accelerator: "kvm",
      reason: "KVM was asked for",
      ...(silent ? { warning: `${silent}, so KVM may not work; --accel tcg does` } : {}),
    };
  }
  const reason = obstacle?.reason ?? silent;
  return reason === undefined
    ? { accelerator: "kvm", reason: "/dev/kvm is usable" }
    : { accelerator: "tcg", reason };
}

function silentProcessor(facts: AcceleratorFacts): string | undefined {
  return facts.hostArchitecture === "x86_64" && facts.extension === undefined
    ? "the processor shows neither vmx nor svm"
    : undefined;
}

type Obstacle = { readonly reason: string; readonly remedy: string };

function kvmObstacle(guest: Architecture, facts: AcceleratorFacts): Obstacle | undefined {
  const host = facts.hostArchitecture;
  if (guest !== host) {
    return {
      reason: `the guest is ${guest} and this host is ${host}`,
      remedy: `name a kernel for ${host}`,
    };
  }
  switch (facts.kvm.state) {
    case "usable":
      return undefined;
    case "denied":
      return {
        reason: "this user may not open /dev/kvm",
        remedy:
          facts.kvm.group === undefined
            ? 'let this user open it with "sudo setfacl -m u:$USER:rw /dev/kvm"'
            : `join its group with "sudo usermod -aG ${facts.kvm.group} $USER" and log in again`,
      };
    case "failed":
      return {
        reason: `/dev/kvm does not open (${facts.kvm.reason})`,
        remedy: "see what the host's kernel log says of kvm",
      };
    case "missing":
      return missingDevice(facts);
  }
}

function missingDevice(facts: AcceleratorFacts): Obstacle {
  if (facts.extension !== undefined) {
    const module = facts.extension === "vmx" ? "kvm_intel" : "kvm_amd";
    return {
      reason: `there is no /dev/kvm although the processor has ${facts.extension}`,
      remedy: `load its driver with "sudo modprobe ${module}"`,
    };
  }
  const silent = silentProcessor(facts);
  return {
    reason: silent ? `there is no /dev/kvm and ${silent}` : "there is no /dev/kvm",
    remedy:
      "turn on virtualization in the firmware, or nested virtualization where this host is a guest",
  };
}
