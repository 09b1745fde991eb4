// What streams aim at, as ratios to one call of WebCrypto for 16 MB in the same run.
import type { Row } from '../harness/measure.ts';
import type { BenchRuntime } from '../harness/suite.ts';

export const reference = 'subtle, one call for 16 MB';

export interface StreamTarget {
  readonly subject: string;
  readonly runtimes: readonly BenchRuntime[];
  readonly reach: number;
  readonly goFor?: number;
}

const both: readonly BenchRuntime[] = ['chromium', 'node'];
const twoWorkers = (subject: string): StreamTarget => ({ subject, runtimes: both, reach: 1.5 });
const oneTag = (subject: string, runtime: BenchRuntime, reach: number, goFor: number): StreamTarget => ({
  subject,
  runtimes: [runtime],
  reach,
  goFor,
});

export const streamTargets: readonly StreamTarget[] = [
  { subject: 'encryptStream', runtimes: both, reach: 0.9 },
  { subject: 'decryptStream', runtimes: both, reach: 0.9 },
  twoWorkers('encryptStream, two workers'),
  twoWorkers('decryptStream, two workers'),
  { subject: 'encryptStream, reader’s buffer', runtimes: both, reach: 0.9 },
  { subject: 'decryptStream, reader’s buffer', runtimes: both, reach: 0.9 },
  twoWorkers('encryptStream, two workers, reader’s buffer'),
  twoWorkers('decryptStream, two workers, reader’s buffer'),
  oneTag('gcmEncryptStream', 'chromium', 1.3, 1.8),
  oneTag('gcmDecryptStreamUnverified', 'chromium', 1.3, 1.8),
  oneTag('gcmEncryptStream', 'node', 1.2, 1.5),
  oneTag('gcmDecryptStreamUnverified', 'node', 1, 1.2),
];

/** The ratio reached for each target whose rows are there. */
export function streamRatios(rows: readonly Row[], runtime: string): { target: StreamTarget; ratio: number }[] {
  const time = (subject: string): number | undefined =>
    rows.find((row) => row.case === 'stream' && row.subject === subject)?.us;
  const other = time(reference);
  return streamTargets.flatMap((target) => {
    const mine = time(target.subject);
    const isHere = target.runtimes.some((each) => each === runtime);
    return mine === undefined || other === undefined || !isHere ? [] : [{ target, ratio: other / mine }];
  });
}
