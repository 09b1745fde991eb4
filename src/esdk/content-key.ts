// From the data key of a message to the key of its content, and to the commitment.
import { hkdf } from '../cipher/hkdf.ts';
import { openPieces, type PieceCipher } from '../cipher/pieces.ts';
import { type Bytes, concat, utf8 } from '../formats/bytes.ts';
import { uint16 } from '../formats/esdk/integers.ts';
import type { AlgorithmSuite } from '../formats/esdk/suites.ts';

export interface ContentKey {
  readonly cipher: PieceCipher;
  /** Of suites that commit to their key. */
  readonly commitKey: Bytes | undefined;
}

const [deriveLabel, commitLabel] = [utf8('DERIVEKEY'), utf8('COMMITKEY')];
const noSalt = new Uint8Array(0);

/**
 * @param dataKey as long as the suite says; the caller wipes it when this has returned
 * @param pieceLength plaintext bytes of a frame
 */
export async function openContentKey(
  suite: AlgorithmSuite,
  dataKey: Bytes,
  messageId: Bytes,
  pieceLength: number,
): Promise<ContentKey> {
  const [key = dataKey, commitKey] = await derive(suite, dataKey, messageId);
  try {
    return { cipher: await openPieces(key, pieceLength), commitKey };
  } finally {
    if (key !== dataKey) key.fill(0);
  }
}

async function derive(
  { id, version, kdf, keyLength }: AlgorithmSuite,
  dataKey: Bytes,
  messageId: Bytes,
): Promise<Bytes[]> {
  if (kdf === undefined) return [];
  if (version === 1) return hkdf(kdf, dataKey, noSalt, [concat(uint16(id), messageId)], keyLength);
  return hkdf(kdf, dataKey, messageId, [concat(uint16(id), deriveLabel), commitLabel], keyLength);
}
