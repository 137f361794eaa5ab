import { release } from "node:os";
import { hostKernel, installedKernels, KernelError, kernelOfFile } from "@vimto/kernel";
import { Failure } from "../../failure.ts";
import type { KernelSource, SourceContext } from "../source.ts";

/** `host`, or `host:VERSION`: a kernel that is installed on this machine. */
export function installedSource(
  text: string,
  { releaseOf }: SourceContext,
): KernelSource | undefined {
  const [, version] = /^host(?::(.*))?$/s.exec(text) ?? [undefined, null];
  if (version === null) return undefined;
  return {
    text,
    locate: async () => {
      const { path } = hostKernel(release(), version);
      return { text, files: kernelOfFile(path, { releaseOf }), overlay: undefined };
    },
  };
}

/** The host's own kernel, for a run that does not name one. */
export const hostsOwnSource = ({ releaseOf }: SourceContext): KernelSource => ({
  text: "host",
  locate: async () => {
    try {
      const { path } = hostKernel(release(), undefined, installedKernels());
      return { text: "host", files: kernelOfFile(path, { releaseOf }), overlay: undefined };
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      throw new Failure(
        "kernel",
        "no kernel was named, and the host's own cannot be used " +
          `(${error.message.split(";")[0]}); name one with --kernel, VIMTO_KERNEL or kernel in .vimto.toml: ` +
          "a kernel file, a directory with boot/vmlinuz, host:VERSION for one in /boot, or an image such as " +
          "ghcr.io/cilium/ci-kernels:stable",
        { cause: error },
      );
    }
  },
});
