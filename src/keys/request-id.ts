// Ids of requests: random UUIDs, without the version bits that nobody reads.
import { toHex } from '../formats/bytes.ts';
import { randomBytes } from './random.ts';

/** A new id for the `requestId` of a reply. */
export function newRequestId(): string {
  const hex = toHex(randomBytes(16));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
