// pull-once.ts IMAGE DIRECTORY: one pull into a new store, for main.ts to measure.
import { pull, Store } from "../../libs/oci/src/index.ts";
import { createProgress } from "../../libs/store/src/progress/progress.ts";

const [image = "", directory = ""] = process.argv.slice(2);
const progress = createProgress({ style: "bar" });
let drawn = 0;
using pulled = await pull(image, {
  store: new Store(directory),
  onEvent: (event) => {
    drawn += progress.event(event).length;
  },
});
process.stdout.write(`${JSON.stringify({ bytes: pulled.unpackedBytes, drawn })}\n`);
