// Randomness. Only crypto.getRandomValues, which gives at most 65 536 bytes a call; every caller here needs far fewer.
import type { Bytes } from '../model/shape.ts';

export const randomBytes = (length: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(length));
