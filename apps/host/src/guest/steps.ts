/** Names of the steps by which a command starts; a failure of one of them is the user's, not vimto's. */
export const EXECUTE = "execute";
export const CHANGE_DIRECTORY = "change directory";
