import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openRandomAccess, rangeResponse } from '../../src/streams/index.ts';
import { chunk, context, encrypted, pattern } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const length = 40 * chunk + 9;

async function answer(range: string | undefined, method = 'GET', size = length, more: Record<string, string> = {}) {
  const kms = await paperKms();
  const sealed = await encrypted(kms, pattern(size));
  const reader = await openRandomAccess(kms, new Blob([sealed]), { EncryptionContext: context });
  const headers: Record<string, string> = range === undefined ? more : { range, ...more };
  const response = rangeResponse(reader, new Request('https://here.example/x', { method, headers }), {
    type: 'video/mp4',
  });
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
}

describe('rangeResponse', () => {
  for (const [range, start, end] of [
    ['bytes=0-0', 0, 1],
    ['Bytes=0-0', 0, 1],
    ['bytes=0-', 0, length],
    [`bytes=${20 * chunk}-${20 * chunk + 9}`, 20 * chunk, 20 * chunk + 10],
    ['bytes=-5', length - 5, length],
    ['bytes=-99999999', 0, length],
    [`bytes=${length - 1}-99999999`, length - 1, length],
  ] as const)
    test(`answers ${range} with 206`, async () => {
      const { response, bytes } = await answer(range);
      assert.equal(response.status, 206);
      assert.equal(response.headers.get('content-range'), `bytes ${start}-${end - 1}/${length}`);
      assert.equal(response.headers.get('content-length'), String(end - start));
      assert.equal(response.headers.get('content-type'), 'video/mp4');
      assert.deepEqual(bytes, pattern(length).slice(start, end));
    });

  for (const range of [undefined, 'bytes=5-2', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=-', 'bytes=a-b'])
    test(`answers ${range ?? 'no range'} with all of it`, async () => {
      const { response, bytes } = await answer(range);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('accept-ranges'), 'bytes');
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.deepEqual(bytes, pattern(length));
    });

  test('answers a range of another version of the file with all of it', async () => {
    for (const version of ['"v1"', 'Sat, 29 Oct 2011 19:43:31 GMT']) {
      const { response, bytes } = await answer('bytes=5-9', 'GET', length, { 'if-range': version });
      assert.deepEqual([response.status, bytes.length], [200, length]);
    }
  });

  test('answers a range beyond the end with 416 and the length', async () => {
    for (const [range, size] of [
      [`bytes=${length}-`, length],
      ['bytes=-0', length],
      ['bytes=0-', 0],
      ['bytes=-5', 0],
    ] as const) {
      const { response, bytes } = await answer(range, 'GET', size);
      assert.deepEqual([response.status, bytes.length], [416, 0]);
      assert.equal(response.headers.get('content-range'), `bytes */${size}`);
    }
  });

  test('answers HEAD without a body, and refuses other methods', async () => {
    const { response, bytes } = await answer('bytes=0-5', 'HEAD');
    assert.deepEqual([response.status, bytes.length], [200, 0]);
    assert.equal((await answer(undefined, 'DELETE')).response.status, 405);
  });
});
