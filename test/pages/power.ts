// Work that is cut off by killing the browser: each finished step is told to the test before the next begins.
import { indexedDbStore, type Kms, openKms } from '../../src/index.ts';

const name = 'power';

export interface Made {
  keyId: string;
  alias: string;
  blob: number[];
}

/** Makes keys until the browser is killed. */
export async function createOnAndOn(tell: (made: Made) => void): Promise<void> {
  const kms = await openKms({ name });
  for (;;) tell(await make(kms));
}

async function make(kms: Kms): Promise<Made> {
  const keyId = (await kms.createKey()).KeyMetadata.KeyId;
  const alias = `alias/${keyId}`;
  await kms.createAlias({ AliasName: alias, TargetKeyId: keyId });
  const { CiphertextBlob } = await kms.encrypt({ KeyId: alias, Plaintext: new TextEncoder().encode(keyId) });
  return { keyId, alias, blob: [...CiphertextBlob] };
}

/** Deletes the given keys for good, one after another, until the browser is killed. */
export async function deleteOnAndOn(keyIds: string[], tell: (keyId: string) => void): Promise<void> {
  let time = Date.now();
  const kms = await openKms({ name, clock: () => time });
  for (const keyId of keyIds) {
    const { DeletionDate } = await kms.scheduleKeyDeletion({ KeyId: keyId, PendingWindowInDays: 7 });
    time = (DeletionDate as Date).getTime();
    // Looking at a key whose date has come removes it.
    const name = await kms.describeKey({ KeyId: keyId }).then(
      () => 'is still there',
      (error: Error) => error.name,
    );
    if (name !== 'NotFoundException') throw new Error(`${keyId}: ${name}`);
    tell(keyId);
  }
}

export interface Found {
  /** Keys that are there, with their state. */
  keys: Record<string, string>;
  /** What does not fit together. */
  faults: string[];
}

/** Looks at everything: each key must be whole or gone, and every ciphertext of a key that is there must open. */
export async function checkAll(made: Made[]): Promise<Found> {
  const kms = await openKms({ name });
  const store = indexedDbStore(name);
  const keys: Record<string, string> = {};
  const faults: string[] = [];
  // Row ids begin with the account and the Region.
  const keyIdOf = (rowId: string) => rowId.split('/')[2] as string;
  for (const row of await store.list('keys', { limit: 10_000 })) {
    const id = keyIdOf(row.id);
    const { KeyMetadata } = await kms.describeKey({ KeyId: id });
    keys[id] = KeyMetadata.KeyState;
    if (KeyMetadata.KeyState === 'PendingDeletion') await kms.cancelKeyDeletion({ KeyId: id });
    if (KeyMetadata.KeyState !== 'Enabled') await kms.enableKey({ KeyId: id });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: new Uint8Array([1]) });
    await kms.decrypt({ CiphertextBlob });
  }
  for (const { id } of await store.list('materials', { limit: 10_000 })) {
    if (id !== 'keyring' && !(keyIdOf(id) in keys)) faults.push(`material without key: ${id}`);
  }
  const { Aliases } = await kms.listAliases({ Limit: 100 });
  for (const { AliasName, TargetKeyId } of Aliases) {
    if (!((TargetKeyId as string) in keys)) faults.push(`alias without key: ${AliasName}`);
  }
  for (const { keyId, blob } of made) {
    if (!(keyId in keys)) continue;
    const opened = await kms.decrypt({ CiphertextBlob: new Uint8Array(blob) }).catch((error) => String(error));
    if (typeof opened === 'string') faults.push(`${keyId}: ${opened}`);
    else if (new TextDecoder().decode(opened.Plaintext) !== keyId) faults.push(`${keyId}: another plaintext`);
  }
  await store.disconnect();
  kms.destroy();
  return { keys, faults };
}
