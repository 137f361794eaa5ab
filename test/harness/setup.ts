import { tellLastWords } from "./last-words.ts";

// Most tests ask nothing of a share that 9p lacks, and it is the faster one: those that do say so.
process.env.VIMTO_FS ??= "9p";
tellLastWords();
