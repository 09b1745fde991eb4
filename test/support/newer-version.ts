// What a newer version of the library will write, written by hand: records with members that this one does not know, and records
// and stores in a format that it does not take.

import { RowCodec } from '../../src/keyring/row-codec.ts';
import { keyringRef, macKeyLabel, macKeyRef, type Records } from '../../src/keyring/tables.ts';
import { type Custody, deviceCustody } from '../../src/keys/custody.ts';
import { prfOf } from '../../src/keys/material.ts';
import type { Ref, Row, Store } from '../../src/store/port.ts';

type Edit = (record: Record<string, unknown>) => Record<string, unknown>;

async function rowOf(store: Store, ref: Ref): Promise<Row> {
  const [row] = await store.read([ref]);
  if (row === undefined) throw new Error(`There is no row ${ref.table}/${ref.id}.`);
  return row;
}

async function codecOf(store: Store, custody: Custody): Promise<RowCodec> {
  return new RowCodec(prfOf(await custody.recover(macKeyLabel, await rowOf(store, macKeyRef))));
}

async function edited(codec: RowCodec, store: Store, ref: Ref, edit: Edit) {
  const row = await rowOf(store, ref);
  const known = ref as Ref & { table: keyof Records };
  const record = (await codec.decodeOnce(known, row)) as unknown as Record<string, unknown>;
  return { ...ref, version: row.version, value: await codec.encode(known, edit(record) as never) };
}

/** Changes one record of a keyring that has no root. */
export async function editRecord(store: Store, ref: Ref, edit: Edit): Promise<void> {
  const { version, ...put } = await edited(await codecOf(store, deviceCustody), store, ref, edit);
  if (!(await store.commit([{ ...ref, version }], [put], 'strict'))) throw new Error('Another was faster.');
}

/** Moves a store to a newer format: its number, and the row of the keyring's own key again, in one commit. */
export async function raiseFormat(store: Store, format: number, custody: Custody = deviceCustody): Promise<void> {
  const codec = await codecOf(store, custody);
  for (;;) {
    const { version, ...put } = await edited(codec, store, keyringRef, (record) => ({ ...record, format }));
    const macRow = await rowOf(store, macKeyRef);
    if (await store.commit([{ ...keyringRef, version }, macRow], [put, macRow], 'strict')) return;
  }
}
