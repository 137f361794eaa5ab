import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  anyKernel,
  commandLine,
  compare,
  eachWay,
  project,
  Running,
  refused,
  vimto,
} from "../harness/index.ts";

/** Gives back what it gets, over TCP until its end and by datagrams. */
const echo = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data: (socket, bytes) => {
      socket.write(bytes);
    },
  },
});
/** Texts of the datagrams that came. */
const came: string[] = [];
const datagrams = await Bun.udpSocket({
  hostname: "127.0.0.1",
  socket: {
    data: (socket, bytes, port, address) => {
      came.push(bytes.toString());
      socket.send(bytes, port, address);
    },
  },
});
afterAll(() => {
  echo.stop(true);
  datagrams.close();
});

const HOST = "10.0.2.2";
const python = (script: string) => `python3 -c '${script}'`;
const client = `
exec 3<>/dev/tcp/${HOST}/${echo.port}; echo over tcp >&3; read -r line <&3; echo $line; exec 3>&-
${python(`
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(60)
s.sendto(b"over udp", ("${HOST}", ${datagrams.port}))
print(s.recv(100).decode())
`)}`;
/** The kernel tells some time later that the link is up, and asks for a router only then. */
const interfaces = `
ip -br -4 address show up | while read -r name state address; do echo $name $address; done
ip route show default
until ip -6 -br address show dev eth0 scope site | grep -o fec0::; do sleep 0.1; done`;

eachWay("a network", "all", "first", (kernel, { label, flags }) => {
  test(label, async () => {
    const guest = [interfaces, client, "head -1 /etc/resolv.conf; getent hosts $(hostname)"];
    const args = commandLine(
      kernel.path,
      [...flags, "--net", "user"],
      ["bash", "-c", guest.join("\n")],
    );
    const name = String(Bun.spawnSync(["hostname"]).stdout).trim();
    const { stdout, ...rest } = await vimto(args, { cwd: project() });
    expect(rest).toEqual({ status: 0, stderr: "" });
    expect(String(stdout).replace(/ +/g, " ").split(" \n").join("\n")).toBe(
      [
        "lo 127.0.0.1/8",
        "eth0 10.0.2.15/24",
        `default via ${HOST} dev eth0`,
        "fec0::",
        "over tcp",
        "over udp",
        "nameserver 10.0.2.3",
        `127.0.1.1 ${name}`,
        "",
      ].join("\n"),
    );
  });
});

/** Counts what each client sends, and says it to the client. */
const counter = python(`
import socket
s = socket.create_server(("0.0.0.0", 80))
print("ready", flush=True)
while True:
    c = s.accept()[0]
    n = 0
    try:
        while (b := c.recv(1 << 20)):
            n += len(b)
        c.sendall(b"%d" % n)
    except ConnectionError:
        pass
    c.close()
    if n == 5: break
`);

/** An echo on the host's ::1. */
function echo6() {
  const server = Bun.listen({
    hostname: "::1",
    port: 0,
    socket: {
      data: (socket, bytes) => {
        socket.write(bytes);
      },
    },
  });
  return { port: server.port, [Symbol.asyncDispose]: async () => server.stop(true) };
}

/** Sends so many bytes to a port of the host, ends that half, and resolves to what comes back. */
const send = (port: number, bytes: Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    const socket = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true }, () =>
      socket.end(bytes),
    );
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });

/** The port that vimto chose, when its guest listens. */
async function ready(running: Running): Promise<number> {
  await running.stdout.find(/^ready$/m);
  const [, port] = await running.stderr.find(
    /^vimto: tcp port (\d+) of 127\.0\.0\.1 leads to port 80 of the guest$/m,
  );
  return Number(port);
}

test("a free port leads to the guest, for two runs at once, with 200 MB and a client that goes away", async () => {
  const args = (...net: string[]) =>
    commandLine(anyKernel(), ["--sudo", "--publish", "0:80", "--net", ...net], counter);
  const runs = [new Running(args("user")), new Running(args("user,restrict"))];
  try {
    const [first = 0, second = 0] = await Promise.all(runs.map(ready));
    expect(first).not.toBe(second);
    await new Promise<void>((resolve) => {
      const leaver = createConnection({ host: "127.0.0.1", port: first }, () => {
        leaver.write(new Uint8Array(100_000));
        leaver.resetAndDestroy();
        resolve();
      });
    });
    const bytes = new Uint8Array(200_000_000);
    expect(await send(first, bytes)).toBe("200000000");
    expect(await send(second, new Uint8Array(5))).toBe("5");
    expect(await send(first, new Uint8Array(5))).toBe("5");
    for (const running of runs)
      expect(await running.result()).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/^vimto: [^\n]*\n$/),
      });
  } finally {
    for (const running of runs) running.kill();
  }
});

