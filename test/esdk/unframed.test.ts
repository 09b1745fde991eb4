// A body without frames, as old writers make it, is held until its tag is checked: what may be held is the reader's to say.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openContentKey } from '../../src/esdk/content-key.ts';
import { type DecryptStreamOptions, decryptStream, type Keyring } from '../../src/esdk/index.ts';
import { concat } from '../../src/formats/bytes.ts';
import { BodyAad } from '../../src/formats/esdk/frames.ts';
import { encodeHeaderAuthentication, encodeHeaderBody, headerIv } from '../../src/formats/esdk/header.ts';
import { type AlgorithmSuite, suiteOf } from '../../src/formats/esdk/suites.ts';
import { drain, streamOf } from '../streams/flows.ts';
import { type Bytes, random } from '../support/bytes.ts';

const dataKey = random(32);
const encryptedDataKeys = [{ providerId: 'own', providerInfo: random(1), ciphertext: random(8) }];
const keyring: Keyring = {
  generateDataKey: async () => ({ dataKey: dataKey.slice(), encryptedDataKeys }),
  wrapDataKey: async () => [],
  async *unwrapDataKeys() {
    yield dataKey.slice();
  },
};

/** A message without frames. @param claimed the length that it says it has */
async function unframed(plaintext: Bytes, claimed: number = plaintext.length): Promise<Bytes> {
  const suite = suiteOf(0x0478) as AlgorithmSuite;
  const messageId = random(32);
  const { cipher, commitKey } = await openContentKey(suite, dataKey.slice(), messageId, plaintext.length);
  const fields = { suite, messageId, encryptedDataKeys, frameLength: undefined, commitKey };
  const body = encodeHeaderBody(fields, new Uint8Array(0));
  const tag = new Uint8Array(16);
  const sealed = new Uint8Array(plaintext.length + 16);
  const iv = random(12);
  const aad = new BodyAad(messageId).writer(1)('block', 1, plaintext.length);
  await cipher.seal([
    { iv: headerIv, aad: body, data: new Uint8Array(0), into: tag },
    { iv, aad, data: plaintext, into: sealed },
  ]);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(claimed));
  return concat(body, encodeHeaderAuthentication(suite, tag), iv, length, sealed);
}

const read = (message: Bytes, options: DecryptStreamOptions = {}) =>
  drain(streamOf(message, [100, 100, message.length]).pipeThrough(decryptStream(keyring, options)));

describe('a message without frames', () => {
  test('comes out where it may be held, and is refused by name where it is longer', async () => {
    const plaintext = random(1000);
    const message = await unframed(plaintext);
    for (const options of [{}, { maxHeldLength: 1000 }])
      assert.deepEqual(await read(message, options), { pieces: plaintext, error: undefined });
    for (const maxHeldLength of [1, 999]) {
      const { pieces, error } = await read(message, { maxHeldLength });
      assert.lengthOf(pieces, 0);
      assert.propertyVal(error, 'name', 'MessageRefused');
      assert.match((error as Error).message, /1000 bytes.*maxHeldLength/);
    }
  });

  test('that claims more than is there reserves nothing, and gives nothing', async () => {
    for (const claimed of [1001, 2 ** 26, 2 ** 26 + 1, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const { pieces, error } = await read(await unframed(random(1000), claimed));
      assert.lengthOf(pieces, 0);
      assert.propertyVal(error, 'name', claimed > 2 ** 26 ? 'MessageRefused' : 'StreamTruncated');
    }
    const { pieces, error } = await read(await unframed(random(1000), 999));
    assert.lengthOf(pieces, 0);
    assert.propertyVal(error, 'name', 'InvalidCiphertextException');
  });
});
