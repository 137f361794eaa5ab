export { type Compression, compressionOf, decompress, decompressTo } from "./decompress.ts";
export { CodecError } from "./error.ts";
export { GZIP_MAGIC, gunzip, gunzipHead } from "./gzip.ts";
export { decompressStream } from "./stream.ts";
