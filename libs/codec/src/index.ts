export { type Compression, compressionOf, decompress, decompressTo } from "./decompress.ts";
export { CodecError } from "./error.ts";
export { GZIP_MAGIC, gunzip } from "./gzip.ts";
export { decompressHead } from "./head.ts";
export { decompressStream } from "./stream.ts";
