// Custom key stores: there are none, and every operation says so in the words of AWS.
import { assert } from 'chai';
import { test } from 'vitest';
import { assertFails } from '../support/errors.ts';
import { newKms } from '../support/kms.ts';

test('custom key stores are none, and cannot be made', async () => {
  const kms = await newKms();
  const { CustomKeyStores, Truncated } = await kms.describeCustomKeyStores();
  assert.deepEqual([CustomKeyStores, Truncated], [[], false]);
  const CustomKeyStoreId = 'cks-1234567890abcdef0';
  for (const call of [
    kms.connectCustomKeyStore,
    kms.disconnectCustomKeyStore,
    kms.updateCustomKeyStore,
    kms.deleteCustomKeyStore,
    kms.describeCustomKeyStores,
  ]) {
    await assertFails(call.call(kms, { CustomKeyStoreId }), 'CustomKeyStoreNotFoundException');
  }
  await assertFails(kms.describeCustomKeyStores({ CustomKeyStoreName: 'a' }), 'CustomKeyStoreNotFoundException');
  for (const Origin of ['AWS_KMS', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const)
    await assertFails(kms.createKey({ CustomKeyStoreId, Origin }), 'CustomKeyStoreNotFoundException');
  await assertFails(kms.createCustomKeyStore({ CustomKeyStoreName: 'a' }), 'ValidationException');
  await assertFails(
    kms.createCustomKeyStore({
      CustomKeyStoreName: 'a',
      CloudHsmClusterId: 'cluster-abcdefgh234',
      TrustAnchorCertificate: 'certificate',
      KeyStorePassword: 'password',
    }),
    'CloudHsmClusterNotFoundException',
  );
  await assertFails(
    kms.createCustomKeyStore({
      CustomKeyStoreName: 'a',
      CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
      XksProxyUriEndpoint: 'https://example.com',
      XksProxyUriPath: '/kms/xks/v1',
      XksProxyConnectivity: 'PUBLIC_ENDPOINT',
      XksProxyAuthenticationCredential: { AccessKeyId: 'A'.repeat(20), RawSecretAccessKey: 'a'.repeat(43) },
    }),
    'XksProxyUriUnreachableException',
  );
});
