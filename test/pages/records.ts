// What each of several tabs does with the same encrypted records.
import { openKms } from '../../src/index.ts';
import { openRecords, type Records } from '../../src/records/index.ts';

const stores = { counters: {}, notes: { keyPath: 'id' } } as const;

export async function openShared(name: string, keyId?: string): Promise<{ records: Records; keyId: string }> {
  const kms = await openKms({ name });
  const id = keyId ?? (await kms.createKey()).KeyMetadata.KeyId;
  return { records: await openRecords(name, { kms, keyId: id, stores }), keyId: id };
}

/** Counts one record up, each step a transaction of its own: read, open, change, seal, write. */
export async function countUp(name: string, keyId: string, times: number): Promise<number> {
  const { records } = await openShared(name, keyId);
  for (let i = 0; i < times; i++) {
    const transaction = records.transaction('counters', 'readwrite');
    const counter: { count: number } = (await transaction.store.get('shared')) ?? { count: 0 };
    await transaction.store.put({ count: counter.count + 1 }, 'shared');
    await transaction.done;
  }
  const { count } = await records.get('counters', 'shared');
  records.close();
  return count;
}

/** Rewraps on and on until the browser is killed; a number is shown after each transaction. */
export async function rewrapOnAndOn(name: string, keyId: string): Promise<void> {
  const { records } = await openShared(name, keyId);
  for (;;) await records.rewrap({ batch: 3, onProgress: ({ done }) => console.log(`rewrapped ${done}`) });
}

export async function fill(name: string, keyId: string, count: number): Promise<void> {
  const { records } = await openShared(name, keyId);
  const notes = Array.from({ length: count }, (_, id) => ({ id, text: `plaintext-marker ${id}` }));
  await records.putMany('notes', notes);
  records.close();
}

/** Number of notes that are as `fill` made them. */
export async function countWhole(name: string, keyId: string): Promise<number> {
  const { records } = await openShared(name, keyId);
  const notes: { id: number; text: string }[] = await records.getAll('notes');
  records.close();
  return notes.filter(({ id, text }) => text === `plaintext-marker ${id}`).length;
}
