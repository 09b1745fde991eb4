// Calls from worker to worker: the same replies and the same errors as beside the keys.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { callsOf, kmsOver } from '../../src/edge/index.ts';
import {
  DisabledException,
  memoryStore,
  NotFoundException,
  openKms,
  StoreUnavailable,
  ThrottlingException,
} from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';

/** A service behind something that carries plain values, as structured clone does. */
async function place() {
  const owner = await openKms({ store: memoryStore() });
  const answer = callsOf(owner.as({ arn: 'arn:aws:iam::000000000000:user/worker', isAdministrator: true }));
  const carried: unknown[] = [];
  const kms = kmsOver(async (operation, input) => {
    carried.push(structuredClone(input));
    return structuredClone(await answer(operation, structuredClone(input)));
  });
  return { owner, kms, answer };
}

describe('calls from worker to worker', () => {
  test('give what the service gives', async () => {
    const { kms } = await place();
    const { KeyMetadata } = await kms.createKey({ Description: 'ä' });
    assert.instanceOf(KeyMetadata.CreationDate, Date);
    const context = { EncryptionContext: { a: 'b' } };
    const { CiphertextBlob } = await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('x'), ...context });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob, ...context })).Plaintext, utf8('x'));
  });

  test('fail with the errors of the service, as classes', async () => {
    const { kms, owner } = await place();
    assert.instanceOf(await failure(kms.describeKey({ KeyId: 'alias/none' })), NotFoundException);
    const { KeyMetadata } = await owner.createKey();
    await owner.disableKey({ KeyId: KeyMetadata.KeyId });
    const error = await failure(kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('x') }));
    assert.instanceOf(error, DisabledException);
    assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
  });

  test('know operations only, and see nothing else of the service', async () => {
    const { answer } = await place();
    for (const name of ['as', 'at', 'destroy', 'settle', 'constructor', '__proto__', 'toString', 'encrypt', ''])
      assert.nestedPropertyVal(await answer(name, {}), 'error.code', 'ValidationException', name);
  });

  test('fail with an error of the service also where nobody answers, as at the door', async () => {
    const failing = (cause: unknown) => failure(kmsOver(() => Promise.reject(cause)).listKeys());
    const lost = new Error('Durable Object reset because its code was updated.');
    const error = await failing(lost);
    assert.instanceOf(error, StoreUnavailable);
    assert.equal(error.cause, lost);
    const overloaded = Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true });
    assert.instanceOf(await failing(overloaded), ThrottlingException);
    const thrown = kmsOver(() => {
      throw lost;
    });
    assert.instanceOf(await failure(thrown.listKeys()), StoreUnavailable);
    const own = new NotFoundException('own');
    assert.equal(await failing(own), own);
  });

  test('carry data only', async () => {
    const { kms } = await place();
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    await assertFails(kms.createKey({ Description: key } as never), 'SerializationException');
    await assertFails(kms.createKey({ Tags: [() => {}] } as never), 'SerializationException');
  });
});
