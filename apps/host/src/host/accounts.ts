/** A line of /etc/passwd (passwd(5)). */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A line of /etc/group (group(5)). */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The largest id; one more, -1, means "leave as it is" to the system calls (setresuid(2)). */
const largestId = 0xffff_fffe;

/** An id from digits; undefined for anything else. */
export function parseId(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : largestId + 1;
  return id <= largestId ? id : undefined;
}

/** Reads passwd lines; lines that hold no account (comments, NIS markers) are passed over, as libc does. */
export function parsePasswd(text: string): PasswdEntry[] {
  return lines(text, 7).flatMap(
    ([name = "", , uidText = "", gidText = "", , home = "", shell = ""]) => {
      const [uid, gid] = [parseId(uidText), parseId(gidText)];
      return uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home, shell }];
    },
  );
}

/** Reads group lines, by the same rules. */
export function parseGroup(text: string): GroupEntry[] {
  return lines(text, 4).flatMap(([name = "", , gidText = "", members = ""]) => {
    const gid = parseId(gidText);
    if (gid === undefined) return [];
    return [{ name, gid, members: members.split(",").filter((member) => member !== "") }];
  });
}

const lines = (text: string, fields: number): string[][] =>
  text
    .split("\n")
    .map((line) => line.split(":"))
    .filter(
      (parts) => parts.length === fields && parts[0] !== "" && !/^[#+-]/.test(parts[0] ?? ""),
    );
