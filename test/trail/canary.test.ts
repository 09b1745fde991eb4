// No secret gets into the trail (threat model, item 28): all operations there are, right and wrong, with canaries for plaintexts,
// messages, material, passwords and tokens; then the rows and the records are searched for them and for everything that came back.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { toBase64 } from '../../src/formats/base64.ts';
import { operationNames } from '../../src/http/operations.ts';
import { type Kms, openKms } from '../../src/index.ts';
import { operations } from '../../src/trail/operations.ts';
import { random, toHex, utf8 } from '../support/bytes.ts';
import { importInto } from '../support/imports.ts';
import { newKey, newStore } from '../support/kms.ts';

const canary = (name: string): Uint8Array<ArrayBuffer> => utf8(`CANARY-${name}-${toHex(random(8))}`);

/** Secrets of a run: what went in, and every byte string and token that came back. */
class Secrets {
  readonly #all = new Map<string, string>();
  readonly bytes = (name: string): Uint8Array<ArrayBuffer> => this.keep(name, canary(name));
  keep<T extends Uint8Array | string>(name: string, secret: T): T {
    const bytes: Uint8Array = typeof secret === 'string' ? utf8(secret) : (secret as Uint8Array);
    const texts = [toHex(bytes), toBase64(bytes), bytes.join(',')];
    if (typeof secret === 'string') texts.push(secret);
    else if (new TextDecoder().decode(bytes).startsWith('CANARY')) texts.push(new TextDecoder().decode(bytes));
    // Short ones are found by accident.
    for (const text of texts) if (text.length >= 16) this.#all.set(text, name);
    return secret;
  }
  keepReply(operation: string, reply: object): void {
    for (const [name, value] of Object.entries(reply)) {
      if (value instanceof Uint8Array) this.keep(`${operation}.${name}`, value);
      if (name === 'GrantToken') this.keep(`${operation}.${name}`, value as string);
    }
  }
  in(text: string): string[] {
    return [...this.#all].filter(([secret]) => text.includes(secret)).map(([, name]) => name);
  }
}

/** Calls every operation, notes its replies, and lets it fail where it may. */
async function useEverything(kms: Kms, secrets: Secrets): Promise<void> {
  type Methods = Record<string, (input: object) => Promise<object>>;
  const call = async (operation: string, input: object): Promise<Record<string, Uint8Array<ArrayBuffer> & string>> => {
    const method = operation.charAt(0).toLowerCase() + operation.slice(1);
    try {
      const reply = await (kms as unknown as Methods)[method]?.(input);
      secrets.keepReply(operation, reply ?? {});
      return (reply ?? {}) as never;
    } catch {
      return {};
    }
  };
  const KeyId = await newKey(kms, { MultiRegion: true });
  const context = { EncryptionContext: { shown: 'yes' } };
  const wrongToken = { GrantTokens: [secrets.keep('grant token', new TextDecoder().decode(canary('grant-token')))] };
  const GranteePrincipal = 'arn:aws:iam::000000000000:user/bob';

  const sealed = await call('Encrypt', { KeyId, Plaintext: secrets.bytes('plaintext'), ...context });
  await call('Encrypt', { KeyId, Plaintext: secrets.bytes('plaintext-of-refused'), ...wrongToken });
  await call('Encrypt', {
    KeyId: 'x'.repeat(3000),
    Plaintext: secrets.bytes('plaintext-of-invalid'),
    GrantTokens: ['t'.repeat(9000)],
  });
  await call('Decrypt', { CiphertextBlob: sealed['CiphertextBlob'], ...context });
  await call('Decrypt', { CiphertextBlob: secrets.bytes('ciphertext'), ...context });
  await call('ReEncrypt', {
    CiphertextBlob: sealed['CiphertextBlob'],
    SourceEncryptionContext: { shown: 'yes' },
    DestinationKeyId: KeyId,
  });
  await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
  await call('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' });
  await call('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' });
  await call('GenerateDataKeyPairWithoutPlaintext', { KeyId, KeyPairSpec: 'ECC_NIST_P256' });
  await call('GenerateRandom', { NumberOfBytes: 32 });

  const signer = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const signing = { KeyId: signer, SigningAlgorithm: 'ECDSA_SHA_256', Message: secrets.bytes('message') };
  const { Signature } = await call('Sign', signing);
  await call('Verify', { ...signing, Signature });
  await call('Verify', { ...signing, Signature: secrets.bytes('signature') });
  await call('GetPublicKey', { KeyId: signer });
  const macKey = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const macing = { KeyId: macKey, MacAlgorithm: 'HMAC_SHA_256', Message: secrets.bytes('mac-message') };
  const { Mac } = await call('GenerateMac', macing);
  await call('VerifyMac', { ...macing, Mac });
  const agreement = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const { PublicKey } = await kms.getPublicKey({ KeyId: agreement });
  await call('DeriveSharedSecret', { KeyId: agreement, KeyAgreementAlgorithm: 'ECDH', PublicKey });
  const kem = await newKey(kms, { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
  const kemming = { KeyId: kem, EncapsulationAlgorithm: 'ML_KEM_512' };
  const { SharedSecretCiphertextBlob } = await call('Encapsulate', kemming);
  await call('Decapsulate', { ...kemming, SharedSecretCiphertextBlob });

  const external = await newKey(kms, { Origin: 'EXTERNAL' });
  const { ImportToken } = await call('GetParametersForImport', {
    KeyId: external,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  });
  const importing = { KeyId: external, ImportToken, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
  await call('ImportKeyMaterial', { ...importing, EncryptedKeyMaterial: secrets.bytes('wrapped-material') });
  const material = secrets.keep('material', random(32));
  await importInto(kms, external, material);
  await call('DeleteImportedKeyMaterial', { KeyId: external });

  const granting = { KeyId, GranteePrincipal, Operations: ['Encrypt'], RetiringPrincipal: GranteePrincipal };
  const { GrantId, GrantToken } = await call('CreateGrant', granting);
  await call('Encrypt', { KeyId, Plaintext: utf8('x'), GrantTokens: [GrantToken] });
  await call('ListGrants', { KeyId });
  await call('ListRetirableGrants', { RetiringPrincipal: GranteePrincipal });
  await call('RetireGrant', { GrantToken });
  await call('RetireGrant', { GrantToken: secrets.keep('token', new TextDecoder().decode(canary('retire-token'))) });
  await call('RevokeGrant', { KeyId, GrantId });

  const password = secrets.keep('password', 'CANARYpassword123');
  const xks = {
    AccessKeyId: 'ABCDEFGHIJKLMNOPQRST',
    RawSecretAccessKey: secrets.keep('xks', 'CANARY0123456789012345678901234567890123456789'),
  };
  const CustomKeyStoreId = 'cks-1234567890abcdef0';
  await call('CreateCustomKeyStore', {
    CustomKeyStoreName: 'store',
    KeyStorePassword: password,
    CloudHsmClusterId: 'cluster-1a23b4cdefg',
    TrustAnchorCertificate: 'certificate',
  });
  await call('CreateCustomKeyStore', {
    CustomKeyStoreName: 'proxy',
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyAuthenticationCredential: xks,
  });
  await call('UpdateCustomKeyStore', {
    CustomKeyStoreId,
    KeyStorePassword: password,
    XksProxyAuthenticationCredential: xks,
  });
  for (const name of ['Connect', 'Disconnect', 'Delete']) await call(`${name}CustomKeyStore`, { CustomKeyStoreId });
  await call('DescribeCustomKeyStores', {});

  await call('CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId });
  await call('UpdateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId });
  await call('ListAliases', {});
  await call('DeleteAlias', { AliasName: 'alias/a' });
  await call('TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] });
  await call('ListResourceTags', { KeyId });
  await call('UntagResource', { KeyId, TagKeys: ['a'] });
  const { Policy } = await call('GetKeyPolicy', { KeyId });
  await call('PutKeyPolicy', { KeyId, Policy });
  await call('EnableKeyRotation', { KeyId });
  await call('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' });
  await call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: 'eu-west-1' });
  for (const name of ['DescribeKey', 'GetKeyLastUsage', 'GetKeyRotationStatus', 'ListKeyPolicies', 'ListKeyRotations'])
    await call(name, { KeyId });
  for (const name of [
    'DisableKeyRotation',
    'RotateKeyOnDemand',
    'DisableKey',
    'EnableKey',
    'ScheduleKeyDeletion',
    'CancelKeyDeletion',
  ])
    await call(name, { KeyId: signer });
  await call('UpdateKeyDescription', { KeyId, Description: 'd' });
  await call('ListKeys', {});
  await call('CreateKey', {});
}

describe('the trail', () => {
  test('has a row for each operation there is', () => {
    assert.deepEqual(Object.keys(operations).sort(), [...operationNames].sort());
  });

  test('holds no plaintext, key, ciphertext or token, whatever is called', { timeout: 60_000 }, async () => {
    const store = newStore();
    const kms = await openKms({ store, trailRetention: { records: Number.POSITIVE_INFINITY } });
    const secrets = new Secrets();
    await useEverything(kms, secrets);
    await kms.trail.flush();
    const rows = (await store.list('trail', { limit: 1000 })).map(({ value }) => new TextDecoder().decode(value));
    const records: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await kms.trail.lookup({ NextToken });
      records.push(...page.Events.map((event) => JSON.stringify(event)));
      NextToken = page.NextToken;
    } while (NextToken);
    const named = new Set(rows.flatMap((row) => [...row.matchAll(/"name":"(\w+)"/g)].map(([, name]) => name)));
    assert.deepEqual(
      operationNames.filter((name) => !named.has(name)),
      [],
      'every operation was called',
    );
    for (const text of [...rows, ...records]) {
      assert.deepEqual(secrets.in(text), []);
      assert.notInclude(text, 'CANARY');
    }
    // The search finds what is there.
    assert.isTrue(rows.some((row) => row.includes('"shown"')));
    assert.deepEqual(secrets.in(JSON.stringify({ password: 'CANARYpassword123' })), ['password']);
    assert.isTrue((await kms.trail.verify()).isIntact);
  });
});
