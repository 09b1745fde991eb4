// Encrypted records against a plain idb database and against other ways to encrypt one. One unit is all records of a case.
import { openKms } from '../../dist/index.js';
import { openRecords } from '../../dist/records/index.js';
import type { Case, Effort, Row } from '../harness/measure.ts';
import { awaited } from '../harness/subjects.ts';
import type { BenchRuntime, Suite } from '../harness/suite.ts';
import type { Note, RecordsPeer } from '../peers/records-peers.ts';

const many = 10_000;
const some = 1_000;
const bytes = 256;

/** JSON of 256 bytes. */
function note(id: number): Note {
  const made = { id, owner: `user ${id % 50}`, created: 1_700_000_000_000 + id, tags: ['work', 'later'], text: '' };
  made.text = 'x'.repeat(bytes - JSON.stringify(made).length);
  return made;
}

async function keyhaven(): Promise<{ put: RecordsPeer; many: RecordsPeer }> {
  const kms = await openKms({ name: 'bench-records' });
  const { KeyMetadata } = await kms.createKey();
  const open = () =>
    openRecords(crypto.randomUUID(), { kms, keyId: KeyMetadata.KeyId, stores: { notes: { keyPath: 'id' } } });
  const [first, second] = [await open(), await open()];
  return {
    put: {
      name: 'keyhaven',
      async write(notes) {
        const transaction = first.transaction('notes', 'readwrite');
        const { store } = transaction;
        await Promise.all([...notes.map((each) => store.put(each)), transaction.done]);
      },
      read: (count) => first.getAll('notes', null, count),
    },
    many: {
      name: 'keyhaven, putMany',
      write: (notes) => second.putMany('notes', notes),
      // It is read as the other is.
      read: undefined,
    },
  };
}

async function* cases(runtime: BenchRuntime): AsyncGenerator<readonly [Case, Effort]> {
  if (runtime === 'node') throw new Error('records are for browsers: --runtime chromium');
  // Dexie and RxDB are for browsers: Node, which reads this file too, does not load them.
  const { dexieEncrypted, plainIdb, rxdbCryptoJs, usualWay } = await import('../peers/records-peers.ts');
  const [ours, plain] = [await keyhaven(), await plainIdb()];
  const subjects = [plain, ours.put, ours.many];
  yield* pair(`${many} records`, many, subjects, { rounds: 21, slice: 1 });
  const peers = [await usualWay(), await dexieEncrypted(), await rxdbCryptoJs()].filter((peer) => peer !== undefined);
  yield* pair(`${some} records`, some, [plain, ours.put, ours.many, ...peers], { rounds: 5, slice: 1 });
}

async function* pair(
  name: string,
  count: number,
  peers: readonly RecordsPeer[],
  effort: Effort,
): AsyncGenerator<readonly [Case, Effort]> {
  const notes = Array.from({ length: count }, (_, id) => note(id));
  const size = count * bytes;
  const writing = peers.map((peer) => awaited(peer.name, () => peer.write(notes)));
  yield [{ name: `write ${name}`, bytes: size, subjects: writing }, effort];
  // Each is written last in its turn, so that none lies deeper in the database's files than the others; then all rest.
  for (const peer of [...peers, ...peers]) await peer.write(notes);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const reading = peers
    .filter(({ read }) => read !== undefined)
    .map((peer) => awaited(peer.name, () => (peer.read as NonNullable<typeof peer.read>)(count)));
  yield [{ name: `read ${name}`, bytes: size, subjects: reading }, effort];
}

function summary(rows: readonly Row[]): string[] {
  return rows
    .filter(({ subject }) => subject.startsWith('keyhaven'))
    .map((row) => {
      const others = rows.filter((each) => each.case === row.case && !each.subject.startsWith('keyhaven'));
      const ratios = others.map(({ subject, us }) => `${(us / row.us).toFixed(2)}x of ${subject}`);
      return `${row.case}, ${row.subject}: ${ratios.join(', ')} (their time by ours)`;
    });
}

const suite: Suite = { cases, summary };
export default suite;
