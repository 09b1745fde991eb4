// Versions of rows: random, so that a row which was deleted and made again never has an old version by accident.

/** 96 random bits as text. */
export const rowVersion = (): string => globalThis.crypto.getRandomValues(new Uint32Array(3)).join('.');
