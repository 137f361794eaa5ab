import { expect, test } from "vitest";
import { classifyStderr } from "./stderr.ts";

// What QEMU 7.2 wrote when it was started wrongly by hand, unless another version is named.
test.each([
  [
    "accelerator",
    "Could not access KVM kernel module: Permission denied\nqemu-system-x86_64: failed to initialize kvm: Permission denied\n",
    "QEMU cannot use KVM (/dev/kvm: Permission denied); use --accel tcg",
  ],
  [
    "accelerator",
    "qemu-system-x86_64: -accel kvm: failed to initialize kvm: Permission denied\n",
    "QEMU cannot use KVM (Permission denied); use --accel tcg",
  ],
  [
    "accelerator",
    "KVM internal error. Suberror: 1\nextra data[0]: 0x0000000000000001\nemulation failure\nRAX=ffff888002440040\n",
    "KVM on this host cannot run the guest (internal error, suberror 1); use --accel tcg",
  ],
  [
    "accelerator",
    "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69\nqemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret == cpu->kvm_msr_buf->nmsrs' failed.\n",
    "KVM on this host cannot run the guest (failed to set MSR 0x10a); use --accel tcg",
  ],
  [
    "accelerator",
    "qemu-system-aarch64: -accel kvm: invalid accelerator kvm\n",
    'this QEMU is built without the accelerator "kvm"; use --accel tcg',
  ],
  [
    "memory-file",
    "qemu-system-x86_64: can't open backing store /nonexistent/a\nb for guest RAM: No such file or directory\n",
    'QEMU cannot keep the guest\'s memory in "/nonexistent/a\nb": No such file or directory',
  ],
  [
    "memory",
    "qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory\n",
    "this host cannot give the guest its memory (Cannot allocate memory); lower --memory",
  ],
  [
    "memory",
    "qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory\n",
    "this host cannot give the guest its memory (Cannot allocate memory); lower --memory",
  ],
  [
    "kernel",
    "qemu: could not open kernel file '/nonexistent': No such file or directory\n",
    'QEMU cannot load the kernel "/nonexistent": No such file or directory',
  ],
  [
    "kernel",
    "qemu: could not load kernel 'it's empty': No such file or directory\n",
    'QEMU cannot load the kernel "it\'s empty": No such file or directory',
  ],
  [
    "kernel",
    "qemu-system-x86_64: Error while loading elf kernel\n",
    "QEMU cannot boot the kernel (Error while loading elf kernel); the file is damaged or no kernel for this guest",
  ],
  [
    "kernel",
    "qemu: linux kernel too old to load a ram disk\n",
    "QEMU cannot boot the kernel (linux kernel too old to load a ram disk); the file is damaged or no kernel for this guest",
  ],
  [
    "memory",
    "qemu-system-aarch64: kernel '/k/vmlinuz' is too large to fit in RAM (kernel size 33619968, RAM size 33554432)\n",
    'the kernel "/k/vmlinuz" does not fit into the guest\'s memory; raise --memory',
  ],
  [
    "initramfs",
    "qemu: error reading initrd /nonexistent: Failed to open file “/nonexistent”: open() failed: No such file or directory\n",
    'QEMU cannot read the initramfs "/nonexistent": Failed to open file “/nonexistent”: open() failed: No such file or directory',
  ],
  [
    "share",
    "qemu-system-x86_64: -device virtio-9p-pci,fsdev=a,mount_tag=a: cannot initialize fsdev 'a': failed to open '/no 'such\n': No such file or directory\n",
    'QEMU cannot share "/no \'such\n": No such file or directory',
  ],
  [
    "gdb-port",
    "qemu-system-x86_64: -gdb tcp:127.0.0.1:14567: Failed to find an available port: Address already in use\n",
    "the gdb port 14567 cannot be used: Failed to find an available port: Address already in use; name another with --gdb=PORT",
  ],
  [
    "network",
    "qemu-system-x86_64: -netdev user,id=network,hostfwd=tcp:127.0.0.1:8080-:80: Could not set up host forwarding rule 'tcp:127.0.0.1:8080-:80'\n",
    "the tcp port 8080 of 127.0.0.1 cannot be published: it is taken, or for root alone, or 127.0.0.1 is not an address of this host; name another port, or 0 for a free one",
  ],
  [
    "network",
    "qemu-system-x86_64: -netdev user,id=network: network backend 'user' is not compiled into this binary\n",
    "this QEMU was built without user networking (libslirp); use one that has it, or leave out --net",
  ],
  [
    "state",
    "qemu-system-x86_64: Unknown savevm section or instance '0000:00:08.0/virtio-9p' 0. Make sure that your current VM setup matches your saved VM setup, including any hotplugged devices\nqemu-system-x86_64: load of migration failed: Invalid argument\n",
    "QEMU cannot resume the saved machine (Unknown savevm section or instance '0000:00:08.0/virtio-9p')",
  ],
  [
    "state",
    "qemu-system-x86_64: Failed to load virtio/virtqueues:vq\nqemu-system-x86_64: error while loading state for instance 0x0 of device '0000:00:02.0/virtio-console'\nqemu-system-x86_64: load of migration failed: Input/output error\n",
    "QEMU cannot resume the saved machine (error while loading state for instance 0x0 of device '0000:00:02.0/virtio-console')",
  ],
  [
    "unsupported",
    "qemu-system-x86_64: -device virtio-9p-pci,fsdev=a: 'virtio-9p-pci' is not a valid device model name\n",
    'this QEMU has no device "virtio-9p-pci"; use a QEMU built with it, or a newer one',
  ],
  [
    "unsupported",
    "qemu-system-x86_64: Property 'pc-q35-7.2-machine.foo' not found\n",
    'this QEMU has no option "pc-q35-7.2-machine.foo"; use a QEMU built with it, or a newer one',
  ],
  [
    "unsupported",
    "qemu-system-x86_64: unsupported machine type\nUse -machine help to list supported machines\n",
    "this QEMU does not have the machine type that vimto asks for; use a QEMU built with it, or a newer one",
  ],
  [
    "unsupported",
    "qemu-system-aarch64: unable to find CPU model 'host'\n",
    'this QEMU has no processor model "host"; use a QEMU built with it, or a newer one',
  ],
  [
    "unsupported",
    "qemu-system-x86_64: Invalid SMP CPUs 9999. The max CPUs supported by machine 'pc-i440fx-7.2' is 255\n",
    "this machine type has at most 255 processors; lower --smp",
  ],
  [
    "unsupported",
    "qemu-system-x86_64: -foo: invalid option\n",
    "this QEMU does not know the option -foo; use a QEMU built with it, or a newer one",
  ],
  [
    "unknown",
    "qemu-system-x86_64: warning: host doesn't support requested feature\nqemu-system-x86_64: -chardev socket,id=a,fd=77: File descriptor '77' is not a socket\n",
    "QEMU failed: -chardev socket,id=a,fd=77: File descriptor '77' is not a socket",
  ],
])("%s: %j", (code, text, sentence) => {
  expect(classifyStderr(text)).toMatchObject({ code, sentence });
});

test("the reason's own line is kept", () => {
  expect(
    classifyStderr(
      "qemu-system-x86_64: warning: TCG\nqemu-system-x86_64: -foo: invalid option\nmore\n",
    )?.line,
  ).toBe("qemu-system-x86_64: -foo: invalid option");
});

test.each([
  "",
  "\n",
  "qemu-system-x86_64: warning: host doesn't support requested feature\n",
  "qemu-system-x86_64: terminating on signal 15 from pid 14963 (vimto)\n",
])("%j gives no reason", (text) => {
  expect(classifyStderr(text)).toBeUndefined();
});
