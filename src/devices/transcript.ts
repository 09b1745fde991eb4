// What both devices said, as one hash, and the number that their users compare. Pasini and Vaudenay (PKC 2006): one side commits to its
// random bytes before it sees those of the other, so whoever stands between them has one guess in 10^7, and is found out by a wrong one.
import { type Bytes, concat, utf8 } from '../formats/bytes.ts';
import { sha256 } from '../keys/digest.ts';

const digits = 7;

/** What the new device promises before it sees the old one's answer: 32 bytes. */
export async function commitmentOf(nonce: Bytes, hello: Bytes, publicKey: Bytes): Promise<Bytes> {
  return sha256(concat(utf8('keyhaven/v1/pairing-commitment\0'), nonce, await sha256(hello), publicKey));
}

/** @param messages as they were sent, in order @returns 32 bytes that each later message is bound to */
export async function transcriptOf(symbols: string, messages: readonly Bytes[]): Promise<Bytes> {
  const parts = [utf8(symbols), ...messages].flatMap((part) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, part.length);
    return [length, part];
  });
  return sha256(concat(utf8('keyhaven/v1/pairing-transcript\0'), ...parts));
}

/** Seven decimal digits, such as `482 9173`. */
export async function numberOf(transcript: Bytes): Promise<string> {
  const hash = await sha256(concat(utf8('keyhaven/v1/pairing-number\0'), transcript));
  const value = new DataView(hash.buffer).getBigUint64(0) % 10n ** BigInt(digits);
  const text = value.toString().padStart(digits, '0');
  return `${text.slice(0, 3)} ${text.slice(3)}`;
}

/** What a message after the number was compared is bound to. */
export const boundTo = (transcript: Bytes, kind: number): Bytes =>
  concat(utf8('keyhaven/v1/pairing\0'), transcript, Uint8Array.of(kind));
