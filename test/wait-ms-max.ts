/** How long a test waits for a condition unless it says otherwise, milliseconds. */
export const WAIT_MS_MAX = 20_000;
