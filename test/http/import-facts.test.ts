// What AWS KMS answers about imported key material, as recorded from it: names and texts to the letter.
import { assert } from 'chai';
import { beforeAll, describe, test } from 'vitest';
import { fromBase64, toBase64 } from '../../src/formats/bytes.ts';
import { type Bytes, random } from '../support/bytes.ts';
import { forGood, wrap } from '../support/imports.ts';
import { day } from '../support/kms.ts';
import { error, openWire, type Reply } from '../support/wire.ts';

let wire: Awaited<ReturnType<typeof openWire>>;
beforeAll(async () => {
  wire = await openWire();
});

const WrappingAlgorithm = 'RSAES_OAEP_SHA_256';
const newExternal = (input: object = {}) => wire.newKey({ Origin: 'EXTERNAL', ...input });
const newMacKey = () => newExternal({ KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' });

/** The request of ImportKeyMaterial. */
async function given(KeyId: string, material: Bytes, options: object = forGood, region?: string): Promise<Reply> {
  const parameters = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' };
  const { ImportToken, PublicKey } = await wire.ok('GetParametersForImport', parameters, region);
  const wrapped = await wrap(fromBase64(PublicKey as string) as Bytes, WrappingAlgorithm, material);
  return { KeyId, ImportToken, EncryptedKeyMaterial: toBase64(wrapped), ...options };
}

const imported = async (KeyId: string, material: Bytes, options: object = forGood) =>
  (await wire.ok('ImportKeyMaterial', await given(KeyId, material, options)))['KeyMaterialId'] as string;
const describeKey = async (KeyId: string) => (await wire.ok('DescribeKey', { KeyId }))['KeyMetadata'] as Reply;

describe('GetParametersForImport', () => {
  for (const [spec, algorithm, input] of [
    ['SYMMETRIC_DEFAULT', 'RSAES_PKCS1_V1_5', {}],
    ['SYMMETRIC_DEFAULT', 'RSA_AES_KEY_WRAP_SHA_256', {}],
    ['RSA_2048', 'RSAES_OAEP_SHA_256', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }],
  ] as const)
    test(`does not give ${algorithm} for ${spec}`, async () => {
      const call = { KeyId: await newExternal(input), WrappingAlgorithm: algorithm, WrappingKeySpec: 'RSA_2048' };
      const text = `Wrapping algorithm ${algorithm} and wrapping key spec RSA_2048 cannot be used to import a ${spec} key.`;
      await wire.fails('GetParametersForImport', call, error('ValidationException', text));
    });
});

describe('ImportKeyMaterial', () => {
  test('takes dates of the year to come', async () => {
    const KeyId = await newExternal();
    const now = wire.clock.now / 1000;
    for (const [options, text] of [
      [{ ValidTo: now - 60 }, 'ValidTo must be in the future'],
      [{ ValidTo: now + 366 * 86_400 }, 'ValidTo must be less than 365 days in the future'],
      [
        { ...forGood, ValidTo: now + 60 },
        'A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
      ],
    ] as const) {
      const call = await given(KeyId, random(32), options);
      await wire.fails('ImportKeyMaterial', call, error('ValidationException', text));
    }
  });

  test('says nothing of material of a wrong length, and of tokens of other keys', async () => {
    const KeyId = await newExternal();
    const short = await given(KeyId, random(31));
    await wire.fails('ImportKeyMaterial', short, error('InvalidCiphertextException'));
    const other = { ...(await given(await newExternal(), random(32))), KeyId };
    await wire.fails('ImportKeyMaterial', other, error('InvalidImportTokenException'));
    const mac = await given(await newMacKey(), random(27));
    await wire.fails('ImportKeyMaterial', mac, error('InvalidCiphertextException'));
  });

  test('names the material that it expects, and new material that it knows', async () => {
    const KeyId = await newExternal();
    const [one, two] = [random(32), random(32)];
    const first = await imported(KeyId, one);
    const asNew = { ...forGood, ImportType: 'NEW_KEY_MATERIAL' };
    const second = await imported(KeyId, two, asNew);
    const expected = (id: string) =>
      error('IncorrectKeyMaterialException', `Imported key material does not have the expected identifier (${id}).`);
    const known = (id: string) =>
      error(
        'IncorrectKeyMaterialException',
        `Key material (id: ${id}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${KeyId}.`,
      );
    const none = '0'.repeat(64);
    await wire.fails('ImportKeyMaterial', await given(KeyId, random(32)), expected(first));
    const named = await given(KeyId, one, { ...forGood, KeyMaterialId: none });
    await wire.fails('ImportKeyMaterial', named, expected(none));
    await wire.fails('ImportKeyMaterial', await given(KeyId, one, asNew), known(first));
    await wire.fails('ImportKeyMaterial', await given(KeyId, two, asNew), known(second));
    const both = await given(KeyId, one, { ...asNew, KeyMaterialId: first });
    const text = 'Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.';
    await wire.fails('ImportKeyMaterial', both, error('ValidationException', text));
    const unknown = `Key material (id: ${none}) has never been imported into KMS key ${KeyId}.`;
    const removal = { KeyId, KeyMaterialId: none };
    await wire.fails('DeleteImportedKeyMaterial', removal, error('ValidationException', unknown));
  });

  test('takes no more than the material for keys that are not symmetric', async () => {
    const KeyId = await newMacKey();
    for (const [member, value] of [
      ['importType', 'EXISTING_KEY_MATERIAL'],
      ['keyMaterialId', '0'.repeat(64)],
      ['keyMaterialDescription', 'text'],
    ] as const) {
      const call = await given(KeyId, random(28), {
        ...forGood,
        [member.replace(/^./, (a) => a.toUpperCase())]: value,
      });
      const text = `Input parameter ${member} cannot be used with HMAC_224 imported keys.`;
      await wire.fails('ImportKeyMaterial', call, error('ValidationException', text));
    }
  });

  test('enables a key that was disabled', async () => {
    const KeyId = await newExternal();
    const material = random(32);
    await imported(KeyId, material);
    await wire.ok('DisableKey', { KeyId });
    await imported(KeyId, material);
    assert.equal((await describeKey(KeyId))['KeyState'], 'Enabled');
  });
});

describe('a key that waits for material', () => {
  test('has no date of expiry', async () => {
    const KeyId = await newExternal();
    const [one, two] = [random(32), random(32)];
    const first = await imported(KeyId, one, { ValidTo: wire.clock.now / 1000 + day / 1000 });
    assert.equal((await describeKey(KeyId))['ExpirationModel'], 'KEY_MATERIAL_EXPIRES');
    await imported(KeyId, two, { ...forGood, ImportType: 'NEW_KEY_MATERIAL' });
    await wire.ok('RotateKeyOnDemand', { KeyId });
    await wire.ok('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: first });
    const metadata = await describeKey(KeyId);
    assert.equal(metadata['KeyState'], 'PendingImport');
    assert.notProperty(metadata, 'ExpirationModel');
    assert.notProperty(metadata, 'ValidTo');
  });
});

describe('replicas', () => {
  test('take the material of the primary, and wait for it', async () => {
    const KeyId = await newExternal({ MultiRegion: true });
    const replica = KeyId.replace('us-east-1', 'us-west-2');
    const [one, two] = [random(32), random(32)];
    await imported(KeyId, one);
    const reply = await wire.ok('ReplicateKey', { KeyId, ReplicaRegion: 'us-west-2' });
    assert.include(reply['ReplicaKeyMetadata'], { KeyState: 'Creating', ...forGood });
    const { KeyMetadata: waiting } = await wire.ok('DescribeKey', { KeyId: replica }, 'us-west-2');
    assert.equal((waiting as Reply)['KeyState'], 'PendingImport');
    assert.notProperty(waiting, 'ExpirationModel');
    for (const [options, text] of [
      [
        { ImportType: 'NEW_KEY_MATERIAL' },
        'Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys',
      ],
      [
        { KeyMaterialDescription: 'text' },
        'Key material description can only be specified on primary Multi-Region keys',
      ],
    ] as const) {
      const call = await given(replica, one, { ...forGood, ...options }, 'us-west-2');
      await wire.fails('ImportKeyMaterial', call, error('ValidationException', text), 'us-west-2');
    }
    await imported(KeyId, two, { ...forGood, ImportType: 'NEW_KEY_MATERIAL' });
    const text =
      'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.';
    await wire.fails('RotateKeyOnDemand', { KeyId }, error('KMSInvalidStateException', text));
  });
});
