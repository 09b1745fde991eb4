// What the pages of workers.e2e.test.ts do: streams in workers, in every way that can go well or wrong, and what came of it.
import { decryptStream, encryptStream, openStreamWorkers, type StreamWorkers } from '../../../src/streams/index.ts';
import { chunk, chunkStart, collect, context, drain, encrypted, pattern, streamOf } from '../flows.ts';
import { paperKms } from '../paper-kms.ts';

const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) =>
  violations.push(`${event.effectiveDirective} ${event.blockedURI}`),
);
const problems: string[] = [];
addEventListener('error', (event) => problems.push(`error: ${event.message}`));
addEventListener('unhandledrejection', (event) => problems.push(`rejection: ${String(event.reason)}`));

const kms = await paperKms();
const length = 300 * chunk + 77;
const plaintext = pattern(length);
const isPlaintext = (bytes: Uint8Array): boolean =>
  bytes.length === length && bytes.every((byte, index) => byte === plaintext[index]);
const options = { KeyId: 'alias/files', EncryptionContext: context };
const nameOf = (error: unknown): string => (error as Error | undefined)?.name ?? 'none';

const pieces = [60_000, 700_001, 1];
const sealedIn = (workers: boolean | StreamWorkers): Promise<Uint8Array> =>
  collect(streamOf(plaintext, pieces).pipeThrough(encryptStream(kms, { ...options, workers })));
const openedIn = (workers: boolean | StreamWorkers, sealed: Uint8Array) =>
  drain(streamOf(sealed, pieces).pipeThrough(decryptStream(kms, { EncryptionContext: context, workers })));

const own = openStreamWorkers({ count: 2 });
const isReady = await own.ready;
const sealedThere = await sealedIn(own);
const sealedHere = await encrypted(kms, plaintext);
const changed = sealedHere.slice();
changed[changed.length - 100 * chunk] = (changed[changed.length - 100 * chunk] as number) ^ 1;
const refused = await openedIn(own, changed);
const cut = await openedIn(own, sealedHere.slice(0, chunkStart(sealedHere, 64)));

const stop = new AbortController();
const stopped = await drain(
  streamOf(plaintext, pieces).pipeThrough(
    encryptStream(kms, { ...options, workers: own, signal: stop.signal, onProgress: () => stop.abort('enough') }),
  ),
);

const results: Record<string, unknown> = {
  isReady,
  'sealed there opens here': isPlaintext((await openedIn(false, sealedThere)).pieces),
  'sealed here opens there': isPlaintext((await openedIn(own, sealedHere)).pieces),
  'many at once': (await Promise.all([1, 2, 3, 4].map(() => sealedIn(own).then((sealed) => openedIn(own, sealed)))))
    .map(({ pieces: bytes }) => isPlaintext(bytes))
    .join(),
  refused: nameOf(refused.error),
  'released before': refused.pieces.length % (32 * chunk) === 0 && refused.pieces.every((b, i) => b === plaintext[i]),
  cut: nameOf(cut.error),
  stopped: stopped.error,
  shared: isPlaintext((await openedIn(true, await sealedIn(true))).pieces),
};
// The plaintext that was written is the writer's: it is there after the workers have taken what they need.
results['input kept'] = isPlaintext(plaintext);
const dying = drain(streamOf(plaintext, [1000]).pipeThrough(encryptStream(kms, { ...options, workers: own })));
own.close();
const outcome = await dying;
results['closed'] = outcome.error === undefined ? 'done here' : nameOf(outcome.error);

const blocked = openStreamWorkers({
  count: 1,
  create: () => {
    throw new TypeError('no');
  },
});
results['none can be made'] = [await blocked.ready, isPlaintext((await openedIn(blocked, sealedHere)).pieces)].join();
const missing = openStreamWorkers({ count: 1, create: () => new Worker('/nowhere.js', { type: 'module' }) });
results['no such file'] = await missing.ready.catch(String);
await new Promise((resolve) => setTimeout(resolve, 50));
document.body.dataset['results'] = JSON.stringify({ ...results, problems, violations });
