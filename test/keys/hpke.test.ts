// HPKE against the vectors of RFC 9180, by way of a reader that was written from the RFC: the vectors prove the reader, and the library
// and the reader open what the other sealed. The vectors are those of the RFC as Go's library accumulates them: a thousand messages and
// a thousand exported secrets, hashed with SHAKE128.
import { shake128 } from '@noble/hashes/sha3.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { generateHpkePair, HpkeRecipient, HpkeSender, importHpkePublicKey } from '../../src/keys/hpke.ts';
import { SecretBox } from '../../src/keys/secret-box.ts';
import { type Bytes, fromHex, random, toHex, utf8 } from '../support/bytes.ts';
import { deriveSecretKey, publicKeyOf, setUpRecipient, setUpSender } from '../support/hpke.ts';

/** Mode 0, KEM 0x0010, KDF 0x0001, AEAD 0x0002. */
const vector = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  ikmE: 'a90d3417c3da9cb6c6ae19b4b5dd6cc9529a4cc24efb7ae0ace1f31887a8cd6c',
  ikmR: 'a0ce15d49e28bd47a18a97e147582d814b08cbe00109fed5ec27d1b4e9f6f5e3',
  skRm: '317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2',
  pkRm: '04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c',
  enc: '04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0',
  encryptions: '8d3263541fc1695b6e88ff3a1208577c',
  exports: '038af0baa5ce3c4c5f371c3823b15217',
} as const;
const bytes = (name: keyof typeof vector): Bytes => fromHex(vector[name]);

/** Input of a length that a stream of bytes chooses, out of that stream. */
function inputs() {
  const stream = shake128.create();
  const read = (length: number): Bytes => new Uint8Array(stream.xof(length)) as Bytes;
  return (): Bytes => read(read(1)[0] ?? 0);
}

async function recipientOfVector(): Promise<HpkeRecipient> {
  const [x, y] = [bytes('pkRm').slice(1, 33), bytes('pkRm').slice(33)];
  const url = (part: Bytes) =>
    btoa(String.fromCharCode(...part))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
  const jwk = { kty: 'EC', crv: 'P-256', x: url(x), y: url(y), d: url(bytes('skRm')) };
  const algorithm = { name: 'ECDH', namedCurve: 'P-256' };
  const privateKey = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['deriveBits']);
  const publicKey = await importHpkePublicKey(bytes('pkRm'));
  const recipient = publicKey && (await HpkeRecipient.setUp({ privateKey, publicKey }, bytes('enc'), bytes('info')));
  assert.isDefined(recipient);
  return recipient as HpkeRecipient;
}

