// What it costs that the keys are behind a port: one call at a time, and many in flight; and a sealer, which pays once and is then
// as fast as beside the keys. In a browser through a worker and through a frame of another origin, in Node through a port.
import { connectKms, hostKms, type KmsOperations } from '../../dist/host/index.js';
import { memoryStore, openKms } from '../../dist/index.js';
import { openSealer } from '../../dist/sealer/index.js';
import type { Case, Effort } from '../harness/measure.ts';
import { awaited, concurrent, sync } from '../harness/subjects.ts';
import type { BenchRuntime, Suite } from '../harness/suite.ts';

const effort: Effort = { rounds: 21, slice: 25 };
const direct = 'beside the keys';

async function places(runtime: BenchRuntime): Promise<[string, KmsOperations & { destroy(): void }][]> {
  const kms = await openKms({ store: memoryStore() });
  if (runtime === 'node') {
    const { port1, port2 } = new MessageChannel();
    const rate = { perSecond: 1e9, burst: 1e9 };
    hostKms(kms, { callers: [{ origin: 'https://a.example', isAdministrator: true, rate }] }).accept(
      port2,
      'https://a.example',
    );
    return [
      [direct, kms],
      ['through a port', await connectKms(port1)],
    ];
  }
  const query = `?caller=${encodeURIComponent(origin)}`;
  const other = `http://localhost:${new URLSearchParams(location.search).get('other')}`;
  const frame = document.createElement('iframe');
  frame.src = `${other}/host${query}`;
  document.body.append(frame);
  const worker = new Worker(`host.js${query}`, { type: 'module' });
  return [
    [direct, kms],
    ['through a worker', await connectKms(worker)],
    ['through a frame of another origin', await connectKms(frame, { origin: other })],
  ];
}

async function* cases(runtime: BenchRuntime): AsyncGenerator<readonly [Case, Effort]> {
  const services = await Promise.all(
    (await places(runtime)).map(async ([name, kms]) => {
      const { KeyId } = (await kms.createKey()).KeyMetadata;
      return { name, kms, KeyId, sealer: await openSealer(kms, { KeyId, store: memoryStore(), maxMessages: 2 ** 31 }) };
    }),
  );
  for (const bytes of [32, 4096]) {
    const Plaintext = crypto.getRandomValues(new Uint8Array(bytes));
    const encrypt = services.map(({ name, kms, KeyId }) => [name, () => kms.encrypt({ KeyId, Plaintext })] as const);
    yield [{ name: 'encrypt', bytes, subjects: encrypt.map(([name, work]) => awaited(name, work)) }, effort];
    yield [
      { name: 'encrypt x 16', bytes, subjects: encrypt.map(([name, work]) => concurrent(name, 16, work)) },
      effort,
    ];
  }
  const record = new Uint8Array(1024);
  yield [
    {
      name: 'sealer',
      bytes: 1024,
      subjects: services.map(({ name, sealer }) => sync(name, () => sealer.seal(record))),
    },
    effort,
  ];
  // An open port keeps a process of Node.
  for (const { kms } of services) kms.destroy();
}

const suite: Suite = {
  cases,
  summary: (rows) =>
    rows
      .filter(({ subject }) => subject !== direct)
      .map((row) => {
        const base = rows.find((each) => each.case === row.case && each.bytes === row.bytes && each.subject === direct);
        const more = row.us - (base?.us ?? Number.NaN);
        return `${row.case} of ${row.bytes} B ${row.subject}: ${(more / 1000).toFixed(3)} ms more than ${direct} (${(row.us / (base?.us ?? Number.NaN)).toFixed(2)} times)`;
      }),
};
export default suite;
