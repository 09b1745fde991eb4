// Streams in workers, in each browser, in threads of Node, in Deno and Bun; policies and published files are in workers.e2e.test.ts.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { runtimeOf } from '../../src/cipher/crossover.ts';
import { decryptStream, encryptStream, openStreamWorkers } from '../../src/streams/index.ts';
import { assertFails } from '../support/errors.ts';
import { chunk, collect, context, decrypted, encrypted, pattern, streamOf } from './flows.ts';
import { paperKms } from './paper-kms.ts';

const length = 100 * chunk + 3;
const options = { KeyId: 'alias/files', EncryptionContext: context };

describe('streams in workers', () => {
  test('workers start, and what they seal and open is the same as here', async () => {
    const kms = await paperKms();
    const workers = openStreamWorkers({ count: 2 });
    assert.equal(await workers.ready, runtimeOf(globalThis) !== 'workerd');
    const sealed = await collect(
      streamOf(pattern(length), [70_000]).pipeThrough(encryptStream(kms, { ...options, workers })),
    );
    assert.deepEqual((await decrypted(kms, sealed)).pieces, pattern(length));
    const opened = streamOf(await encrypted(kms, pattern(length)), [70_000]).pipeThrough(
      decryptStream(kms, { EncryptionContext: context, workers }),
    );
    assert.deepEqual(await collect(opened), pattern(length));
    workers.close();
  });

  test('a slow reader holds the source back there too', async () => {
    const kms = await paperKms();
    const workers = openStreamWorkers({ count: 2 });
    let taken = 0;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          taken += chunk;
          controller.enqueue(new Uint8Array(chunk));
        },
      },
      { highWaterMark: 0 },
    );
    const reader = endless.pipeThrough(encryptStream(kms, { ...options, workers })).getReader();
    let given = 0;
    for (let round = 0; round < 5; round++) {
      given += (await reader.read()).value?.length ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.isAtMost(taken - given, 4 * 32 * chunk + 2 * chunk);
    }
    await reader.cancel();
    workers.close();
  });

  test('workers that are closed before they are ready are done without at once', async () => {
    const kms = await paperKms();
    const started = performance.now();
    const workers = openStreamWorkers({ count: 2 });
    workers.close();
    assert.isFalse(await workers.ready);
    const sealed = await collect(
      streamOf(pattern(length), [70_000]).pipeThrough(encryptStream(kms, { ...options, workers })),
    );
    assert.deepEqual((await decrypted(kms, sealed)).pieces, pattern(length));
    assert.isBelow(performance.now() - started, 5000);
  });

  test('what was changed does not open there either', async () => {
    const kms = await paperKms();
    const workers = openStreamWorkers({ count: 1 });
    const sealed = await encrypted(kms, pattern(length));
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    const opened = streamOf(sealed, [70_000]).pipeThrough(decryptStream(kms, { EncryptionContext: context, workers }));
    await assertFails(collect(opened), 'InvalidCiphertextException');
    workers.close();
  });
});
