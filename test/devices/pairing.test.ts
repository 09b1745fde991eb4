// Two devices and a key that goes from one to the other.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { newRecoveryCode, recoveryCode } from '../../src/unlock/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey } from '../support/kms.ts';
import { east, newOld, newYoung, Post, pair, succeeded, west } from './support.ts';

const Plaintext = utf8('meet at nine');
const arnIn = (region: string, id: string): string => `arn:aws:kms:${region}:000000000000:key/${id}`;
const recoverable = () => ({ mode: 'recoverable', slots: [recoveryCode(newRecoveryCode())] }) as const;

describe('a key that goes to another device', () => {
  test('opens there what was sealed here, and here what was sealed there', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, {
      MultiRegion: true,
      Description: 'notes',
      Tags: [{ TagKey: 'a', TagValue: 'b' }],
    });
    await old.createAlias({ AliasName: 'alias/notes', TargetKeyId: KeyId });
    const before = await old.encrypt({ KeyId, Plaintext });
    await old.rotateKeyOnDemand({ KeyId });
    const after = await old.encrypt({ KeyId, Plaintext });
    const run = await pair(old, young);
    const { offered, added } = succeeded(run);
    assert.deepEqual(offered.added, [KeyId]);
    assert.deepEqual(added.keys, [{ KeyId, Arn: arnIn(east, KeyId), missing: [] }]);
    assert.match(run.numbers[0] ?? '', /^\d{3} \d{4}$/);
    assert.equal(run.numbers[0], run.numbers[1]);
    for (const { CiphertextBlob } of [before, after])
      assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    const { CiphertextBlob } = await young.encrypt({ KeyId, Plaintext });
    assert.deepEqual((await old.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    const { KeyMetadata } = await young.describeKey({ KeyId });
    assert.deepInclude(KeyMetadata, {
      Arn: arnIn(west, KeyId),
      Description: '',
      KeyState: 'Enabled',
      MultiRegion: true,
    });
    const configuration = {
      PrimaryKey: { Arn: arnIn(east, KeyId), Region: east },
      ReplicaKeys: [{ Arn: arnIn(west, KeyId), Region: west }],
    };
    assert.deepEqual(KeyMetadata.MultiRegionConfiguration, { MultiRegionKeyType: 'REPLICA', ...configuration });
    const here = (await old.describeKey({ KeyId })).KeyMetadata;
    assert.deepEqual(here.MultiRegionConfiguration, { MultiRegionKeyType: 'PRIMARY', ...configuration });
    assert.lengthOf((await young.listAliases()).Aliases, 0);
    assert.lengthOf((await young.listResourceTags({ KeyId })).Tags, 0);
    await assertFails(young.rotateKeyOnDemand({ KeyId }), 'UnsupportedOperationException');
    for (const kms of [old, young]) assert.isTrue((await kms.check()).isWhole);
  });
});
