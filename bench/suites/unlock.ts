// How long an unlock takes, by method, on a keyring with 100 keys: from a locked Kms to the first decrypted ciphertext. Beside it what
// a visit costs without a lock, and a backup written and read.
import { memoryStore, openKms, type UnlockMethod } from '../../dist/index.js';
import { kmsKey, newRecoveryCode, passphrase, recoveryCode, secret } from '../../dist/unlock/index.js';
import type { Case, Effort } from '../harness/measure.ts';
import { awaited } from '../harness/subjects.ts';
import type { Suite } from '../harness/suite.ts';

const effort: Effort = { rounds: 7, slice: 20 };
const keys = 100;

async function* cases(): AsyncGenerator<readonly [Case, Effort]> {
  const escrow = await openKms({ store: memoryStore() });
  const { KeyMetadata: escrowKey } = await escrow.createKey();
  const methods: [string, UnlockMethod][] = [
    ['recovery code', recoveryCode(newRecoveryCode())],
    ['secret', secret(crypto.getRandomValues(new Uint8Array(32)))],
    ['KMS key (a keyring beside it)', kmsKey(escrow, { KeyId: escrowKey.KeyId })],
    ['passphrase, Argon2id 64 MiB, 3 passes', passphrase('correct horse battery staple')],
    ['passphrase, Argon2id 19 MiB, 2 passes', passphrase('another horse battery', { memory: 19_456, iterations: 2 })],
    ['passphrase, PBKDF2 600 000', passphrase('a third horse battery', { kdf: 'pbkdf2' })],
  ];
  const subjects = [];
  for (const [name, method] of methods) {
    const store = memoryStore();
    const kms = await openKms({ store, mode: 'locked', slots: [method] });
    const CiphertextBlob = await sealedBy(kms);
    subjects.push(
      awaited(name, async () => {
        kms.lock();
        await kms.unlock(method);
        await kms.decrypt({ CiphertextBlob });
      }),
    );
  }
  yield [{ name: 'unlock', bytes: keys, subjects }, effort];

  const store = memoryStore();
  const CiphertextBlob = await sealedBy(await openKms({ store }));
  const wrapped = memoryStore();
  const method = secret(crypto.getRandomValues(new Uint8Array(32)));
  const recoverable = await openKms({ store: wrapped, mode: 'recoverable', slots: [method] });
  const blob = await sealedBy(recoverable);
  const visit = (name: string, place: ReturnType<typeof memoryStore>, ciphertext: Uint8Array) =>
    awaited(name, async () => (await openKms({ store: place })).decrypt({ CiphertextBlob: ciphertext }));
  yield [
    {
      name: 'open',
      bytes: keys,
      subjects: [visit('device', store, CiphertextBlob), visit('recoverable', wrapped, blob)],
    },
    effort,
  ];

  const write = async () => new Response((await recoverable.export()).stream).blob();
  const file = await write();
  yield [
    {
      name: 'backup',
      bytes: file.size,
      subjects: [
        awaited('written', write),
        awaited('merged into a new keyring', async () => {
          const there = await openKms({ store: memoryStore() });
          await there.import({ from: file, by: method });
        }),
      ],
    },
    effort,
  ];
}

async function sealedBy(kms: Awaited<ReturnType<typeof openKms>>): Promise<Uint8Array> {
  let KeyId = '';
  for (let i = 0; i < keys; i++) KeyId = (await kms.createKey()).KeyMetadata.KeyId;
  return (await kms.encrypt({ KeyId, Plaintext: new Uint8Array(32) })).CiphertextBlob;
}

const suite: Suite = { cases };
export default suite;
