// The aggregated client of the AWS SDK, and our own service, fit where a KMS keyring asks for a client. Checked by the compiler.
import type { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { test } from 'vitest';
import { type KmsClient, kmsKeyring } from '../../src/esdk/index.ts';
import type { Kms } from '../../src/index.ts';

test('both clients fit', () => {
  const accepts = (client: KMS, kms: Kms): readonly KmsClient[] => [client, kms];
  const builds = (client: KMS) =>
    kmsKeyring({ client: (region) => (region === 'x' ? client : undefined), discovery: true });
  assert.lengthOf([accepts, builds], 2);
});
