// Any part of an encrypted stream, wherever it lies. Only the chunks that hold the part are read.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { decryptStream, openRandomAccess, type RandomAccessSource } from '../../src/streams/index.ts';
import { type Bytes, chunk, collect, context, encrypted, pattern, sealedChunk } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const options = { EncryptionContext: context };
const length = 40 * chunk + 123;
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );

interface Asked {
  readonly range: string;
  readonly ifRange: string | null;
}

/** A file server that knows ranges, as a `fetch`. It counts the bytes that it sends. */
function server(file: () => { bytes: Bytes; etag?: string }, knowsRanges = true) {
  const seen = { asked: [] as Asked[], sent: 0 };
  const fetch = async (_: string | URL, { headers }: RequestInit): Promise<Response> => {
    const given = new Headers(headers);
    const [range, ifRange] = [given.get('range') ?? '', given.get('if-range')];
    seen.asked.push({ range, ifRange });
    const { bytes, etag } = file();
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const isSame = ifRange === null || ifRange === etag;
    if (!knowsRanges || from === undefined || !isSame) return new Response(bytes, { status: 200 });
    if (Number(from) >= bytes.length)
      return new Response(null, { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } });
    const part = bytes.slice(Number(from), Number(to) + 1);
    seen.sent += part.length;
    const contentRange = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    return new Response(part, {
      status: 206,
      headers: { 'content-range': contentRange, ...(etag === undefined ? {} : { etag }) },
    });
  };
  return { fetch, seen };
}

const kms = await paperKms();
const sealed = await encrypted(kms, pattern(length));

describe('openRandomAccess', () => {
  const sources: Record<string, () => RandomAccessSource> = {
    'a Blob': () => new Blob([sealed]),
    'a File': () => new File([sealed], 'photo'),
    'a file handle': () => ({ getFile: async () => new Blob([sealed]) }),
    'a sync access handle': () => ({
      getSize: () => sealed.length,
      read(buffer: Uint8Array, { at }: { at: number }) {
        const part = sealed.subarray(at, at + buffer.length);
        buffer.set(part);
        return part.length;
      },
    }),
    'a source of the caller': () => ({
      size: sealed.length,
      read: async (offset: number, wanted: number) => sealed.slice(offset, offset + wanted),
    }),
  };
  for (const [name, source] of Object.entries(sources))
    test(`reads any part of ${name}`, async () => {
      const reader = await openRandomAccess(kms, source(), options);
      assert.equal(reader.plaintextLength, length);
      for (const [start, end] of [
        [0, 10],
        [chunk - 3, chunk + 3],
        [17 * chunk + 1, 35 * chunk],
        [length - 5, length],
        [7, 7],
      ] as const) {
        assert.deepEqual(await reader.read(start, end), pattern(length).slice(start, end));
        assert.deepEqual(await collect(reader.stream(start, end)), pattern(length).slice(start, end));
      }
      assert.deepEqual(await collect(reader.stream()), pattern(length));
      assert.deepEqual(await collect(reader.stream(length - 9)), pattern(length).slice(-9));
    });

  test('a stream of a part reads ahead one batch of chunks and no more, and stops when it is cancelled', async () => {
    let read = 0;
    const source = {
      size: sealed.length,
      async read(offset: number, wanted: number) {
        read += wanted;
        return sealed.slice(offset, offset + wanted);
      },
    };
    const reader = await openRandomAccess(kms, source, options);
    read = 0;
    const stream = reader.stream().getReader();
    await stream.read();
    await stream.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.isAtMost(read, 32 * sealedChunk);
  });

  test('a stream whose source does not answer can be cancelled', async () => {
    let isSilent = false;
    const source = {
      size: sealed.length,
      read: (offset: number, wanted: number) =>
        isSilent ? new Promise<never>(() => {}) : Promise.resolve(sealed.slice(offset, offset + wanted)),
    };
    const reader = (await openRandomAccess(kms, source, options)).stream().getReader();
    isSilent = true;
    const read = reader.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await reader.cancel();
    assert.isTrue((await read).done);
  });

  test('a changed chunk ends a stream before its batch', async () => {
    const changed = sealed.slice();
    changed[changed.length - 3 * sealedChunk] = (changed[changed.length - 3 * sealedChunk] as number) ^ 1;
    const reader = await openRandomAccess(kms, new Blob([changed]), options);
    const stream = reader.stream().getReader();
    let given = 0;
    const error = await (async () => {
      for (;;) given += (await stream.read()).value?.length ?? Number.NaN;
    })().catch((thrown: unknown) => thrown);
    assert.propertyVal(error, 'code', 'InvalidCiphertextException');
    assert.equal(given, 32 * chunk);
  });

  test('a source of the caller that does not do what it should is told so, and is not told to be cut off', async () => {
    const read = async (offset: number, wanted: number) => sealed.slice(offset, offset + wanted);
    for (const [source, member] of [
      [{ read }, 'size'],
      [{ size: String(sealed.length), read }, 'size'],
      [{ size: -1, read }, 'size'],
      [{ size: sealed.length, read: () => undefined }, 'read'],
      [{ size: sealed.length, read: async () => 'text' }, 'read'],
      [{ size: sealed.length, read: async () => sealed }, 'read'],
    ] as const) {
      const error = await openRandomAccess(kms, source as never, options).catch((thrown: unknown) => thrown);
      assert.propertyVal(error, 'code', 'SerializationException');
      assert.include((error as Error).message, member);
    }
    const short = { size: sealed.length, read: async () => sealed.slice(0, 9) };
    assert.equal(await codeOf(openRandomAccess(kms, short, options)), 'StreamTruncated');
  });

  test('a header that is not bytes is refused by its name', async () => {
    for (const header of [5, 'text', {}, [1, 0]] as unknown as Uint8Array[]) {
      assert.throws(() => decryptStream(kms, { ...options, header }), 'header');
      const error = await openRandomAccess(kms, new Blob([sealed]), { ...options, header }).catch((e: unknown) => e);
      assert.propertyVal(error, 'code', 'SerializationException');
    }
  });

  test('what is no source is refused by its name', async () => {
    for (const source of [17, {}, null, new Uint8Array(5)])
      assert.equal(await codeOf(openRandomAccess(kms, source as never, options)), 'SerializationException');
  });
});

