import { tellLastWords } from "./last-words.ts";

// Most tests ask nothing of a share that 9p lacks, and it is the faster one: those that do say so.
process.env.VIMTO_FS ??= "9p";
// A proxy of the host's would be told in every run with a network.
for (const name of ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"]) {
  delete process.env[name];
  delete process.env[name.toUpperCase()];
}
tellLastWords();
