// AWS JSON 1.1 and base64.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { fromBase64, toBase64 } from '../../src/formats/base64.ts';
import { decodeRequest, encodeReply } from '../../src/http/json.ts';
import { utf8 } from '../support/bytes.ts';

const decode = (text: string) => decodeRequest(utf8(text));
const thrown = (body: () => unknown): { name: string; message: string } => {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown.');
};

/** What the platform reads of a text, written again. */
function rewritten(text: string): string | undefined {
  try {
    return btoa(atob(text));
  } catch {
    return undefined;
  }
}

describe('base64', () => {
  test('of any bytes decodes to these bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        assert.deepEqual(fromBase64(toBase64(bytes)), new Uint8Array(bytes)),
      ),
    );
    assert.equal(fromBase64(toBase64(new Uint8Array(100_000).fill(7)))?.length, 100_000);
  });
  test('is the one that the platform writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        assert.equal(toBase64(bytes), btoa(String.fromCharCode(...bytes))),
      ),
    );
  });
  test('no text is read but those that are written', () => {
    const near = fc.string({ unit: fc.constantFrom(...'AB/+9z=-_ \n\u00e9\ud83d'), maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(near, fc.base64String({ maxLength: 40 })), (text) => {
        const bytes = fromBase64(text);
        if (bytes !== undefined) assert.equal(btoa(String.fromCharCode(...bytes)), text);
        else assert.isTrue(text.length % 4 !== 0 || rewritten(text) !== text, text);
      }),
      { numRuns: 2000 },
    );
  });
  test('any other text is refused', () => {
    for (const text of [
      'A',
      'AA',
      'AAA',
      'AA=',
      'AAAA=',
      'AB==',
      'AAB=',
      'A-_A',
      'AA AA',
      'AAAA\n',
      '====',
      'AA==AAAA',
    ])
      assert.isUndefined(fromBase64(text), JSON.stringify(text));
    assert.deepEqual(fromBase64(''), new Uint8Array(0));
    assert.deepEqual(fromBase64('AA=='), new Uint8Array(1));
  });
});

describe('a request', () => {
  test('has its blobs and timestamps decoded, and only those', () => {
    const request = decode(
      '{"Plaintext":"AQI=","EncryptionContext":{"Plaintext":"AQI=","ValidTo":"x"},"ValidTo":1.5,"KeyId":"AQI="}',
    );
    assert.deepEqual(
      { ...request },
      {
        Plaintext: new Uint8Array([1, 2]),
        EncryptionContext: { Plaintext: 'AQI=', ValidTo: 'x' },
        ValidTo: new Date(1500),
        KeyId: 'AQI=',
      },
    );
    const { Recipient } = decode('{"Recipient":{"AttestationDocument":"AQ==","KeyEncryptionAlgorithm":"x"}}');
    assert.deepEqual((Recipient as Record<string, unknown>)['AttestationDocument'], new Uint8Array([1]));
  });
  test('leaves null members out and keeps unknown ones', () => {
    assert.deepEqual(Object.keys(decode('{"Plaintext":null,"Unknown":[1],"KeyId":null}')), ['Unknown']);
    assert.deepEqual({ ...decode('') }, {});
  });
  test('of another form is a SerializationException', () => {
    for (const text of [
      '[]',
      '"x"',
      '1',
      'null',
      '{',
      '{}}',
      '{"Plaintext":1}',
      '{"Plaintext":"A"}',
      '{"Message":["AA=="]}',
      '{"ValidTo":"2030-01-01"}',
      '{"ValidTo":1e300}',
      '{"Recipient":{"AttestationDocument":7}}',
      '['.repeat(100_000),
    ])
      assert.equal(thrown(() => decode(text)).name, 'SerializationException', text.slice(0, 40));
    assert.equal(thrown(() => decodeRequest(new Uint8Array([0x7b, 0xff, 0x7d]))).name, 'SerializationException');
  });
  test('gives no name a meaning that it does not have', () => {
    const request = decode('{"__proto__":{"KeyId":"x"},"constructor":"y"}');
    assert.isUndefined(request['KeyId']);
    assert.deepEqual(Object.keys(request), ['__proto__', 'constructor']);
  });
});

describe('a reply', () => {
  test('has blobs in base64, dates in seconds, and no absent members', () => {
    const text = encodeReply({
      $metadata: { requestId: 'x' },
      Blob: new Uint8Array([1, 2]),
      Date: new Date(1500),
      Gone: undefined,
      Null: null,
      List: [{ Date: new Date(0), Gone: undefined }, 'x', 1, true],
      Empty: [],
      Text: '',
    });
    assert.equal(text, '{"Blob":"AQI=","Date":1.5,"List":[{"Date":0},"x",1,true],"Empty":[],"Text":""}');
    assert.equal(encodeReply({ $metadata: {} }), '{}');
  });
});
