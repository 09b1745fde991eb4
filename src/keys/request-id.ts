// Ids of requests: random UUIDs, without the version bits that nobody reads.
import { toHex } from '../formats/bytes.ts';
import { randomBytes } from './random.ts';

/** Ids are no secrets: bytes for many are drawn at once. */
const drawn = 1024;
let pool = new Uint8Array(0);

/** A new id for the `requestId` of a reply. */
export function newRequestId(): string {
  const { crypto } = globalThis;
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  if (pool.length === 0) pool = randomBytes(drawn);
  const hex = toHex(pool.subarray(0, 16));
  pool = pool.subarray(16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
