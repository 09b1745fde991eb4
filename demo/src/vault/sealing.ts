// Labels of files, sealed by the KMS itself. The encryption context binds each ciphertext to its item and its part, so none can be
// put in the place of another.
import type { Kms } from 'keyhaven';
import type { Label } from '../state.ts';
import type { ItemRow } from './rows.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Kind = ItemRow['kind'];

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