test("datagrams come in by a published port and go back, and ::1 of the host is fec0::2", async () => {
  await using six = echo6();
  const guest = python(`
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 53))
print("ready", flush=True)
data, peer = s.recvfrom(100)
s.sendto(data + b" back", peer)
while True:
    try:
        t = socket.create_connection(("fec0::2", ${six.port}))
        break
    except OSError:
        time.sleep(0.1)
t.sendall(b"over IPv6")
print(t.recv(100).decode())
`);
  const flags = ["--sudo", "--net", "user", "--publish", "0:53/udp"];
  const running = new Running(commandLine(anyKernel(), flags, guest));
  try {
    await running.stdout.find(/^ready$/m);
    const said = /^vimto: udp port (\d+) of 127\.0\.0\.1 leads to port 53 of the guest$/m;
    const [, port] = await running.stderr.find(said);
    const answer = Promise.withResolvers<string>();
    const client = await Bun.udpSocket({
      hostname: "127.0.0.1",
      socket: { data: (_socket, bytes) => answer.resolve(bytes.toString()) },
    });
    // QEMU drops one whose guest is not found by ARP within a second (libslirp, if_start).
    const send = setInterval(() => client.send("there and", Number(port), "127.0.0.1"), 100);
    try {
      const ended = running.process.exited.then((status) => `ended with ${status}`);
      expect(await Promise.race([answer.promise, ended])).toBe("there and back");
    } finally {
      clearInterval(send);
      client.close();
    }
    const { status, stdout } = await running.result();
    expect({ status, stdout: stdout.toString() }).toEqual({
      status: 0,
      stdout: "ready\nover IPv6\n",
    });
  } finally {
    running.kill();
  }
});

test("a port that is taken costs a sentence", async () => {
  const port = echo.port;
  for (const way of [[], ["--fresh"]])
    await refused(
      ["--kernel", anyKernel(), ...way, "--net", "user", "--publish", `${port}:80`, "exec", "true"],
      `the tcp port ${port} of 127.0.0.1 cannot be published: it is taken, or for root alone, or 127.0.0.1 is not an address of this host; name another port, or 0 for a free one`,
    );
});

test("without a network, and with one that is restricted, nothing is reached", async () => {
  // QEMU takes packets in their order: where TCP has failed, the datagram is lost too.
  const guest = `ls /sys/class/net | grep -c eth0; (echo astray >/dev/udp/${HOST}/${datagrams.port}) 2>/dev/null; (exec 3<>/dev/tcp/${HOST}/${echo.port}) 2>/dev/null || echo no`;
  const run = (...flags: string[]) =>
    vimto(commandLine(anyKernel(), flags, ["bash", "-c", guest]), { cwd: project() });
  compare(await run(), { stdout: "0\nno\n" });
  compare(await run("--net", "user,restrict"), { stdout: "1\nno\n" });
  expect(came).not.toContain("astray\n");
});

test("a proxy on the host's loopback is told, and works by the host's address in the guest", async () => {
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // What a client asks of a proxy is a whole URL (RFC 9112, 3.2.2).
    fetch: (request) => new Response(`proxied ${request.url}\n`),
  });
  try {
    const run = (address: string, guest: string) =>
      vimto(commandLine(anyKernel(), ["--net", "user"], guest), {
        env: { http_proxy: `http://${address}:${proxy.port}`, no_proxy: undefined },
      });
    const curl = "curl -s http://name.test/file";
    compare(await run("127.0.0.1", `${curl} || echo no`), {
      stdout: "no\n",
      stderr: `vimto: http_proxy names a proxy on 127.0.0.1, which is the guest itself in there; the host's is ${HOST}, as in: exec -- env http_proxy=http://${HOST}:${proxy.port} COMMAND\n`,
    });
    compare(await run(HOST, curl), { stdout: "proxied http://name.test/file\n" });
  } finally {
    proxy.stop(true);
  }
});

const nameServer = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    q, who = s.recvfrom(512)
    if q == b"end": break
    end = 12
    while q[end]: end += q[end] + 1
    question = q[12:end + 5]
    print(question[:-4], flush=True)
    a = question[-4:-2] == b"\\x00\\x01"
    head = q[:2] + b"\\x81\\x80\\x00\\x01" + (b"\\x00\\x01" if a else b"\\x00\\x00") + bytes(4)
    s.sendto(head + question + (b"\\xc0\\x0c\\x00\\x01\\x00\\x01" + bytes(4) + b"\\x00\\x04\\xc0\\x00\\x02\\x07" if a else b""), who)
`;

test("names are asked of the host's name server, on its loopback too", async () => {
  const cwd = project({
    "resolv.conf": "nameserver 127.0.0.1\nsearch example.test\noptions ndots:2\n",
    "server.py": nameServer,
  });
  // Namespaces of its own: there port 53 is free, and /etc/resolv.conf is another. The server ends when it has
  // read every question that came before the end of the machine.
  const enter =
    'ip link set lo up; mount --bind resolv.conf "$(realpath /etc/resolv.conf)"; python3 server.py >asked & until [ -s asked ]; do sleep 0.1; done; "$@"; status=$?; printf end >/dev/udp/127.0.0.1/53; wait $!; exit $status';
  const guest =
    "cat /etc/resolv.conf; RES_OPTIONS='timeout:30 attempts:5' getent ahostsv4 some.name.test | head -1";
  const under = ["unshare", "--net", "--mount", "bash", "-c", enter, "bash"];
  const asked = () => readFileSync(join(cwd, "asked"), "utf8");
  const run = await vimto(commandLine(anyKernel(), ["--net", "user"], guest), { cwd, under });
  expect(asked()).toMatch(/^ready\n.*some.*name.*test/s);
  const restricted = commandLine(
    anyKernel(),
    ["--net", "user,restrict"],
    "RES_OPTIONS='timeout:1 attempts:1' getent ahostsv4 some.name.test || echo no answer",
  );
  compare(run, {
    stdout:
      /^nameserver 10\.0\.2\.3\nsearch example\.test\noptions ndots:2\n192\.0\.2\.7 +STREAM some\.name\.test\n$/,
  });
  compare(await vimto(restricted, { cwd, under }), { stdout: "no answer\n" });
  expect(asked()).toBe("ready\n");
});
