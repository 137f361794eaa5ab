/** The descriptors of QEMU's ends of the sockets, in the order in which they are passed. */
export const DESCRIPTORS = { console: 3, monitor: 4, channel: 5 } as const;
/** Where further files that are passed on begin. */
export const FIRST_FILE = 6;
