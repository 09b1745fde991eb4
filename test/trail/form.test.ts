// The form of records: log files are made of events again and again, and held against hashes that were signed long ago.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms, type TrailFile } from '../../src/index.ts';
import { hexSha256 } from '../../src/trail/digest.ts';
import type { TrailEvent } from '../../src/trail/event.ts';
import { recordForm, recordOf } from '../../src/trail/record.ts';
import { utf8 } from '../support/bytes.ts';
import { failure } from '../support/errors.ts';
import { newKey, newStore } from '../support/kms.ts';
import { editRecord } from '../support/newer-version.ts';

const by: TrailEvent['by'] = {
  accountId: '111122223333',
  region: 'us-east-2',
  arn: 'arn:aws:iam::111122223333:user/alice',
  callerAccountId: '111122223333',
  viaService: null,
  accessKeyId: 'AKIDEXAMPLE',
  sourceIPAddress: '192.0.2.1',
  userAgent: 'an agent',
  tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', clientProvidedHostHeader: 'kms.test' },
};
const service = { ...by, arn: null, callerAccountId: null, accessKeyId: null, sourceIPAddress: 'AWS Internal' };
const key = '0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';
const event: TrailEvent = {
  at: Date.UTC(2030, 4, 21, 17, 47, 45, 678),
  by,
  name: 'Encrypt',
  requestId: '1'.repeat(36),
  parameters: { KeyId: 'alias/a', EncryptionContext: [['Case', 'stays']], DryRun: true },
  resources: [key],
  error: null,
  elements: null,
  additional: { keyMaterialId: 'ab' },
  details: null,
};
const events: readonly TrailEvent[] = [
  event,
  { ...event, error: { code: 'InvalidCiphertextException', message: '' } },
  { ...event, error: { code: 'AccessDenied', message: 'No.' }, by: { ...by, viaService: 's3.amazonaws.com' } },
  { ...event, name: 'CreateAlias', resources: [key, 'alias/a'], parameters: { AliasName: 'alias/a' } },
  { ...event, name: 'ImportKeyMaterial', parameters: { ValidTo: Date.UTC(2031, 0, 2) }, elements: { A: { BC: 1 } } },
  { ...event, name: 'ScheduleKeyDeletion', elements: { DeletionDate: Date.UTC(2031, 0, 2), KeyState: 'X' } },
  { ...event, name: 'RotateKey', by: service, requestId: null, parameters: null, details: { keyId: key } },
  { ...event, name: 'SynchronizeMultiRegionKey', by: service, parameters: null },
];

describe('the form of records', () => {
  test('is what its number says: who changes a record raises `recordForm`, and this hash', () => {
    const place = { accountId: '111122223333', eventId: '2'.repeat(36), sharedEventId: undefined };
    const records = JSON.stringify(events.map((each) => recordOf(each, place)));
    assert.deepEqual([recordForm, hexSha256(utf8(records)).slice(0, 16)], [2, '5217984abbc18215']);
  });

  test('may change: what was signed in another form is left out of an export, and not called corrupt', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    const namesOf = async (): Promise<string[]> => {
      const files: TrailFile[] = [];
      for await (const file of kms.trail.export()) files.push(file);
      return files.map(({ object }) => object);
    };
    const [log, digest] = await namesOf();
    const [row] = await store.list('trail-digests', { limit: 1 });
    const signedIn = (form: number | undefined) =>
      editRecord(store, { table: 'trail-digests', id: row?.id ?? '' }, ({ logs, ...digest }) => {
        const [{ form: _, ...log }] = logs as [Record<string, unknown>];
        return { ...digest, logs: [{ ...log, hash: '00', ...(form === undefined ? {} : { form }) }] };
      });
    for (const form of [recordForm + 1, undefined]) {
      await signedIn(form);
      assert.deepEqual(await namesOf(), [digest], String(log));
    }
    await signedIn(recordForm);
    assert.equal((await failure(namesOf())).name, 'StoreCorrupt');
  });
});
