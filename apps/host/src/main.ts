import { vimto } from "./cli/vimto.ts";

// Not "await": bytecode has no top-level await.
vimto(process.argv.slice(2), process.env).then((status) => process.exit(status));
