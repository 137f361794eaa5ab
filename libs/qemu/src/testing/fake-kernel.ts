/**
 * The least that QEMU's loaders accept: a bzImage header (Documentation/arch/x86/boot.rst) without a kernel,
 * which an aarch64 machine takes for a raw image. It must not run.
 */
export function fakeKernel(): Uint8Array {
  const bytes = new Uint8Array(8192);
  const view = new DataView(bytes.buffer);
  view.setUint8(0x1f1, 1); // setup_sects
  bytes.set(new TextEncoder().encode("HdrS"), 0x202);
  view.setUint16(0x206, 0x020c, true); // boot protocol 2.12
  view.setUint8(0x211, 1); // loaded high
  view.setUint32(0x22c, 0x7fffffff, true); // initrd_addr_max
  view.setUint32(0x238, 2047, true); // cmdline_size
  return bytes;
}
