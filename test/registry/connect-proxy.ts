import { connect, createServer, type Socket } from "node:net";

export type ConnectProxy = AsyncDisposable & {
  readonly url: string;
  /** What CONNECT asked for, with the credentials: "registry.invalid:443 Basic dTpw". */
  readonly asked: string[];
};

/** An HTTP proxy that leads every CONNECT to `target`. */
export async function startConnectProxy(target: string): Promise<ConnectProxy> {
  const [host = "", port = ""] = target.split(":");
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on("error", () => {});
    client.once("data", (bytes) => {
      const head = bytes.toString();
      const login = /^proxy-authorization: (.*)$/im.exec(head)?.[1]?.trim() ?? "";
      asked.push(`${/^CONNECT (\S+)/.exec(head)?.[1]} ${login}`);
      const upstream = connect(Number(port), host, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(upstream).pipe(client);
      });
      open.add(upstream);
      upstream.on("error", () => client.destroy());
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  const at = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://user:pass@127.0.0.1:${at}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
