// puller.ts STORE IMAGE [POLICY]: one pull in a process of its own. Prints each event as a line of JSON,
// then {"directory": ...} and holds the image until stdin ends. SIGINT interrupts it.
import { OciError, type PullPolicy, parsePlatform, pull, Store } from "../../libs/oci/src/index.ts";

const [directory = "", image = "", policy = "missing"] = process.argv.slice(2);
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
const POLICIES: Readonly<Record<string, PullPolicy>> = {
  always: "always",
  missing: "missing",
  never: "never",
};
try {
  using pulled = await pull(image, {
    store: new Store(directory),
    policy: POLICIES[policy] ?? "missing",
    platform: parsePlatform("amd64"),
    signal: stop.signal,
    onEvent: print,
  });
  print({ directory: pulled.directory, digest: pulled.digest });
  for await (const _ of Bun.stdin.stream());
} catch (error) {
  if (!(error instanceof OciError)) throw error;
  print({ code: error.code, message: error.message });
  process.exitCode = 1;
}
