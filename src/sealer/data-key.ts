// A data key at work: an AES-256-GCM key and its id, both derived from what the KMS gave and from the encryption context. A
// record therefore opens under its data key and its context only.
import { type Cipher, openCipher } from '../cipher/cipher.ts';
import { hmacPrf } from '../cipher/hmac.ts';
import { type Bytes, concat, utf8 } from '../formats/bytes.ts';
import { type DataKeyId, dataKeyId, dataKeyIdLength } from '../formats/sealed-record.ts';

export const dataKeyLength = 32;
const label = utf8('keyhaven/v1/sealer\0');

export interface DataKey {
  readonly id: DataKeyId;
  readonly cipher: Cipher;
  /** Milliseconds since 1970. */
  readonly loadedAt: number;
}

/**
 * @param plaintext the data key as the KMS gave it, 32 bytes; wiped here
 * @param context the serialised encryption context
 * @returns undefined where the data key has another length
 */
export async function openDataKey(
  plaintext: Uint8Array | undefined,
  context: Bytes,
  now: number,
): Promise<DataKey | undefined> {
  if (plaintext === undefined) return undefined;
  const secret = new Uint8Array(plaintext);
  plaintext.fill(0);
  let derived: Bytes | undefined;
  try {
    if (secret.length !== dataKeyLength) return undefined;
    const prf = await hmacPrf(secret);
    derived = await prf(concat(label, context));
    const id = dataKeyId(derived.subarray(32, 32 + dataKeyIdLength));
    return { id, cipher: await openCipher(derived.subarray(0, 32)), loadedAt: now };
  } finally {
    secret.fill(0);
    derived?.fill(0);
  }
}
