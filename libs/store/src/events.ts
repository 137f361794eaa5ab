/**
 * What happens while an image, or a kernel of an archive, is fetched, to be drawn. Bytes are
 * packed bytes; a kernel's packages are its layers.
 */
export type PullEvent =
  /** The name is looked up. */
  | { readonly kind: "resolving"; readonly image: string }
  /** Another process does the same work, `what`: "the same image", "layer sha256:0123456789ab". */
  | { readonly kind: "waiting"; readonly what: string }
  /** The cached image is used. */
  | { readonly kind: "cached"; readonly image: string; readonly digest: string }
  /** The cached image is used because it could not be looked up again; `message` is the reason. */
  | { readonly kind: "stale"; readonly image: string; readonly message: string }
  /** The manifest is known and its layers are fetched and unpacked from now on. */
  | {
      readonly kind: "started";
      readonly image: string;
      readonly digest: string;
      readonly layers: readonly { readonly digest: string; readonly size: number }[];
      /** What a layer is called; by default "layer". */
      readonly noun?: string;
    }
  /** Bytes of layer `layer` (from 0) that are here now, all of them at once if they were cached. */
  | { readonly kind: "received"; readonly layer: number; readonly bytes: number }
  | { readonly kind: "fetched"; readonly layer: number; readonly cached: boolean }
  | { readonly kind: "unpacked"; readonly layer: number }
  /** A remark for the user, one sentence; the fetch goes on. */
  | { readonly kind: "note"; readonly message: string }
  /** A try has failed and is made again. */
  | { readonly kind: "retry"; readonly message: string }
  | {
      readonly kind: "done";
      readonly image: string;
      readonly digest: string;
      readonly unpackedBytes: number;
    };

export type OnPullEvent = (event: PullEvent) => void;
