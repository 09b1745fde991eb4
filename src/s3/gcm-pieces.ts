// One AES-GCM message piece by piece, with the tag at its very end. This is the one file that knows which engine does it.
import type { OpenStream, SealStream, SyncAead } from '../cipher/aead.ts';
import { AuthenticationFailed } from '../cipher/errors.ts';
import { loadSyncCiphers } from '../cipher/wasm-engine.ts';
import { type Bytes, concat } from '../formats/bytes.ts';
import { mostPlaintextBytes, tagLength } from '../formats/s3-object.ts';
import { InvalidCiphertextException, ValidationException } from '../model/errors/index.ts';
import type { Take } from '../streams/take.ts';
import type { Content } from './content-key.ts';

/** Bytes taken at a time. */
const pieceLength = 262_144;

/** Seals what `take` gives, to its end; the last piece is the tag. The content's key is wiped when it begins. */
export async function* sealPieces(content: Content, take: Take): AsyncGenerator<Bytes, void> {
  const cipher = await openKey(content);
  try {
    const stream: SealStream = cipher.sealStream(content.iv);
    stream.aad(content.aad);
    for (let length = 0; ; ) {
      const piece = await take(pieceLength);
      length += piece.length;
      if (length > mostPlaintextBytes)
        throw new ValidationException('The plaintext of an object is at most 2^36 - 32 bytes long.');
      const isEnd = piece.length < pieceLength;
      if (piece.length > 0) yield inPlace(piece, stream);
      if (isEnd) return yield stream.final() as Bytes;
    }
  } finally {
    cipher.close();
  }
}

/**
 * Opens what `take` gives. **What it yields is not authentic before it has come to its end**: whoever uses it holds it back, or says
 * so in a name.
 * @throws InvalidCiphertextException at the end, where the tag does not fit
 */
export async function* openUnverifiedPieces(content: Content, take: Take): AsyncGenerator<Bytes, void> {
  const cipher = await openKey(content);
  try {
    const stream: OpenStream = cipher.openStream(content.iv);
    stream.aad(content.aad);
    let behind = await take(tagLength);
    for (let length = 0; ; ) {
      const piece = await take(pieceLength);
      length += piece.length;
      if (behind.length < tagLength || length > mostPlaintextBytes) throw new InvalidCiphertextException();
      const isEnd = piece.length < pieceLength;
      // The last 16 bytes of what has come may be the tag.
      const joined = concat(behind, piece);
      behind = joined.slice(-tagLength);
      if (piece.length > 0) yield inPlace(joined.subarray(0, piece.length), stream);
      if (isEnd) return stream.final(behind);
    }
  } catch (error) {
    throw error instanceof AuthenticationFailed ? new InvalidCiphertextException() : error;
  } finally {
    cipher.close();
  }
}

async function openKey({ key }: Content): Promise<SyncAead> {
  try {
    return (await loadSyncCiphers()).openKey(key);
  } finally {
    key.fill(0);
  }
}

const inPlace = (piece: Bytes, stream: SealStream | OpenStream): Bytes => stream.update(piece, piece) as Bytes;
