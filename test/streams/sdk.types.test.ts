// The aggregated client of the AWS SDK fits where streams ask for a key management service. Checked by the compiler.
import type { KMS } from '@aws-sdk/client-kms';
import { assert } from 'chai';
import { test } from 'vitest';
import type { DataKeyMaker, DataKeyOpener, DataKeyRewrapper } from '../../src/streams/index.ts';

test('the AWS client can make, open and rewrap the data keys of streams', () => {
  const accepts = (maker: DataKeyMaker, opener: DataKeyOpener, rewrapper: DataKeyRewrapper): boolean =>
    [maker, opener, rewrapper].length === 3;
  const call = (client: KMS): boolean => accepts(client, client, client);
  assert.isFunction(call);
});
