/** What vimto says, with exit status 125, when Bun could not even start. */
export const sentences = {
  deleted: "vimto: the working directory has been deleted; change to a directory that exists\n",
  unusable:
    "vimto: the path of the working directory is too long or does not lead to /; change to another directory\n",
};
