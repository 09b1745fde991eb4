// Exchanging the root that wraps all material, while the keyring is in use.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, memoryStore, openKms, type Store } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { kinds } from '../support/kinds.ts';

const newRoot = () =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']) as Promise<CryptoKey>;

/** Keys of several kinds, an open import, and what they made. */
async function fill(kms: Kms) {
  const blobs: Uint8Array[] = [];
  for (let i = 0; i < 5; i++) {
    const { KeyMetadata } = await kms.createKey();
    blobs.push((await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8(`note ${i}`) })).CiphertextBlob);
    if (i === 0) await kms.rotateKeyOnDemand({ KeyId: KeyMetadata.KeyId });
  }
  const mac = kinds.find(({ KeySpec }) => KeySpec === 'HMAC_224');
  const pair = kinds.find(({ KeySpec }) => KeySpec === 'ECC_NIST_P256');
  const macKey = (await kms.createKey(mac)).KeyMetadata.KeyId;
  const signingKey = (await kms.createKey(pair)).KeyMetadata.KeyId;
  const external = (await kms.createKey({ Origin: 'EXTERNAL' })).KeyMetadata.KeyId;
  await kms.getParametersForImport({
    KeyId: external,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  });
  return { blobs, macKey, signingKey };
}

async function assertWhole(kms: Kms, { blobs, macKey, signingKey }: Awaited<ReturnType<typeof fill>>) {
  for (const [i, CiphertextBlob] of blobs.entries())
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8(`note ${i}`));
  await kms.generateMac({ KeyId: macKey, Message: utf8('x'), MacAlgorithm: 'HMAC_SHA_224' });
  await kms.sign({ KeyId: signingKey, Message: utf8('x'), SigningAlgorithm: 'ECDSA_SHA_256' });
}

const open = (store: Store, root: CryptoKey, otherRoots: CryptoKey[] = []) => openKms({ store, root, otherRoots });

describe('exchanging the root', () => {
  test('wraps everything anew; then the old root opens nothing, and is not needed', async () => {
    const [store, before, after] = [memoryStore(), await newRoot(), await newRoot()];
    const made = await fill(await open(store, before));
    const both = await open(store, after, [before]);
    await assertWhole(both, made);
    const told: number[] = [];
    const { total, rewrapped } = await both.rewrap({ onProgress: ({ done }) => told.push(done) });
    assert.equal(rewrapped, total);
    assert.equal(told.at(-1), total);
    await assertWhole(await open(store, after), made);
    await assertFails(open(store, before), 'KeyUndecryptable');
    assert.equal((await both.rewrap()).rewrapped, 0);
  });

  test('goes on where it was cut off', async () => {
    const [store, before, after] = [memoryStore(), await newRoot(), await newRoot()];
    const made = await fill(await open(store, before));
    let commits = 0;
    const failing: Store = {
      ...store,
      commit: (...args) => (++commits > 3 ? Promise.reject(new Error('the process ended')) : store.commit(...args)),
    };
    const cut = await open(failing, after, [before]);
    commits = 0;
    assert.equal(await cut.rewrap().catch((error: Error) => error.message), 'the process ended');
    // Both roots are needed now, and both processes work.
    await assertWhole(await open(store, after, [before]), made);
    await assertWhole(await open(store, before, [after]), made);
    const { total, rewrapped } = await (await open(store, after, [before])).rewrap();
    assert.equal(rewrapped, total - 3);
    await assertWhole(await open(store, after), made);
  });

  test('stops nobody: keys are made, used, rotated and deleted meanwhile, by processes with either root', async () => {
    const [store, before, after] = [memoryStore(), await newRoot(), await newRoot()];
    const old = await open(store, before, [after]);
    const made = await fill(old);
    const current = await open(store, after, [before]);
    let isDone = false;
    const traffic = [old, current].map(async (kms) => {
      const blobs: Uint8Array[] = [];
      while (!isDone) {
        const { KeyMetadata } = await kms.createKey();
        blobs.push((await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('new') })).CiphertextBlob);
        await kms.rotateKeyOnDemand({ KeyId: KeyMetadata.KeyId });
        await assertWhole(kms, made);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return blobs;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await current.rewrap();
    isDone = true;
    const blobs = (await Promise.all(traffic)).flat();
    await current.rewrap(); // what the process with the old root made meanwhile
    const alone = await open(store, after);
    await assertWhole(alone, made);
    assert.isAbove(blobs.length, 1);
    for (const CiphertextBlob of blobs)
      assert.deepEqual((await alone.decrypt({ CiphertextBlob })).Plaintext, utf8('new'));
  });

  test('says what is missing', async () => {
    const [store, before, after] = [memoryStore(), await newRoot(), await newRoot()];
    const kms = await open(store, before);
    await kms.createKey();
    await assertFails(kms.rewrap(), 'ValidationException', /otherRoots/);
    await assertFails(open(store, after), 'KeyUndecryptable');
    await assertFails(
      openKms({ store: memoryStore(), otherRoots: [before] }),
      'ValidationException',
      /^otherRoots must/,
    );
  });
});
