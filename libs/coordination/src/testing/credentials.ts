/** Credentials for the servers that tests start. */
export const credentials = { user: 'havun', pass: 'planted-test-password' };
