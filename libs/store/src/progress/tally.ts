import type { PullEvent } from "../events.ts";

type Layer = { readonly digest: string; readonly size: number; received: number };

/** The rate of the last seconds: earlier speeds say nothing about the time left. */
const WINDOW_MS = 5000;

/** What the events of one pull add up to. */
export class Tally {
  layers: Layer[] = [];
  noun = "layer";
  received = 0;
  total = 0;
  fetched = 0;
  unpacked = 0;
  #samples: { at: number; bytes: number }[] = [];
  #overNetwork = 0;

  /** @param now  milliseconds */
  add(event: PullEvent, now: number): void {
    switch (event.kind) {
      case "started":
        this.noun = event.noun ?? "layer";
        this.layers = event.layers.map((layer) => ({ ...layer, received: 0 }));
        this.total = event.layers.reduce((sum, layer) => sum + layer.size, 0);
        this.received = this.fetched = this.unpacked = this.#overNetwork = 0;
        this.#samples = [{ at: now, bytes: 0 }];
        return;
      case "received":
        this.#receive(event.layer, event.bytes, now);
        return;
      case "fetched":
        this.fetched++;
        return;
      case "unpacked":
        this.unpacked++;
    }
  }

  /** Bytes a second; undefined before there is enough to tell. */
  rate(now: number): number | undefined {
    const [first] = this.#samples;
    if (first === undefined || now - first.at < 200) return undefined;
    return ((this.#overNetwork - first.bytes) * 1000) / (now - first.at);
  }

  #receive(index: number, bytes: number, now: number): void {
    const layer = this.layers[index];
    if (layer === undefined) return;
    // A layer that is here at once was cached: it says nothing about the network.
    if (bytes < layer.size || bytes === 0) this.#overNetwork += bytes;
    layer.received += bytes;
    this.received += bytes;
    this.#samples.push({ at: now, bytes: this.#overNetwork });
    while ((this.#samples[1]?.at ?? now) < now - WINDOW_MS) this.#samples.shift();
  }
}
