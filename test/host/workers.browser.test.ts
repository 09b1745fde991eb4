// Keys in a dedicated worker and in a shared worker: real workers over IndexedDB.
import { assert } from 'chai';
import { afterEach, describe, test } from 'vitest';
import { type ConnectedKms, connectKms, type HostTarget } from '../../src/host/index.ts';
import { HostRefused, HostUnavailable, KeysNotKept } from '../../src/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import { decryptStream, encryptStream } from '../../src/streams/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { uniqueName } from '../support/kms.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function startWorker(name: string): Worker {
  const worker = new Worker(new URL('./pages/worker.ts', import.meta.url), { type: 'module', name });
  ends.push(() => worker.terminate());
  return worker;
}

function startShared(name: string): SharedWorker {
  const worker = new SharedWorker(new URL('./pages/worker.ts', import.meta.url), { type: 'module', name });
  ends.push(() => worker.port.close());
  return worker;
}

async function connect(target: HostTarget, options: Parameters<typeof connectKms>[1] = {}): Promise<ConnectedKms> {
  const kms = await connectKms(target, options);
  ends.unshift(() => kms.destroy());
  return kms;
}

async function use(kms: ConnectedKms): Promise<Uint8Array> {
  const { KeyId } = (await kms.createKey()).KeyMetadata;
  await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('text') });
  const sealer = await openSealer(kms, { KeyId });
  assert.deepEqual(sealer.open(sealer.seal(utf8('record'))), utf8('record'));
  sealer.close();
  const file = random(40_000);
  const sealed = new Blob([file]).stream().pipeThrough(encryptStream(kms, { KeyId }));
  const opened = await new Response(sealed.pipeThrough(decryptStream(kms))).arrayBuffer();
  assert.deepEqual(new Uint8Array(opened), file);
  return CiphertextBlob;
}

describe('keys in a dedicated worker', () => {
  test('are used from the page, and are there again after the worker ended', async () => {
    const name = uniqueName();
    const first = startWorker(name);
    const blob = await use(await connect(first));
    first.terminate();
    const again = await connect(startWorker(name));
    assert.deepEqual((await again.decrypt({ CiphertextBlob: blob })).Plaintext, utf8('text'));
  });

  test('serve several connections at once, also of a page that knocked too early', async () => {
    const worker = startWorker(`${uniqueName()} late`);
    const [one, two] = await Promise.all([connect(worker), connect(worker)]);
    await one.createKey();
    assert.lengthOf((await two.listKeys()).Keys, 1);
    one.destroy();
    assert.lengthOf((await two.listKeys()).Keys, 1);
  });

  test('are out of reach of an origin that is not listed', async () => {
    assert.instanceOf(await failure(connect(startWorker(`${uniqueName()} stranger`))), HostRefused);
  });

  test('of a worker that does not start are HostUnavailable, at once where the browser says so', async () => {
    const started = performance.now();
    const error = await failure(connect(startWorker(`${uniqueName()} throws`), { deadline: 8_000 }));
    assert.instanceOf(error, HostUnavailable);
    assert.isBelow(performance.now() - started, 20_000);
  });

  test('of a worker that was ended are HostUnavailable within the deadline, calls under way included', async () => {
    const worker = startWorker(uniqueName());
    const kms = await connect(worker, { deadline: 2000 });
    const { KeyId } = (await kms.createKey()).KeyMetadata;
    worker.terminate();
    const calls = [kms.encrypt({ KeyId, Plaintext: utf8('x') }), kms.listKeys()];
    for (const call of calls) await assertFails(call, 'HostUnavailable');
    await assertFails(kms.listKeys(), 'HostUnavailable');
  });

  test('of a worker that hangs are HostUnavailable', async () => {
    const worker = startWorker(uniqueName());
    const kms = await connect(worker, { deadline: 2000 });
    worker.postMessage('hang');
    await assertFails(kms.listKeys(), 'HostUnavailable');
  });
});

describe('keys in a shared worker', () => {
  test('are one service for every connection', async ({ skip }) => {
    if (typeof SharedWorker === 'undefined') skip('this browser has no shared workers');
    const name = uniqueName();
    const one = await connect(startShared(name)).catch((error: unknown) => {
      // WebKitGTK: IndexedDB takes no CryptoKey from a shared worker, and the page is told.
      if (error instanceof KeysNotKept) skip('this browser keeps no CryptoKey for a shared worker');
      throw error;
    });
    const two = await connect(startShared(name));
    const blob = await use(one);
    assert.deepEqual((await two.decrypt({ CiphertextBlob: blob })).Plaintext, utf8('text'));
    assert.equal((await two.listAliases()).Aliases[0]?.AliasName, 'alias/a');
  });
});
