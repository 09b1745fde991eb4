// A slot under a key of AWS KMS, opened through the real client of the AWS SDK: escrow by an organisation.
import * as sdk from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { kmsRequestHandler } from '../../src/aws-sdk/index.ts';
import { type Kms, openKms } from '../../src/index.ts';
import { kmsKey } from '../../src/unlock/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';
import { bytesOf, newSecret } from './support.ts';

const Plaintext = utf8('meet at nine');

/** The organisation's KMS, as its client sees it. */
const clientOf = (kms: Kms) =>
  new sdk.KMS({
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    requestHandler: kmsRequestHandler(kms),
    maxAttempts: 1,
  });

async function setUp() {
  const firm = await newKms();
  const KeyId = await newKey(firm);
  const method = kmsKey(clientOf(firm), { KeyId, label: 'the firm' });
  const store = newStore();
  const own = newSecret();
  const kms = await openKms({ store, mode: 'locked', slots: [own, method] });
  const mine = await newKey(kms);
  const { CiphertextBlob } = await kms.encrypt({ KeyId: mine, Plaintext });
  const assertOpens = async (opened: Kms) =>
    assert.deepEqual((await opened.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
  return { firm, KeyId, method, store, own, kms, assertOpens };
}

describe('a slot of the client of AWS', () => {
  test('unlocks, rotates, and opens a backup on another device', async () => {
    const { firm, KeyId, method, store, kms, assertOpens } = await setUp();
    kms.lock();
    await kms.unlock(method);
    await assertOpens(kms);
    await assertOpens(await openKms({ store, unlock: kmsKey(clientOf(firm), { KeyId }) }));
    // The organisation's own rotation changes nothing for the slot.
    await firm.rotateKeyOnDemand({ KeyId });
    kms.lock();
    await kms.unlock(method);
    const slot = (await kms.slots.list()).find(({ kind }) => kind === 'kms');
    assert.equal(slot?.label, 'the firm');
    await kms.slots.rotate(slot?.id ?? '', method, { by: method });
    const file = await bytesOf((await kms.export({ to: 'kms' })).stream);
    const other = await openKms({ store: newStore() });
    await other.import({ from: file, by: method, mode: 'replace' });
    await assertOpens(other);
  });

  test('asks the organisation with the keyring and the slot as the context, which its trail shows', async () => {
    const { firm, method, kms } = await setUp();
    kms.lock();
    await kms.unlock(method);
    const { Events } = await firm.trail.lookup({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Decrypt' }],
    });
    const { requestParameters } = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}');
    assert.hasAllKeys(requestParameters.encryptionContext, ['keyhaven:keyring', 'keyhaven:slot']);
  });

  test('says what the organisation answered where it does not unlock, and loses nothing', async () => {
    const { firm, KeyId, method, own, kms, assertOpens } = await setUp();
    const other = kmsKey(clientOf(firm), { KeyId: await newKey(firm) });
    kms.lock();
    await assertFails(kms.unlock(other), 'UnlockFailed');
    await firm.disableKey({ KeyId });
    await assertFails(kms.unlock(method), 'UnlockUnavailable', /DisabledException/);
    await firm.enableKey({ KeyId });
    const stranger = clientOf(firm.as({ arn: 'arn:aws:iam::000000000000:user/eve' }));
    await assertFails(kms.unlock(kmsKey(stranger, { KeyId })), 'UnlockUnavailable', /AccessDeniedException/);
    await firm.scheduleKeyDeletion({ KeyId });
    await assertFails(kms.unlock(method), 'UnlockUnavailable', /KMSInvalidStateException/);
    await kms.unlock(own);
    await assertOpens(kms);
  });
});
