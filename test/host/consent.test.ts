// Leave by consent: asked once, for the key that is meant, and kept as a grant.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import { type AskConsent, type ConsentQuestion, consentGrantName } from '../../src/host/index.ts';
import { policyWith } from '../kms/access.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { appArn, appOrigin, type Served, serve } from '../support/host.ts';
import { newKey, newKms, TestClock } from '../support/kms.ts';

let served: Served | undefined;
afterEach(() => {
  served?.close();
  served = undefined;
});
const Plaintext = utf8('x');

async function setUp(answer: AskConsent, clock = new TestClock()) {
  const kms = await newKms();
  const KeyId = await newKey(kms, { Description: 'mine' });
  const questions: ConsentQuestion[] = [];
  const consent: AskConsent = (question) => {
    questions.push(question);
    return answer(question);
  };
  served = serve(kms, { consent, clock: clock.read });
  return { kms, KeyId, questions, clock, remote: await served.connect() };
}

describe('consent', () => {
  test('is asked once, names the key as the keyring has it, and is a grant for every use and no management', async () => {
    const { kms, KeyId, questions, remote } = await setUp(async () => true);
    const calls = [1, 2, 3].map(() => remote.encrypt({ KeyId, Plaintext }));
    const [{ CiphertextBlob } = assert.fail()] = await Promise.all(calls);
    assert.deepEqual((await remote.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    assert.lengthOf(questions, 1);
    assert.include(questions[0], { origin: appOrigin, principalArn: appArn, operation: 'Encrypt' });
    assert.equal(questions[0]?.key.Description, 'mine');
    const { Grants } = await kms.listGrants({ KeyId });
    assert.lengthOf(Grants, 1);
    assert.equal(Grants[0]?.Name, consentGrantName);
    assert.equal(Grants[0]?.GranteePrincipal, appArn);
    assert.notIncludeMembers(Grants[0]?.Operations ?? [], ['CreateGrant']);
    await assertFails(remote.scheduleKeyDeletion({ KeyId }), 'AccessDeniedException');
    await assertFails(
      remote.createGrant({ KeyId, GranteePrincipal: appArn, Operations: ['Decrypt'] }),
      'AccessDeniedException',
    );
    await kms.revokeGrant({ KeyId, GrantId: Grants[0]?.GrantId });
    await remote.encrypt({ KeyId, Plaintext });
    assert.lengthOf(questions, 2, 'what was ended is asked anew');
  });

  test('is asked for the key that a ciphertext names, and for both keys of ReEncrypt', async () => {
    const { kms, KeyId, questions, remote } = await setUp(async () => true);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    const other = await newKey(kms);
    await remote.reEncrypt({ CiphertextBlob, DestinationKeyId: other });
    assert.deepEqual(
      questions.map(({ key, operation }) => [key.KeyId, operation]),
      [
        [KeyId, 'ReEncryptFrom'],
        [other, 'ReEncryptTo'],
      ],
    );
  });

  test('that was refused is not asked for again for five minutes', async () => {
    const { KeyId, questions, clock, remote } = await setUp(async () => false);
    for (let i = 0; i < 3; i++) await assertFails(remote.encrypt({ KeyId, Plaintext }), 'AccessDeniedException');
    assert.lengthOf(questions, 1);
    clock.pass(301_000);
    await assertFails(remote.encrypt({ KeyId, Plaintext }), 'AccessDeniedException');
    assert.lengthOf(questions, 2);
  });

  test('must be a plain yes: anything else, and an error, is none', async () => {
    for (const answer of ['yes', 1, {}, undefined]) {
      const { KeyId, remote } = await setUp(async () => answer as unknown as boolean);
      await assertFails(remote.encrypt({ KeyId, Plaintext }), 'AccessDeniedException');
      served?.close();
    }
    const { KeyId, remote } = await setUp(async () => {
      throw new Error('the window broke');
    });
    await assertFails(remote.encrypt({ KeyId, Plaintext }), 'KMSInternalException');
  });

  test('is not asked for a key that is not there, for management, for a dry run, or against an explicit Deny twice', async () => {
    const { kms, KeyId, questions, remote } = await setUp(async () => true);
    await assertFails(remote.encrypt({ KeyId: 'alias/none', Plaintext }), 'NotFoundException');
    await assertFails(remote.encrypt({ KeyId, Plaintext, DryRun: true }), 'AccessDeniedException');
    await assertFails(remote.disableKey({ KeyId }), 'AccessDeniedException');
    await assertFails(remote.createKey(), 'AccessDeniedException');
    await assertFails(remote.listKeys(), 'AccessDeniedException');
    assert.lengthOf(questions, 0);
    const Policy = policyWith({ Effect: 'Deny', Principal: { AWS: appArn }, Action: 'kms:Encrypt' });
    await kms.putKeyPolicy({ KeyId, Policy });
    for (let i = 0; i < 2; i++) await assertFails(remote.encrypt({ KeyId, Plaintext }), 'AccessDeniedException');
    assert.lengthOf(questions, 1);
  });

  test('of one origin has few questions open at a time', async () => {
    let release = (_: boolean): void => {};
    const held = new Promise<boolean>((resolve) => {
      release = resolve;
    });
    const { kms, questions, remote } = await setUp(() => held);
    const keys = await Promise.all(Array.from({ length: 6 }, () => newKey(kms)));
    const calls = keys.map((KeyId) => remote.encrypt({ KeyId, Plaintext }));
    const outcomes = Promise.allSettled(calls);
    while (questions.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.lengthOf(questions, 4);
    release(true);
    assert.equal((await outcomes).filter(({ status }) => status === 'fulfilled').length, 4);
  });
});
