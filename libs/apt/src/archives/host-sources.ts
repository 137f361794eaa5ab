import { parseStanzas } from "./deb822.ts";

/** An archive that apt of this machine uses. */
export type HostSource = {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Empty for all. */
  readonly architectures: readonly string[];
  /** The keyring file of Signed-By, if it is a file. */
  readonly keyring?: string;
  readonly checkValidUntil: boolean;
};

/** Reads a file of one-line entries (sources.list(5), "One-Line-Style Format"). */
export function parseSourcesList(text: string): HostSource[] {
  return text.split("\n").flatMap((line) => {
    const entry = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (!entry) return [];
    const [, written = "", uri = "", suite = "", components = ""] = entry;
    const options = new Map(
      [...written.matchAll(/([A-Za-z-]+)\+?=(\S+)/g)].map(([, key = "", value = ""]) => [
        key.toLowerCase(),
        value.replaceAll(",", " "),
      ]),
    );
    const architectures = options.get("arch");
    return source(uri, [suite], components, (key) =>
      key === "architectures" ? architectures : options.get(key),
    );
  });
}

/** Reads a .sources file (sources.list(5), "DEB822-Style Format"). */
export function parseSourcesFile(text: string): HostSource[] {
  return parseStanzas(text).flatMap((stanza) => {
    const enabled = !isNo(stanza.get("enabled"));
    if (!enabled || !words(stanza.get("types")).includes("deb")) return [];
    const suites = words(stanza.get("suites"));
    return words(stanza.get("uris")).flatMap((uri) =>
      source(uri, suites, stanza.get("components") ?? "", (key) => stanza.get(key)),
    );
  });
}

function source(
  uri: string,
  suites: readonly string[],
  components: string,
  option: (key: string) => string | undefined,
): HostSource[] {
  if (!/^https?:\/\//.test(uri) || !URL.canParse(uri)) return [];
  const signedBy = option("signed-by");
  return [
    {
      uri,
      suites,
      components: words(components),
      architectures: words(option("architectures")),
      checkValidUntil: !isNo(option("check-valid-until")),
      ...(signedBy?.startsWith("/") ? { keyring: words(signedBy)[0] ?? signedBy } : {}),
    },
  ];
}

const words = (text = "") => text.split(/\s+/).filter((word) => word !== "");
const isNo = (text = "") => /^(?:no|false|0|off|without|disable)$/i.test(text.trim());
