// Where wrapped data keys lie: one row each, written before the first record under it exists.
import type { Bytes } from '../formats/bytes.ts';
import { type DataKeyId, dataKeyIdHex } from '../formats/sealed-record.ts';
import { KMSInternalException } from '../model/errors/index.ts';
import type { Ref, Store } from '../store/port.ts';

const refOf = (id: DataKeyId): Ref => ({ table: 'data-keys', id: dataKeyIdHex(id) });

/** Keeps a new wrapped data key. It is on the medium when this has returned. */
export async function keepWrappedKey(store: Pick<Store, 'commit'>, id: DataKeyId, wrapped: Uint8Array): Promise<void> {
  const ref = refOf(id);
  const isNew = await store.commit(
    [{ ...ref, version: undefined }],
    [{ ...ref, value: new Uint8Array(wrapped) }],
    'strict',
  );
  if (!isNew) throw new KMSInternalException('A new data key has the id of an old one.');
}

/** Reads wrapped data keys in one go; undefined for each that is not there. */
export async function readWrappedKeys(
  store: Pick<Store, 'read'>,
  ids: readonly DataKeyId[],
): Promise<readonly (Bytes | undefined)[]> {
  return (await store.read(ids.map(refOf))).map((row) => row?.value);
}
