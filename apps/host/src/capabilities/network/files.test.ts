import { expect, test } from "vitest";
import { hostsText, resolvConfText } from "./files.ts";

test("the guest asks QEMU for names, in the domains of the host", () => {
  const host = "# by hand\nnameserver 127.0.0.53\nsearch a.test b.test\noptions edns0\n";
  expect(resolvConfText(host)).toBe("nameserver 10.0.2.3\nsearch a.test b.test\noptions edns0\n");
  expect(resolvConfText("")).toBe("nameserver 10.0.2.3\n");
});

test("the host's own name is the guest, also where an address of the host has it", () => {
  const host = "127.0.0.1 localhost\n172.17.0.2\tbox box.test # it\n172.17.0.2 box\n10.0.0.1 db\n";
  expect(hostsText(host, "box")).toBe(
    "127.0.1.1\tbox\n127.0.0.1 localhost\n172.17.0.2\tbox.test\n10.0.0.1 db\n",
  );
});

test("localhost is always there", () => {
  expect(hostsText("", "box")).toBe(
    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n127.0.1.1\tbox\n",
  );
});
