import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { parseGroup, parseId, parsePasswd } from "../host/accounts.ts";
import { hostAccounts, type Query } from "../host/host-accounts.ts";
import { callerIdentity } from "../host/identity.ts";
import { resolveUser } from "./user.ts";

const files = {
  passwd: `root:x:0:0:root:/root:/bin/bash
# a comment
bob:x:1000:1000:Bob,,,:/home/bob:/bin/sh
+::::::
broken:x:abc:1::/:/bin/sh
1001:x:5000:5000:named like a number:/:/bin/sh
`,
  group: `root:x:0:
users:x:100:bob,eve
adm:x:4:eve,bob
bob:x:1000:bob
+:::
`,
};
const none: Query = () => undefined;
const accounts = hostAccounts(files, none);
const resolve = (text: string, known = accounts) => resolveUser(text, "--user", known);
const bob = { name: "bob", home: "/home/bob", shell: "/bin/sh" };
const nobody = { name: undefined, home: undefined, shell: undefined };

test.each([
  ["bob", { uid: 1000, gid: 1000, groups: [1000, 100, 4], ...bob }],
  ["1000", { uid: 1000, gid: 1000, groups: [1000, 100, 4], ...bob }],
  ["bob:adm", { uid: 1000, gid: 4, groups: [4], ...bob }],
  ["bob:77", { uid: 1000, gid: 77, groups: [77], ...bob }],
  ["1234", { uid: 1234, gid: 1234, groups: [1234], ...nobody }],
  ["1234:5", { uid: 1234, gid: 5, groups: [5], ...nobody }],
  ["4294967294", { uid: 4294967294, gid: 4294967294, groups: [4294967294], ...nobody }],
])("%s", (text, identity) => {
  expect(resolve(text)).toEqual(identity);
});

test("root", () => {
  const root = { uid: 0, gid: 0, groups: [0], name: "root", home: "/root", shell: "/bin/bash" };
  expect(resolve("root")).toEqual(root);
  expect(resolve("0")).toEqual(root);
});

test.each([
  ["bbo", '--user "bbo" is no user of this host; did you mean "bob"?'],
  ["nobody", '--user "nobody" is no user of this host; write a name from /etc/passwd, or UID:GID'],
  [
    "bob:wheel",
    '--user "bob:wheel" has the group "wheel", which this host does not know; write a GID',
  ],
  ["-1", '--user "-1" has no user id; write a number from 0 to 4294967294'],
  ["4294967295", '--user "4294967295" has no user id; write a number from 0 to 4294967294'],
  ["99999999999", '--user "99999999999" has no user id; write a number from 0 to 4294967294'],
  ["", '--user "" is not NAME, UID or UID:GID; write for example nobody or 1000:1000'],
  ["bob:", '--user "bob:" is not NAME, UID or UID:GID; write for example nobody or 1000:1000'],
  [":100", '--user ":100" is not NAME, UID or UID:GID; write for example nobody or 1000:1000'],
  ["a:b:c", '--user "a:b:c" is not NAME, UID or UID:GID; write for example nobody or 1000:1000'],
])("%j is refused", (text, message) => {
  expect(() => resolve(text)).toThrowError(expect.objectContaining({ code: "user", message }));
});

test("what the files lack is asked of the name service, what they have is not", () => {
  const asked: string[] = [];
  const query: Query = (program, args) => {
    asked.push([program, ...args].join(" "));
    const answers: Record<string, string> = {
      "getent -- passwd eve": "eve:*:2000:2001:Eve:/home/eve:/bin/zsh\n",
      "getent -- group staff": "staff:*:2002:\n",
      "id -G -- eve": "2001 100 4 2002\n",
    };
    return answers[[program, ...args].join(" ")];
  };
  const known = hostAccounts(files, query);
  expect(resolve("bob", known).uid).toBe(1000);
  expect(asked).toEqual([]);
  expect(resolve("eve", known)).toEqual({
    uid: 2000,
    gid: 2001,
    groups: [2001, 100, 4, 2002],
    name: "eve",
    home: "/home/eve",
    shell: "/bin/zsh",
  });
  expect(resolve("eve:staff", known).groups).toEqual([2002]);
  expect(() => resolve("-x", known)).toThrowError(
    '--user "-x" is no user of this host; write a name from /etc/passwd, or UID:GID',
  );
});

test("this host agrees with id(1)", () => {
  const id = (...args: string[]) => execFileSync("id", args, { encoding: "utf8" }).trim();
  const known = hostAccounts();
  for (const name of ["root", "daemon"]) {
    const { uid, gid, groups } = resolveUser(name, "--user", known);
    expect([uid, gid]).toEqual([Number(id("-u", name)), Number(id("-g", name))]);
    const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
    expect(sorted(groups)).toEqual(sorted(id("-G", name).split(" ").map(Number)));
  }
  const caller = callerIdentity(known);
  expect([caller.uid, caller.gid]).toEqual([Number(id("-u")), Number(id("-g"))]);
  expect(caller.groups[0]).toBe(caller.gid);
  expect(new Set(caller.groups)).toEqual(new Set(id("-G").split(" ").map(Number)));
});

test("a host without getent", () => {
  const known = hostAccounts({ passwd: "", group: "" });
  expect(known.user("no-such-user-at-all")).toBeUndefined();
});

test("lines that hold no account are passed over", () => {
  expect(parsePasswd(files.passwd).map(({ name }) => name)).toEqual(["root", "bob", "1001"]);
  expect(parseGroup(files.group).map(({ gid }) => gid)).toEqual([0, 100, 4, 1000]);
  expect(parsePasswd("")).toEqual([]);
});

test.each([
  ["0", 0],
  ["4294967294", 4294967294],
  ["4294967295", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["", undefined],
])("id %j", (text, id) => {
  expect(parseId(text)).toBe(id);
});
