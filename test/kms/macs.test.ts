import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { MacAlgorithm } from '../../src/index.ts';
import { flipBit, random } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { ofUsage } from '../support/kinds.ts';
import { newKey, newKms } from '../support/kms.ts';

describe('GenerateMac and VerifyMac', () => {
  test('give one MAC for one message, and refuse every other', async () => {
    const kms = await newKms();
    for (const kind of ofUsage('GENERATE_VERIFY_MAC')) {
      const { KeyMetadata: key } = await kms.createKey(kind);
      const bits = Number(kind.KeySpec.slice(5));
      const call = { KeyId: key.KeyId, Message: random(4096), MacAlgorithm: `HMAC_SHA_${bits}` as MacAlgorithm };
      const { Mac, KeyId, MacAlgorithm } = await kms.generateMac(call);
      assert.deepEqual([Mac.length, KeyId, MacAlgorithm], [bits / 8, key.Arn, call.MacAlgorithm]);
      assert.deepEqual((await kms.generateMac(call)).Mac, Mac);
      const verified = await kms.verifyMac({ ...call, Mac });
      assert.deepEqual([verified.MacValid, verified.KeyId], [true, key.Arn]);
      for (const changed of [
        { Mac: flipBit(Mac, 3) },
        { Mac: Mac.slice(0, -1) },
        { Mac: Uint8Array.from([...Mac, 0]) },
        { Message: flipBit(call.Message, 0) },
        { KeyId: await newKey(kms, kind) },
      ]) {
        await assertFails(
          kms.verifyMac({ ...call, Mac, ...changed }),
          'KMSInvalidMacException',
          'The MAC is not valid for this key and message.',
        );
      }
    }
  });

  test('take the one algorithm of the key', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const call = { KeyId, Message: random(1), MacAlgorithm: 'HMAC_SHA_384' } as const;
    const text = 'Algorithm HMAC_SHA_384 is incompatible with key spec HMAC_256.';
    await assertFails(kms.generateMac(call), 'InvalidKeyUsageException', text);
    await assertFails(kms.verifyMac({ ...call, Mac: random(1) }), 'InvalidKeyUsageException', text);
    await assertFails(kms.generateMac({ ...call, Message: random(4097) }), 'ValidationException', /'message'/);
  });

  test('DryRun ends where the call would have succeeded', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const call = { KeyId, Message: random(1), MacAlgorithm: 'HMAC_SHA_224' } as const;
    const { Mac } = await kms.generateMac(call);
    await assertFails(kms.generateMac({ ...call, DryRun: true }), 'DryRunOperationException');
    await assertFails(kms.verifyMac({ ...call, Mac, DryRun: true }), 'DryRunOperationException');
    await assertFails(kms.verifyMac({ ...call, Mac: random(28), DryRun: true }), 'KMSInvalidMacException');
  });
});
