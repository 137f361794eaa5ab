import { dirname } from "@vimto/linux";

/** Whether `path` is `directory` or below it; both absolute and without "..". */
export const isWithin = (path: string, directory: string): boolean =>
  directory === "/" || path === directory || path.startsWith(`${directory}/`);

/** Every directory above `path`, the topmost first, without "/". */
export function parents(path: string): string[] {
  const list: string[] = [];
  for (let up = dirname(path); up !== "/" && up !== "."; up = dirname(up)) list.unshift(up);
  return list;
}
