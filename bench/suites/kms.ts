// Operations of the KMS against one bare crypto.subtle.encrypt of the same length: what it costs that a call resolves a key,
// derives a message key, binds a context, and commits, and what the trail adds. In Node over memory, in Chromium over IndexedDB
// as well.
import { indexedDbStore, memoryStore, openKms, type Store } from '../../dist/index.js';
import type { Case, Effort } from '../harness/measure.ts';
import { awaited } from '../harness/subjects.ts';
import type { BenchRuntime, Suite } from '../harness/suite.ts';

const effort: Effort = { rounds: 21, slice: 20 };

async function* cases(runtime: BenchRuntime): AsyncGenerator<readonly [Case, Effort]> {
  const stores: { place: string; store: Store; trail: 'grouped' | 'off' }[] = [];
  for (const trail of ['off', 'grouped'] as const) {
    const name = trail === 'off' ? 'no trail' : 'trail';
    stores.push({ place: `memory, ${name}`, store: memoryStore(), trail });
    if (runtime === 'chromium')
      stores.push({ place: `IndexedDB, ${name}`, store: indexedDbStore(`bench-${trail}`), trail });
  }
  const services = [];
  for (const { place, store, trail } of stores) {
    const kms = await openKms({ store, trail });
    services.push({ place, kms, KeyId: (await kms.createKey()).KeyMetadata.KeyId });
  }
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));

  for (const bytes of [32, 1024, 4096]) {
    const Plaintext = crypto.getRandomValues(new Uint8Array(bytes));
    const bare = awaited('subtle.encrypt', () => crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, Plaintext));
    yield [
      {
        name: 'encrypt',
        bytes,
        subjects: [
          bare,
          ...services.map(({ place, kms, KeyId }) =>
            awaited(`keyhaven, ${place}`, () => kms.encrypt({ KeyId, Plaintext })),
          ),
        ],
      },
      effort,
    ];
    const blobs = await Promise.all(services.map(({ kms, KeyId }) => kms.encrypt({ KeyId, Plaintext })));
    yield [
      {
        name: 'decrypt',
        bytes,
        subjects: [
          bare,
          ...services.map(({ place, kms }, i) =>
            awaited(`keyhaven, ${place}`, () => kms.decrypt({ CiphertextBlob: blobs[i]?.CiphertextBlob })),
          ),
        ],
      },
      effort,
    ];
    if (bytes > 1024) continue;
    yield [
      {
        name: 'data key',
        bytes,
        subjects: [
          bare,
          ...services.map(({ place, kms, KeyId }) =>
            awaited(`keyhaven, ${place}`, () => kms.generateDataKey({ KeyId, NumberOfBytes: bytes })),
          ),
        ],
      },
      effort,
    ];
  }
}

const suite: Suite = {
  cases,
  summary: (rows) => {
    const bareOf = (row: { case: string; bytes: number }) =>
      rows.find((each) => each.case === row.case && each.bytes === row.bytes && each.subject === 'subtle.encrypt');
    return rows
      .filter(({ subject }) => subject !== 'subtle.encrypt')
      .map(
        (row) =>
          `${row.case} of ${row.bytes} B, ${row.subject}: ${(row.us / (bareOf(row)?.us ?? Number.NaN)).toFixed(1)} times one subtle.encrypt`,
      );
  },
};
export default suite;
