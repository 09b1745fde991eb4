// Ids of requests: in the form of a UUID, without the version bits that nobody reads.
import { toHex } from '../formats/bytes.ts';
import { randomBytes } from './random.ts';

/**
 * Ids are no secrets, and nothing rests on them: bytes for many are drawn at once. Chromium's own randomUUID draws for each, and
 * takes as long as hashing a block.
 */
const drawn = 1024;
let pool = new Uint8Array(0);
let used = 0;

/** A new id for the `requestId` of a reply. */
export function newRequestId(): string {
  if (used === pool.length) {
    pool = randomBytes(drawn);
    used = 0;
  }
  const part = (bytes: number): string => {
    used += bytes;
    return toHex(pool.subarray(used - bytes, used));
  };
  return `${part(4)}-${part(2)}-${part(2)}-${part(2)}-${part(6)}`;
}
