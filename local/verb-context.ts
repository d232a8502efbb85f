/** How this command was called, for lines that people paste. */
export const command = process.env.HEADGATE_LOCAL_COMMAND || './headgate'
