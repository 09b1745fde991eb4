// Labels and notes: short ones go to the KMS itself, longer ones into a stream under a data key of it. The encryption context
// binds each ciphertext to its item and its part, so none can be put in the place of another.
import type { Kms } from 'keyhaven';
import { decryptStream, encryptStream } from 'keyhaven/streams';
import type { Label } from '../state.ts';
import type { Body, ItemRow } from './rows.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Kind = ItemRow['kind'];

/** Longest plaintext that Encrypt takes. */
const mostDirect = 4096;

export const contextOf = (id: string, kind: Kind, part: 'label' | 'body'): Record<string, string> => ({
  app: 'vault',
  item: id,
  kind,
  part,
});

export async function sealLabel(kms: Kms, keyId: string, id: string, kind: Kind, label: Label): Promise<Bytes> {
  const Plaintext = new TextEncoder().encode(JSON.stringify(label));
  const { CiphertextBlob } = await kms.encrypt({
    KeyId: keyId,
    Plaintext,
    EncryptionContext: contextOf(id, kind, 'label'),
  });
  return CiphertextBlob as Bytes;
}

export async function openLabel(kms: Kms, row: ItemRow): Promise<Label> {
  const { Plaintext } = await kms.decrypt({
    CiphertextBlob: row.label,
    EncryptionContext: contextOf(row.id, row.kind, 'label'),
  });
  return JSON.parse(new TextDecoder().decode(Plaintext)) as Label;
}

export async function sealNote(kms: Kms, keyId: string, id: string, text: Bytes): Promise<Body> {
  const EncryptionContext = contextOf(id, 'note', 'body');
  if (text.length > 0 && text.length <= mostDirect) {
    const { CiphertextBlob } = await kms.encrypt({ KeyId: keyId, Plaintext: text, EncryptionContext });
    return { at: 'row', how: 'blob', bytes: CiphertextBlob as Bytes };
  }
  const stream = new Blob([text]).stream().pipeThrough(encryptStream(kms, { KeyId: keyId, EncryptionContext }));
  return { at: 'row', how: 'stream', bytes: await collect(stream) };
}

export async function openNote(kms: Kms, row: ItemRow): Promise<Bytes> {
  if (row.body.at !== 'row') throw new TypeError('A note lies in its row.');
  const EncryptionContext = contextOf(row.id, 'note', 'body');
  const { how, bytes } = row.body;
  if (how === 'blob') {
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: bytes, EncryptionContext });
    return Plaintext as Bytes;
  }
  return collect(new Blob([bytes]).stream().pipeThrough(decryptStream(kms, { EncryptionContext })));
}

async function collect(stream: ReadableStream<Bytes>): Promise<Bytes> {
  const pieces: Bytes[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
    piece.fill(0);
  }
  return whole;
}
