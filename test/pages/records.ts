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

/** @param marker what each text begins with; not in this source, which browsers keep in their caches */
export async function fill(name: string, keyId: string, count: number, marker: string): Promise<void> {
  const { records } = await openShared(name, keyId);
  const notes = Array.from({ length: count }, (_, id) => ({ id, text: `${marker} ${id}` }));
  await records.putMany('notes', notes);
  records.close();
}

/** Number of notes that are as `fill` made them. */
export async function countWhole(name: string, keyId: string, marker: string): Promise<number> {
  const { records } = await openShared(name, keyId);
  const notes: { id: number; text: string }[] = await records.getAll('notes');
  records.close();
  return notes.filter(({ id, text }) => text === `${marker} ${id}`).length;
}

/** Two keys with records under each; the second is then deleted, as eight days later. */
export async function writeAndDelete(name: string, marker: string): Promise<{ kept: string; gone: string }> {
  const kms = await openKms({ name });
  const [kept, gone] = [(await kms.createKey()).KeyMetadata.KeyId, (await kms.createKey()).KeyMetadata.KeyId];
  const records = await openRecords(name, { kms, keyId: kept, stores });
  await records.putMany('counters', [`${marker} 1`, `${marker} 2`], ['k1', 'k2']);
  await records.under(gone).putMany('counters', [`${marker} 3`, `${marker} 4`], ['g1', 'g2']);
  records.close();
  await kms.scheduleKeyDeletion({ KeyId: gone, PendingWindowInDays: 7 });
  const later = await openKms({ name, clock: () => Date.now() + 8 * 86_400_000 });
  await later.listKeys();
  await later.describeKey({ KeyId: gone }).catch(() => {});
  return { kept, gone };
}

/** What each record reads as: its value, or the name of the error. */
export async function readEach(name: string, keyId: string): Promise<Record<string, unknown>> {
  const { records } = await openShared(name, keyId);
  const read: Record<string, unknown> = {};
  for (const key of (await records.getAllKeys('counters')) as string[])
    read[key] = await records.get('counters', key).catch((error) => error.name);
  records.close();
  return read;
}
