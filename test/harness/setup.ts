import { tellLastWords } from "./last-words.ts";

tellLastWords();