describe('HPKE', () => {
  test('of the reader is that of RFC 9180', () => {
    assert.equal(toHex(deriveSecretKey(bytes('ikmR'))), vector.skRm);
    const sender = setUpSender(bytes('pkRm'), bytes('info'), deriveSecretKey(bytes('ikmE')));
    assert.equal(toHex(sender.encapsulated), vector.enc);
    const [draw, sink] = [inputs(), shake128.create()];
    for (let i = 0; i < 1000; i++) {
      const additionalData = draw();
      sink.update(sender.seal(additionalData, draw()));
    }
    assert.equal(toHex(new Uint8Array(sink.xof(16)) as Bytes), vector.encryptions);
    const [drawContext, exported] = [inputs(), shake128.create()];
    for (let length = 0; length < 1000; length++) exported.update(sender.exportSecret(drawContext(), length));
    assert.equal(toHex(new Uint8Array(exported.xof(16)) as Bytes), vector.exports);
  });

  test('of the library opens what the sender of the RFC sealed, and exports the same secrets', async () => {
    const recipient = await recipientOfVector();
    const sender = setUpSender(bytes('pkRm'), bytes('info'), deriveSecretKey(bytes('ikmE')));
    for (let i = 0; i < 20; i++) {
      const [additionalData, plaintext] = [random(i), random(3 * i)];
      assert.deepEqual(await recipient.open(sender.seal(additionalData, plaintext), additionalData), plaintext);
    }
    assert.deepEqual(await recipient.exportSecret(utf8('x')), sender.exportSecret(utf8('x'), 32));
  });

  test('of the library seals what the recipient of the RFC opens', async () => {
    const secretKey = deriveSecretKey(random(32));
    const sender = await HpkeSender.setUp(publicKeyOf(secretKey), utf8('info'));
    assert.isDefined(sender);
    if (sender === undefined) return;
    const reader = setUpRecipient(secretKey, sender.encapsulated, utf8('info'));
    for (let i = 0; i < 20; i++) {
      const plaintext = random(i);
      assert.deepEqual(reader.open(utf8('aad'), await sender.seal(plaintext, utf8('aad'))), plaintext);
    }
    assert.deepEqual(await sender.exportSecret(utf8('x')), reader.exportSecret(utf8('x'), 32));
  });

  test('opens nothing that was altered, reordered, or bound to something else', async () => {
    const pair = await generateHpkePair();
    assert.isFalse(pair.privateKey.extractable);
    const open = async (change: (sealed: Bytes) => Bytes, info = 'info', aad = 'aad') => {
      const sender = await HpkeSender.setUp(pair.publicBytes, utf8('info'));
      const recipient = sender && (await HpkeRecipient.setUp(pair, sender.encapsulated, utf8(info)));
      const sealed = await sender?.seal(utf8('first'), utf8('aad'));
      return recipient?.open(change(sealed ?? new Uint8Array(0)), utf8(aad));
    };
    assert.deepEqual(await open((sealed) => sealed), utf8('first'));
    assert.isUndefined(await open((sealed) => sealed.slice(1)));
    assert.isUndefined(await open(() => new Uint8Array(0)));
    assert.isUndefined(await open((sealed) => sealed.map((byte, index) => (index === 3 ? byte ^ 1 : byte))));
    assert.isUndefined(await open((sealed) => sealed, 'other'));
    assert.isUndefined(await open((sealed) => sealed, 'info', 'other'));
    const sender = await HpkeSender.setUp(pair.publicBytes, utf8('info'));
    const recipient = sender && (await HpkeRecipient.setUp(pair, sender.encapsulated, utf8('info')));
    await sender?.seal(utf8('first'), utf8(''));
    const second = await sender?.seal(utf8('second'), utf8(''));
    assert.isUndefined(await recipient?.open(second ?? new Uint8Array(0), utf8('')));
  });

  test('takes no points that are not on the curve, compressed, or at infinity', async () => {
    const pair = await generateHpkePair();
    const off = new Uint8Array(pair.publicBytes);
    off[64] = (off[64] ?? 0) ^ 1;
    const compressed = Uint8Array.of(2, ...pair.publicBytes.slice(1, 33));
    for (const point of [off, compressed, new Uint8Array(65), Uint8Array.of(0), new Uint8Array(0)]) {
      assert.isUndefined(await HpkeSender.setUp(point, utf8('info')), `as a public key: ${point.length} bytes`);
      assert.isUndefined(await HpkeRecipient.setUp(pair, point, utf8('info')), `encapsulated: ${point.length} bytes`);
    }
  });

  test('leaves the length of a tag, and whatever else there is to choose, to no prototype', async () => {
    const names = {
      tagLength: 32,
      additionalData: new Uint8Array([1]),
      iv: new Uint8Array(12),
      hash: 'SHA-1',
      public: {},
    };
    for (const [name, value] of Object.entries(names)) {
      const pair = await generateHpkePair();
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
      try {
        const sender = await HpkeSender.setUp(pair.publicBytes, utf8('info'));
        const recipient = sender && (await HpkeRecipient.setUp(pair, sender.encapsulated, utf8('info')));
        const sealed = (await sender?.seal(utf8('four'), utf8('aad'))) ?? new Uint8Array(0);
        assert.lengthOf(sealed, 20, name);
        assert.isUndefined(await recipient?.open(sealed.slice(0, 8), utf8('aad')), name);
        assert.deepEqual(await recipient?.open(sealed, utf8('aad')), utf8('four'), name);
      } finally {
        delete (Object.prototype as Record<string, unknown>)[name];
      }
    }
  });

  test('beside it, a box opens what was sealed for the same purpose alone, and wipes its secret', async () => {
    const secret = random(32);
    const box = await SecretBox.of(secret);
    assert.deepEqual(secret, new Uint8Array(32));
    const sealed = await box.seal(utf8('x'), utf8('a'));
    assert.deepEqual(await box.open(sealed, utf8('a')), utf8('x'));
    assert.isUndefined(await box.open(sealed, utf8('b')));
    assert.isUndefined(await box.open(sealed.slice(0, 27), utf8('a')));
  });
});
