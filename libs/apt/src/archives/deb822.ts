/** A stanza of fields, their names in lower case; lines of a folded value are joined by "\n". */
export type Stanza = ReadonlyMap<string, string>;

/** Reads one stanza (deb822(5)): "Name: value", and lines that begin with a blank go on. */
export function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const field = /^([!-9;-~]+):(.*)$/.exec(line);
    if (field) {
      name = (field[1] ?? "").toLowerCase();
      fields.set(name, (field[2] ?? "").trim());
    } else if (name !== undefined && /^[ \t]/.test(line)) {
      fields.set(name, `${fields.get(name)}\n${line.trim()}`);
    }
  }
  return fields;
}

/** The stanzas of a whole file, which empty lines part. */
export function parseStanzas(text: string): Stanza[] {
  return text
    .split(/\n[ \t]*(?:\n[ \t]*)+/)
    .map(parseStanza)
    .filter((stanza) => stanza.size > 0);
}