describe('openRandomAccess over HTTP', () => {
  const url = 'https://files.example/photo';
  test('asks for ranges, and for no more than the chunks that are needed', async () => {
    const { fetch, seen } = server(() => ({ bytes: sealed, etag: '"v1"' }));
    const reader = await openRandomAccess(kms, url, { ...options, fetch });
    assert.equal(reader.plaintextLength, length);
    const atOpen = seen.sent;
    assert.isBelow(atOpen, 6300 + sealedChunk);
    assert.deepEqual(
      await reader.read(20 * chunk - 2, 20 * chunk + 2),
      pattern(length).slice(20 * chunk - 2, 20 * chunk + 2),
    );
    assert.equal(seen.sent - atOpen, 2 * sealedChunk);
    assert.isNull(seen.asked[0]?.ifRange);
    assert.isTrue(seen.asked.slice(1).every(({ ifRange }) => ifRange === '"v1"'));
    const viaUrl = await openRandomAccess(kms, new URL(url), { ...options, fetch });
    assert.deepEqual(await viaUrl.read(0, 5), pattern(5));
  });

  test('a server without ranges is told from one with them', async () => {
    const { fetch } = server(() => ({ bytes: sealed }), false);
    const error = await openRandomAccess(kms, url, { ...options, fetch }).catch((thrown: unknown) => thrown);
    assert.propertyVal(error, 'code', 'StreamSourceFailed');
    assert.include((error as Error).message, 'whole file');
  });

  test('a file that changes while it is read is an error, with an entity tag and without', async () => {
    for (const etag of ['"v1"', undefined]) {
      let current: { bytes: Bytes; etag?: string } = { bytes: sealed, ...(etag === undefined ? {} : { etag }) };
      const { fetch } = server(() => current);
      const reader = await openRandomAccess(kms, url, { ...options, fetch });
      current = { bytes: sealed.slice(1), ...(etag === undefined ? {} : { etag: '"v2"' }) };
      assert.equal(await codeOf(reader.read(20 * chunk, 21 * chunk)), 'StreamSourceFailed');
    }
  });

  test('another entity tag is told where the server does not look at If-Range', async () => {
    for (const tags of [
      ['"v1"', '"v2"'],
      ['W/"v1"', 'W/"v2"'],
    ] as const) {
      let etag: string = tags[0];
      const { fetch } = server(() => ({ bytes: sealed }));
      const withTag = async (...request: Parameters<typeof fetch>) => {
        const plain = new Headers(request[1].headers);
        plain.delete('if-range');
        const response = await fetch(request[0], { ...request[1], headers: plain });
        response.headers.set('etag', etag);
        return response;
      };
      const reader = await openRandomAccess(kms, url, { ...options, fetch: withTag });
      assert.deepEqual(
        await reader.read(20 * chunk, 20 * chunk + 9),
        pattern(length).slice(20 * chunk, 20 * chunk + 9),
      );
      etag = tags[1];
      const error = await reader.read(20 * chunk, 21 * chunk).catch((thrown: unknown) => thrown);
      assert.propertyVal(error, 'code', 'StreamSourceFailed');
      assert.include((error as Error).message, 'changed');
    }
  });

  test('a file that is emptied or was empty is told as such', async () => {
    let bytes = sealed;
    const { fetch } = server(() => ({ bytes }));
    const reader = await openRandomAccess(kms, url, { ...options, fetch });
    bytes = new Uint8Array(0);
    const later = await reader.read(20 * chunk, 21 * chunk).catch((thrown: unknown) => thrown);
    assert.propertyVal(later, 'code', 'StreamSourceFailed');
    assert.include((later as Error).message, 'changed');
    const first = await openRandomAccess(kms, url, { ...options, fetch }).catch((thrown: unknown) => thrown);
    assert.propertyVal(first, 'code', 'StreamSourceFailed');
    assert.include((first as Error).message, 'is empty');
  });

  test('a connection that breaks in the middle of an answer has the same name as one that was never made', async () => {
    let isBroken = false;
    const { fetch } = server(() => ({ bytes: sealed }));
    const breaking = async (...request: Parameters<typeof fetch>) => {
      const { body, status, headers } = await fetch(...request);
      if (!isBroken) return new Response(body, { status, headers });
      const half = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new TypeError('network error')),
      });
      return new Response(half, { status, headers });
    };
    const reader = await openRandomAccess(kms, url, { ...options, fetch: breaking });
    isBroken = true;
    assert.equal(await codeOf(reader.read(20 * chunk, 21 * chunk)), 'StreamSourceFailed');
    isBroken = false;
    assert.equal((await reader.read(20 * chunk, 21 * chunk)).length, chunk);
  });

  test('errors of the network and of the server have one name and their own words', async () => {
    const answers: (() => Promise<Response>)[] = [
      () => Promise.reject(new TypeError('offline')),
      async () => new Response('gone', { status: 404 }),
      async () => new Response(sealed.slice(0, 9), { status: 206 }),
      async () => new Response(sealed.slice(0, 9), { status: 206, headers: { 'content-range': 'bytes 5-13/900' } }),
      async () => new Response(sealed, { status: 206, headers: { 'content-range': 'bytes 0-9/10' } }),
    ];
    for (const fetch of answers)
      assert.equal(await codeOf(openRandomAccess(kms, url, { ...options, fetch })), 'StreamSourceFailed');
  });

  test('a body that ends early is a file that was cut off', async () => {
    const fetch = async () =>
      new Response(sealed.slice(0, 100), {
        status: 206,
        headers: { 'content-range': `bytes 0-6203/${sealed.length}` },
      });
    assert.equal(await codeOf(openRandomAccess(kms, url, { ...options, fetch })), 'StreamTruncated');
  });

  test('a short file takes one request', async () => {
    const short = await encrypted(kms, pattern(500));
    const { fetch, seen } = server(() => ({ bytes: short }));
    const reader = await openRandomAccess(kms, url, { ...options, fetch });
    assert.deepEqual(await reader.read(0, 500), pattern(500));
    assert.equal(seen.asked.length, 1);
  });

  test('a signal stops a request', async () => {
    const stop = new AbortController();
    const fetch = (_: string | URL, { signal }: RequestInit) =>
      new Promise<Response>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const opening = openRandomAccess(kms, url, { ...options, fetch, signal: stop.signal }).catch((e: unknown) => e);
    stop.abort('enough');
    assert.equal(await opening, 'enough');
  });
});
