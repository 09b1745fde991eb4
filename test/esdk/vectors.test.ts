// All vectors of the AWS Encryption SDK: real messages of other SDKs, known answers, and messages to refuse. Each is read whole and
// as a stream, in pieces that fit nothing.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type DecryptStreamOptions, decrypt, decryptStream, type Keyring } from '../../src/esdk/index.ts';
import { KmsError } from '../../src/index.ts';
import { drain, streamOf } from '../streams/flows.ts';
import { type Bytes, fromHex, toHex } from '../support/bytes.ts';
import kept from '../vectors/esdk.json' with { type: 'json' };
import { sharedVectors, vectorsAreAbsent } from '../vectors/load.ts';
import { aesKeyring, fromBase64, type KeyringSpec, keyringOf } from './keys.ts';

const readAll = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const lengths = [1, 2, 3, 700, 64, 5000];

async function streamed(keyring: Keyring, message: Bytes, options: DecryptStreamOptions) {
  const { readable, writable, header } = decryptStream(keyring, options);
  const { pieces, error } = await drain(streamOf(message, lengths).pipeThrough({ readable, writable }));
  return { pieces, error, header };
}

async function assertOpens(
  keyring: Keyring,
  message: Bytes,
  encryptionContext: Record<string, string>,
  plaintext: Bytes,
): Promise<void> {
  const options = { ...readAll, encryptionContext };
  const whole = await decrypt(keyring, message, options);
  assert.deepEqual(whole.plaintext, plaintext);
  const { pieces, error, header } = await streamed(keyring, message, options);
  assert.isUndefined(error);
  assert.deepEqual(pieces, plaintext);
  assert.deepEqual((await header).encryptionContext, whole.encryptionContext);
}

/** Refused whole with the one error; as a stream with it or as cut short, and nothing but a beginning comes out. */
async function assertRefused(
  keyring: Keyring,
  message: Bytes,
  encryptionContext: Record<string, string>,
): Promise<void> {
  const options = { ...readAll, encryptionContext };
  const error = await decrypt(keyring, message, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instanceOf(error, KmsError);
  assert.propertyVal(error, 'name', 'InvalidCiphertextException');
  const stream = await streamed(keyring, message, options);
  assert.include(['InvalidCiphertextException', 'StreamTruncated'], (stream.error as Error | undefined)?.name);
}

interface RealCase {
  id: string;
  suite: string;
  expect: 'plaintext' | 'reject';
  keyrings: KeyringSpec[];
  headerContext: Record<string, string>;
  authenticatedOnlyContext: Record<string, string>;
  plaintext: string;
  message: string;
}

interface KnownAnswer {
  id: string;
  suite: string;
  wrappingKey: string;
  keyNamespace: string;
  keyName: string;
  encryptionContext: Record<string, string>;
  authenticatedOnlyContext: Record<string, string>;
  plaintext: string;
  message: string;
}

/** The plaintexts are files beside the vectors; their digests are kept here, because a browser cannot read them. */
const digests: Record<string, string> = {
  'plaintext-small-net.bin': '2ecdb24688da7c013794f1e546d9527863eb5bd985ddcce303ecf75a796705f6',
  'plaintext-small-dafny.bin': '98aeb686510d77a88cf346de1e4a58ba3c69d57f35f4a612cda6ffe1e06b6248',
};
const digest = async (bytes: Bytes): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));

describe('the vectors that the project keeps', () => {
  for (const each of kept.valid as (Omit<KnownAnswer, 'authenticatedOnlyContext'> & {
    authenticatedOnlyContext: object;
  })[])
    test(`${each.id} opens`, async () => {
      const keyring = aesKeyring(each.wrappingKey, each.keyNamespace, each.keyName);
      const supplied = each.authenticatedOnlyContext as Record<string, string>;
      await assertOpens(keyring, fromHex(each.message), supplied, fromHex(each.plaintext));
    });

  for (const each of kept.invalid)
    test(`${each.id} is refused: ${each.reason}`, async () => {
      await assertRefused(aesKeyring(each.wrappingKey, each.keyNamespace, each.keyName), fromHex(each.message), {});
    });
});

describe('messages of other SDKs', () => {
  for (const file of ['net-4.0.1', 'net-4.0.0', 'dafny-4.1.0']) {
    test(`${file}: open, or are refused where the file says so`, async ({ skip }) => {
      const { cases } = (await sharedVectors<{ cases: RealCase[] }>(`esdk/${file}.json`)) ?? skip(vectorsAreAbsent);
      for (const each of cases) {
        const keyring = await keyringOf(each.keyrings);
        const message = fromBase64(each.message);
        if (each.expect === 'reject') {
          await assertRefused(keyring, message, each.authenticatedOnlyContext);
          continue;
        }
        const options = { ...readAll, encryptionContext: each.authenticatedOnlyContext };
        const { plaintext, encryptionContext, suiteId } = await decrypt(keyring, message, options);
        assert.equal(await digest(plaintext), digests[each.plaintext], each.id);
        assert.equal(suiteId, Number.parseInt(each.suite, 16));
        assert.deepOwnInclude({ ...encryptionContext }, { ...each.headerContext, ...each.authenticatedOnlyContext });
        await assertOpens(keyring, message, each.authenticatedOnlyContext, plaintext);
      }
    }, 120_000);
  }

  test('known answers open', async ({ skip }) => {
    const { cases } =
      (await sharedVectors<{ cases: KnownAnswer[] }>('esdk/known-answer.json')) ?? skip(vectorsAreAbsent);
    for (const each of cases) {
      const keyring = aesKeyring(each.wrappingKey, each.keyNamespace, each.keyName);
      const plaintext = fromHex(each.plaintext);
      await assertOpens(keyring, fromHex(each.message), each.authenticatedOnlyContext, plaintext);
      await assertOpens(
        keyring,
        fromHex(each.message),
        { ...each.encryptionContext, ...each.authenticatedOnlyContext },
        plaintext,
      );
    }
  }, 60_000);

  test('every message to refuse is refused', async ({ skip }) => {
    const { cases } = (await sharedVectors<{ cases: KnownAnswer[] }>('esdk/negative.json')) ?? skip(vectorsAreAbsent);
    for (const each of cases)
      await assertRefused(aesKeyring(each.wrappingKey, each.keyNamespace, each.keyName), fromHex(each.message), {});
  }, 60_000);
});
