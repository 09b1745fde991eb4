// Callers' mistakes and races (threat model, items 24, 25): inputs are copied before the first await, and members are read
// once, as own properties.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

describe('inputs', () => {
  test('may be changed right after the call', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const input = { KeyId, Plaintext: utf8('secret'), EncryptionContext: { a: '1' } as Record<string, string> };
    const sealing = kms.encrypt(input);
    input.Plaintext.fill(0);
    input.EncryptionContext['a'] = '2';
    input.EncryptionContext['b'] = '3';
    input.KeyId = 'nope';
    const { CiphertextBlob } = await sealing;
    const expected = {
      CiphertextBlob: new Uint8Array(CiphertextBlob),
      EncryptionContext: { a: '1' } as Record<string, string>,
    };
    const opening = kms.decrypt(expected);
    expected.CiphertextBlob.fill(0);
    expected.EncryptionContext['a'] = '9';
    assert.deepEqual((await opening).Plaintext, utf8('secret'));

    const tags = [{ TagKey: 'a', TagValue: '1' }];
    const tagging = kms.tagResource({ KeyId, Tags: tags });
    tags.push({ TagKey: 'b', TagValue: '2' });
    (tags[0] as { TagValue: string }).TagValue = 'changed';
    await tagging;
    assert.deepEqual((await kms.listResourceTags({ KeyId })).Tags, [{ TagKey: 'a', TagValue: '1' }]);
  });

  test('are left as they were', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const Plaintext = utf8('secret');
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    assert.deepEqual(Plaintext, utf8('secret'));
    const copy = new Uint8Array(CiphertextBlob);
    await kms.decrypt({ CiphertextBlob });
    assert.deepEqual(CiphertextBlob, copy);
  });

  test('have each member read once', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const reads: Record<string, number> = {};
    const counted = <T extends object>(members: T): T => {
      const object = {} as T;
      for (const [name, value] of Object.entries(members)) {
        Object.defineProperty(object, name, {
          enumerable: true,
          get: () => {
            reads[name] = (reads[name] ?? 0) + 1;
            return value;
          },
        });
      }
      return object;
    };
    await kms.encrypt(
      counted({ KeyId, Plaintext: utf8('x'), EncryptionContext: counted({ a: '1' }), GrantTokens: [] }),
    );
    await kms.tagResource(counted({ KeyId, Tags: [counted({ TagKey: 'a', TagValue: '' })] }));
    assert.deepEqual(reads, {
      KeyId: 2,
      Plaintext: 1,
      EncryptionContext: 1,
      a: 1,
      GrantTokens: 1,
      Tags: 1,
      TagKey: 1,
      TagValue: 1,
    });
  });

  test('work as views with offsets, as Buffers, and over shared memory', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const large = utf8('..secret..');
    const views: Uint8Array[] = [large.subarray(2, 8)];
    if (typeof SharedArrayBuffer !== 'undefined') {
      const shared = new Uint8Array(new SharedArrayBuffer(6));
      shared.set(utf8('secret'));
      views.push(shared);
    }
    const { Buffer } = globalThis as { Buffer?: { from(text: string): Uint8Array } };
    if (Buffer) views.push(Buffer.from('secret'));
    for (const Plaintext of views) {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, utf8('secret'));
    }
  });

  test('that are detached are refused', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const Plaintext = utf8('secret');
    structuredClone(Plaintext, { transfer: [Plaintext.buffer] });
    await assertFails(kms.encrypt({ KeyId, Plaintext }), 'ValidationException', /greater than or equal to 1/);
  });
});
