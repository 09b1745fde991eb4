import { assert } from 'chai';
import { describe, test } from 'vitest';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

const prefixText =
  'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';

describe('aliases', () => {
  test('are made, listed, moved and deleted', async () => {
    const kms = await newKms();
    const [first, second] = [await newKey(kms), await newKey(kms)];
    await kms.createAlias({ AliasName: 'alias/b', TargetKeyId: first });
    await kms.createAlias({ AliasName: 'alias/a/1', TargetKeyId: `arn:aws:kms:us-east-1:000000000000:key/${first}` });
    const { Aliases, Truncated } = await kms.listAliases();
    assert.deepEqual(
      Aliases.map(({ AliasName, AliasArn, TargetKeyId }) => ({ AliasName, AliasArn, TargetKeyId })),
      [
        { AliasName: 'alias/a/1', AliasArn: 'arn:aws:kms:us-east-1:000000000000:alias/a/1', TargetKeyId: first },
        { AliasName: 'alias/b', AliasArn: 'arn:aws:kms:us-east-1:000000000000:alias/b', TargetKeyId: first },
      ],
    );
    assert.isFalse(Truncated);
    assert.isTrue(
      Aliases.every(
        ({ CreationDate, LastUpdatedDate }) => CreationDate instanceof Date && LastUpdatedDate instanceof Date,
      ),
    );

    await kms.updateAlias({ AliasName: 'alias/b', TargetKeyId: second });
    assert.deepEqual(
      (await kms.listAliases({ KeyId: second })).Aliases.map(({ AliasName }) => AliasName),
      ['alias/b'],
    );
    assert.deepEqual(
      (await kms.listAliases({ KeyId: first })).Aliases.map(({ AliasName }) => AliasName),
      ['alias/a/1'],
    );
    assert.equal((await kms.describeKey({ KeyId: 'alias/b' })).KeyMetadata.KeyId, second);

    await kms.deleteAlias({ AliasName: 'alias/b' });
    await assertFails(kms.describeKey({ KeyId: 'alias/b' }), 'NotFoundException', /alias\/b is not found/);
    await assertFails(kms.deleteAlias({ AliasName: 'alias/b' }), 'NotFoundException');
    await assertFails(kms.updateAlias({ AliasName: 'alias/b', TargetKeyId: first }), 'NotFoundException');
  });

  test('a moved alias decrypts nothing less: the ciphertext names its key', async () => {
    const kms = await newKms();
    const [first, second] = [await newKey(kms), await newKey(kms)];
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: first });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: 'alias/a', Plaintext: new Uint8Array([7]) });
    await kms.updateAlias({ AliasName: 'alias/a', TargetKeyId: second });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, new Uint8Array([7]));
    await assertFails(kms.decrypt({ CiphertextBlob, KeyId: 'alias/a' }), 'IncorrectKeyException');
    const again = await kms.encrypt({ KeyId: 'alias/a', Plaintext: new Uint8Array([7]) });
    assert.match(again.KeyId, new RegExp(second));
  });

  test('a second create does not overwrite', async () => {
    const kms = await newKms();
    const [first, second] = [await newKey(kms), await newKey(kms)];
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: first });
    await assertFails(
      kms.createAlias({ AliasName: 'alias/a', TargetKeyId: second }),
      'AlreadyExistsException',
      'An alias with the name arn:aws:kms:us-east-1:000000000000:alias/a already exists',
    );
    assert.equal((await kms.describeKey({ KeyId: 'alias/a' })).KeyMetadata.KeyId, first);
  });

  test('of concurrent creates one wins', async () => {
    const kms = await newKms();
    const keys = await Promise.all(Array.from({ length: 5 }, () => newKey(kms)));
    const results = await Promise.allSettled(
      keys.map((TargetKeyId) => kms.createAlias({ AliasName: 'alias/a', TargetKeyId })),
    );
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await kms.describeKey({ KeyId: 'alias/a' })).KeyMetadata.KeyId, keys[winner]);
  });

  test('have names that follow the rules', async () => {
    const kms = await newKms();
    const TargetKeyId = await newKey(kms);
    await assertFails(kms.createAlias({ AliasName: 'notes', TargetKeyId }), 'ValidationException', prefixText);
    await assertFails(kms.createAlias({ AliasName: 'alias/aws/s3', TargetKeyId }), 'NotAuthorizedException');
    await assertFails(
      kms.createAlias({ AliasName: 'alias/a:b', TargetKeyId }),
      'ValidationException',
      'alias/a:b contains invalid characters for an alias',
    );
    await assertFails(
      kms.createAlias({ AliasName: 'alias/ä', TargetKeyId }),
      'ValidationException',
      /satisfy regular expression pattern/,
    );
    await assertFails(
      kms.createAlias({ AliasName: `alias/${'x'.repeat(251)}`, TargetKeyId }),
      'ValidationException',
      /less than or equal to 256/,
    );
    await assertFails(
      kms.createAlias({ AliasName: 'alias/a', TargetKeyId: 'alias/b' }),
      'ValidationException',
      'Aliases must refer to keys. Not aliases',
    );
    await assertFails(
      kms.createAlias({ AliasName: 'alias/a', TargetKeyId: 'x' }),
      'NotFoundException',
      "Invalid keyId 'x'",
    );
    await assertFails(kms.deleteAlias({ AliasName: 'notes' }), 'ValidationException', 'Invalid identifier');
    assert.deepEqual((await kms.listAliases()).Aliases, []);
  });

  test('are at most 50 for a key, and come in pages', async () => {
    const kms = await newKms();
    const TargetKeyId = await newKey(kms);
    for (let i = 0; i < 50; i++) await kms.createAlias({ AliasName: `alias/${i}`, TargetKeyId });
    await assertFails(kms.createAlias({ AliasName: 'alias/more', TargetKeyId }), 'LimitExceededException');
    for (const KeyId of [undefined, TargetKeyId]) {
      const names: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await kms.listAliases({ KeyId, Limit: 20, Marker });
        names.push(...page.Aliases.map(({ AliasName }) => AliasName));
        Marker = page.NextMarker;
      } while (Marker);
      assert.equal(names.length, 50);
      assert.deepEqual(names, [...new Set(names)].sort());
    }
  });
});
