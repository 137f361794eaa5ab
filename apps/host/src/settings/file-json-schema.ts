import { z } from "zod";
import { fileSchema } from "./file-schema.ts";
import { fileEntries } from "./table/table.ts";

/** The schema for editors, as docs/vimto.schema.json holds it: JSON Schema, draft 2020-12. */
export function fileJsonSchema(): object {
  const { properties = {}, ...rest } = z.toJSONSchema(fileSchema, { io: "input" });
  const described = fileEntries.map(([key, { description }]) => {
    const property = properties[key];
    return [key, typeof property === "object" ? { description, ...property } : property];
  });
  const title = ".vimto.toml";
  const description = "Settings of vimto for a project.";
  return { title, description, ...rest, properties: Object.fromEntries(described) };
}
