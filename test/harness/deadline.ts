/** No run of a test takes as long, on a slow machine under emulation either. */
export const HANGS_AFTER_S = Number(process.env.VIMTO_TEST_DEADLINE ?? 600);
