// Suite 0x0073 of the S3 Encryption Client: the commitment and the content key of an object, by HKDF-SHA-512 (RFC 5869). Unlike
// in the AWS Encryption SDK the label of the commitment has the suite id before it.
import { type Bytes, concat, utf8 } from '../bytes.ts';
import { commitmentLength } from './object.ts';

/** HMAC-SHA-512 under a key that is imported for it. */
export type ImportPrf = (key: Bytes) => Promise<(message: Bytes) => Promise<Bytes>>;

/** The suite id: the AAD of the content, and the beginning of both labels. */
export const suiteId: Bytes = Uint8Array.of(0x00, 0x73);
/** The IV of the content: each content key encrypts one message. */
export const committingIv: Bytes = new Uint8Array(12).fill(1);

/** What is derived of one data key, each at its time: the commitment is compared before the content key is made. */
export interface Derivation {
  /** 28 bytes. */
  commitment(): Promise<Bytes>;
  /** 32 bytes. The caller wipes them. */
  contentKey(): Promise<Bytes>;
}

/** @param dataKey 32 bytes; the caller wipes them when this has returned @param messageId 28 bytes, the salt */
export async function deriveFrom(importPrf: ImportPrf, dataKey: Bytes, messageId: Bytes): Promise<Derivation> {
  const pseudorandomKey = await (await importPrf(messageId))(dataKey);
  let expand: (message: Bytes) => Promise<Bytes>;
  try {
    expand = await importPrf(pseudorandomKey);
  } finally {
    pseudorandomKey.fill(0);
  }
  // Both outputs are shorter than a block of 64 bytes: T(1) = HMAC(PRK, info || 01).
  const block = (label: string) => expand(concat(suiteId, utf8(label), Uint8Array.of(1)));
  return {
    commitment: async () => (await block('COMMITKEY')).slice(0, commitmentLength),
    contentKey: async () => {
      const output = await block('DERIVEKEY');
      const key = output.slice(0, 32);
      output.fill(0);
      return key;
    },
  };
}
