import type { PullEvent } from "@vimto/oci";

/** Moments of a run on the host, in their usual order. */
export type Moment =
  | "resolved"
  | "initramfs-ready"
  | "template-saved"
  | "qemu-started"
  | "state-loaded"
  | "resumed"
  | "guest-up"
  | "modules-indexed"
  | "command-started"
  | "setup-ended"
  | "command-ended"
  | "teardown-ended"
  | "output-written"
  | "machine-ended";

/** What happens in a run, to be shown. Texts are whole sentences. */
export type RunEvent =
  | { readonly kind: "moment"; readonly moment: Moment }
  /** A moment in the guest; milliseconds since its kernel began. */
  | { readonly kind: "guest-moment"; readonly name: string; readonly ms: number }
  /** The run takes another way, because no template could be made, or its clone or its boot failed. */
  | {
      readonly kind: "fallback";
      readonly from: "template" | "clone" | "boot";
      readonly reason: string;
    }
  /** Something that only a user of --verbose wants to know. */
  | { readonly kind: "detail"; readonly text: string }
  /** A remark; the run goes on unchanged. */
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string }
  /** A line of the guest's console. */
  | { readonly kind: "console"; readonly line: string }
  | { readonly kind: "pull"; readonly event: PullEvent };

export type Emit = (event: RunEvent) => void;
