// The format by itself: headers of every kind of keyring, known answers of a writer, the commitment vectors, and bytes that are no
// message at all.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { openPieces } from '../../src/cipher/pieces.ts';
import { contextToWrite } from '../../src/esdk/context.ts';
import { layOut, sealMessage } from '../../src/esdk/encrypt.ts';
import { decrypt, type Keyring } from '../../src/esdk/index.ts';
import { sealHeader } from '../../src/esdk/message-header.ts';
import { wrapUnderAes } from '../../src/esdk/raw-aes-keyring.ts';
import { compressPoint, decompressPoint } from '../../src/formats/curve-point.ts';
import { decodeEncryptionContext, encodeEncryptionContext } from '../../src/formats/encryption-context.ts';
import { encodeHeaderBody, type ParsedHeader, parseHeader } from '../../src/formats/esdk/header.ts';
import { type SuiteId, suiteOf } from '../../src/formats/esdk/suites.ts';
import { type Bytes, fromHex, random, toHex, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { sharedVectors, vectorsAreAbsent } from '../vectors/load.ts';
import { fromBase64 } from './keys.ts';

interface HeaderCase {
  id: string;
  headerLength: number;
  headerAuthLength: number;
  version: number;
  suite: string;
  messageId: string;
  encryptionContext: Record<string, string>;
  edks: { providerId: string; providerInfo: string | { hex: string }; ciphertext: string }[];
  contentType: number;
  frameLength: number;
  header: string;
}

interface KnownAnswer {
  id: string;
  suite: string;
  dataKey: string;
  messageId: string;
  wrappingKey: string;
  wrappingIv: string;
  keyNamespace: string;
  keyName: string;
  encryptionContext: Record<string, string>;
  authenticatedOnlyContext: Record<string, string>;
  serializedContextAad: string;
  frameLength: number;
  plaintext: string;
  headerBody: string;
  messageWithoutFooter: string;
  emptyFinalFrame: boolean;
}

interface CommitmentCase {
  comment: string;
  ciphertext: string;
  'decrypted-dek': string;
  'encryption-context': Record<string, string>;
  'plaintext-frames': string[];
  status: boolean;
}

const encoded = (header: ParsedHeader): Bytes =>
  encodeHeaderBody(header, encodeEncryptionContext(header.encryptionContext, 65_535));

describe('headers', () => {
  test('of every kind of keyring parse, and are written again byte by byte', async ({ skip }) => {
    const { cases } =
      (await sharedVectors<{ cases: HeaderCase[] }>('esdk/headers-parse-only.json')) ?? skip(vectorsAreAbsent);
    assert.isAbove(cases.length, 10);
    for (const each of cases) {
      const bytes = fromBase64(each.header);
      // The files hold the body alone, or with what authenticates it.
      const padded = new Uint8Array(each.headerLength + each.headerAuthLength);
      padded.set(bytes);
      const parsed = parseHeader(padded);
      if ('problem' in parsed) throw new Error(`${each.id}: ${parsed.problem}`);
      assert.equal(toHex(parsed.messageId), each.messageId);
      assert.equal(parsed.suite.id, Number.parseInt(each.suite, 16));
      assert.deepEqual(Object.fromEntries(parsed.encryptionContext), each.encryptionContext);
      assert.equal(parsed.frameLength ?? 0, each.frameLength);
      assert.equal(parsed.length, each.headerLength + each.headerAuthLength);
      assert.deepEqual(
        parsed.encryptedDataKeys.map((key) => [key.providerId, toHex(key.providerInfo), toHex(key.ciphertext)]),
        each.edks.map(({ providerId, providerInfo, ciphertext }) => [
          providerId,
          typeof providerInfo === 'string' ? toHex(utf8(providerInfo)) : providerInfo.hex,
          toHex(fromBase64(ciphertext)),
        ]),
      );
      assert.equal(toHex(encoded(parsed)), toHex(bytes.subarray(0, each.headerLength)));
      for (const cut of [0, 1, 2, 5, 20, each.headerLength - 1])
        assert.propertyVal(parseHeader(padded.slice(0, cut)), 'problem', 'incomplete');
    }
  });

  test('never make the parser do anything but answer', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.boolean(),
        fc.constantFrom(0x0478, 0x0014),
        (tail, isHeaded, id) => {
          const start = id === 0x0478 ? [2, 4, 0x78] : [1, 0x80, 0, 0x14];
          const bytes = Uint8Array.from([...(isHeaded ? start : []), ...tail]);
          const parsed = parseHeader(bytes);
          if ('problem' in parsed) assert.include(['incomplete', 'malformed'], parsed.problem);
          else if (parsed.isContextSorted) assert.equal(toHex(encoded(parsed)), toHex(parsed.body));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('that count too many data keys are refused before one is read', () => {
    const start = Uint8Array.from([2, 4, 0x78, ...new Uint8Array(32), 0, 0, 0xff, 0xff]);
    assert.deepEqual(parseHeader(start, 10), { problem: 'too many data keys' });
    assert.propertyVal(parseHeader(start), 'problem', 'incomplete');
  });
});

describe('a writer', () => {
  test('given the inputs of the known answers writes them, to the byte', async ({ skip }) => {
    const { cases } =
      (await sharedVectors<{ cases: KnownAnswer[] }>('esdk/known-answer.json')) ?? skip(vectorsAreAbsent);
    let written = 0;
    for (const each of cases) {
      // Allowed, and what nobody writes.
      if (each.emptyFinalFrame) continue;
      const suite = suiteOf(Number.parseInt(each.suite, 16) as SuiteId);
      if (suite === undefined) throw new Error(each.suite);
      const publicKey = each.encryptionContext['aws-crypto-public-key'];
      const { 'aws-crypto-public-key': _, ...stored } = each.encryptionContext;
      const authenticated = Object.keys(each.authenticatedOnlyContext);
      const context = contextToWrite(
        Object.entries({ ...stored, ...each.authenticatedOnlyContext }),
        authenticated,
        publicKey === undefined ? undefined : fromBase64(publicKey),
      );
      assert.equal(toHex(context.serialized), each.serializedContextAad, each.id);
      const dataKey = fromHex(each.dataKey);
      const wrapped = await wrapUnderAes(
        await openPieces(fromHex(each.wrappingKey), 32),
        each.keyNamespace,
        utf8(each.keyName),
        fromHex(each.wrappingIv),
        dataKey,
        { serializedContext: context.serialized },
      );
      const { frameLength } = each;
      const messageId = fromHex(each.messageId);
      const plan = { suite, messageId, context, frameLength, maxEncryptedDataKeys: 1 };
      const header = await sealHeader(plan, dataKey, [wrapped]);
      const message = await sealMessage(
        header,
        frameLength,
        layOut(fromHex(each.plaintext), frameLength, written % 2),
        undefined,
      );
      assert.equal(toHex(message), each.messageWithoutFooter, each.id);
      written++;
    }
    assert.isAbove(written, 50);
  });
});

/** A keyring that knows the data key. */
const knowing = (dataKey: Bytes): Keyring => ({
  generateDataKey: () => Promise.reject(new Error('only decrypts')),
  wrapDataKey: () => Promise.reject(new Error('only decrypts')),
  async *unwrapDataKeys() {
    yield dataKey.slice();
  },
});

describe('committing messages', () => {
  test('of five SDKs open, and those that do not commit to the data key are refused', async ({ skip }) => {
    const { tests } =
      (await sharedVectors<{ tests: CommitmentCase[] }>('esdk/commitment-v2.json')) ?? skip(vectorsAreAbsent);
    assert.isAbove(tests.length, 10);
    for (const each of tests) {
      const keyring = knowing(fromBase64(each['decrypted-dek']));
      const message = fromBase64(each.ciphertext);
      if (!each.status) {
        await assertFails(decrypt(keyring, message), 'InvalidCiphertextException');
        continue;
      }
      const { plaintext, encryptionContext } = await decrypt(keyring, message);
      assert.equal(new TextDecoder().decode(plaintext), each['plaintext-frames'].join(''), each.comment);
      assert.deepOwnInclude({ ...encryptionContext }, each['encryption-context']);
    }
  });
});

describe('encryption contexts', () => {
  test('come back from their bytes, and from no others', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    fc.assert(
      fc.property(fc.dictionary(text, text, { maxKeys: 6 }), fc.nat(), (context, at) => {
        const bytes = encodeEncryptionContext(Object.entries(context), 65_535);
        const decoded = decodeEncryptionContext(bytes);
        assert.isTrue(decoded?.isSorted);
        assert.deepEqual(new Map(decoded?.pairs), new Map(Object.entries(context)));
        if (bytes.length === 0) return;
        assert.isUndefined(decodeEncryptionContext(Uint8Array.of(...bytes, 0)));
        const cut = decodeEncryptionContext(bytes.slice(0, at % bytes.length));
        assert.isTrue(cut === undefined || cut.pairs.length === 0);
      }),
    );
  });

  test('of 65535 bytes are written, and longer ones are not', () => {
    const pairs = (length: number) => [['k', 'v'.repeat(length)]] as const;
    assert.lengthOf(encodeEncryptionContext(pairs(65_535 - 7), 65_535), 65_535);
    assert.throws(() => encodeEncryptionContext(pairs(65_536 - 7), 65_535), /65535/);
    assert.throws(() => encodeEncryptionContext(pairs(8_193 - 7)), /8192/);
  });
});

describe('compressed points', () => {
  for (const namedCurve of ['P-256', 'P-384'] as const)
    test(`of ${namedCurve} are those of the platform's keys`, async () => {
      for (let i = 0; i < 8; i++) {
        const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve }, false, [
          'sign',
          'verify',
        ])) as CryptoKeyPair;
        const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
        assert.deepEqual(decompressPoint(namedCurve, compressPoint(point)), point);
      }
      const size = namedCurve === 'P-256' ? 32 : 48;
      const found = Array.from({ length: 64 }, () => decompressPoint(namedCurve, Uint8Array.of(2, ...random(size))));
      // About half of all numbers are the x of a point.
      assert.isAbove(found.filter((point) => point === undefined).length, 8);
      assert.isUndefined(decompressPoint(namedCurve, Uint8Array.of(4, ...random(size))));
      assert.isUndefined(decompressPoint(namedCurve, Uint8Array.of(2, ...new Uint8Array(size).fill(255))));
      assert.isUndefined(decompressPoint(namedCurve, random(size)));
    });
});
