// The device's own slot of a recoverable keyring, forged: whoever writes the store, and chooses the key beside the slot, can make one of a
// root of their own that has the tag of the old. Over node:crypto.
import { createDecipheriv } from 'node:crypto';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms, type Store } from '../../src/index.ts';
import { RowCodec } from '../../src/keyring/row-codec.ts';
import { keyringRef, macKeyRef } from '../../src/keyring/tables.ts';
import { prfOf } from '../../src/keys/material.ts';
import type { Row } from '../../src/store/index.ts';
import { device } from '../../src/unlock/index.ts';
import { type Bytes, random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey } from '../support/kms.ts';
import { forgeTag } from '../support/salamander.ts';
import { bytesOf, newKeyring, newSecret } from './support.ts';

async function deviceRow(store: Store, kms: Kms): Promise<Row> {
  const id = (await kms.slots.list()).find(({ kind }) => kind === 'device')?.id as string;
  return (await store.read([{ table: 'slots', id }]))[0] as Row;
}

/** Puts a slot of another root in the place of the device's own. @returns that root */
async function forge(store: Store, row: Row): Promise<Bytes> {
  const key = random(32);
  const header = row.value.slice(0, -60);
  const baseNonce = random(12);
  const aad = new Uint8Array([...utf8('keyhaven/v1/root-slot\0'), ...header]);
  const sealed = forgeTag({ key, baseNonce }, aad, row.value.slice(-16));
  const usages: KeyUsage[] = ['encrypt', 'decrypt', 'unwrapKey'];
  const handle = await crypto.subtle.importKey('raw', key, { name: 'AES-GCM' }, false, usages);
  const value = new Uint8Array([...header, ...baseNonce, ...sealed]);
  await store.commit([], [{ table: 'slots', id: row.id, value, key: handle }], 'strict');
  const parameters = { name: 'AES-GCM', iv: baseNonce, additionalData: aad, tagLength: 128 };
  // The forgery is one: it opens.
  return new Uint8Array(await crypto.subtle.decrypt(parameters, handle, new Uint8Array(sealed)));
}

function opens(root: Bytes, value: Uint8Array): boolean {
  try {
    const decipher = createDecipheriv('aes-256-gcm', root, value.subarray(0, 12));
    decipher.setAuthTag(value.subarray(-16));
    decipher.update(value.subarray(12, -16));
    decipher.final();
    return true;
  } catch {
    return false;
  }
}

/** The marks as an earlier version wrote them, without the hashes of the rows. */
async function withoutHashes(store: Store): Promise<void> {
  const [row, macRow] = (await store.read([keyringRef, macKeyRef])) as [Row, Row];
  const codec = new RowCodec(prfOf(macRow.key as CryptoKey));
  const record = await codec.decode(keyringRef, row);
  const slots = record.slots?.map(({ hash: _, ...mark }) => mark);
  const value = await codec.encode(keyringRef, { ...record, ...(slots ? { slots } : {}) });
  await store.commit([row], [{ ...keyringRef, value }], 'strict');
}

describe('a forged slot of the device', () => {
  for (const [name, prepare] of [
    ['that the keyring knows the hash of', async () => {}],
    ['that an earlier version made', withoutHashes],
  ] as const)
    test(`${name} gets no key, no other slot and no backup`, async () => {
      const by = newSecret();
      const { store, kms: first } = await newKeyring('recoverable', [by]);
      await prepare(store);
      const kms = await openKms({ store });
      await newKey(kms);
      await kms.slots.add(newSecret());
      await prepare(store);
      const row = await deviceRow(store, kms);
      const root = await forge(store, row);
      const again = await openKms({ store });
      const before = await store.list('copies', { limit: 100 });
      const slots = await store.list('slots', { limit: 100 });
      for (const attempt of [
        () => newKey(again),
        () => again.slots.add(newSecret()),
        () => again.slots.add(newSecret(), { by: device() }),
        async () => bytesOf((await again.export()).stream),
        () => again.upgrade({ to: 'locked' }),
        () => again.upgrade({ to: 'locked', by: device() }),
      ])
        await assertFails(attempt(), 'StoreCorrupt', /slots\.rotate\(/);
      assert.deepEqual(await store.list('copies', { limit: 100 }), before);
      assert.deepEqual(await store.list('slots', { limit: 100 }), slots);
      // The other method writes it anew, for all tabs.
      await again.slots.rotate(row.id, device(), { by });
      await newKey(again);
      await newKey(first);
      for (const { value } of await store.list('copies', { limit: 100 })) assert.isFalse(opens(root, value));
      assert.deepEqual((await again.check()).findings, []);
      const file = await bytesOf((await again.export()).stream);
      await kms.import({ from: file, by, mode: 'replace' });
      await newKey(await openKms({ store }));
    });
});
