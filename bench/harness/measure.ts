// Interleaved measurement: in every round each subject runs once for a few milliseconds, and its figure is the median over the
// rounds. What disturbs the machine for a while then disturbs all subjects alike, so ratios hold where absolute times do not.

/** Something that is measured: `run` does the work `count` times. */
export interface Subject {
  readonly name: string;
  run(count: number): void | Promise<void>;
}

export interface Case {
  readonly name: string;
  /** Bytes that one unit of work processes. */
  readonly bytes: number;
  readonly subjects: readonly Subject[];
}

export interface Row {
  case: string;
  subject: string;
  bytes: number;
  /** Microseconds a unit of work. */
  us: number;
  mbps: number;
}

export interface Effort {
  readonly rounds: number;
  /** Milliseconds that one subject works in one round. */
  readonly slice: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

async function timed(subject: Subject, count: number): Promise<number> {
  const started = performance.now();
  const done = subject.run(count);
  if (done !== undefined) await done;
  return performance.now() - started;
}

/** How often a subject must work to fill a slice; finding out also warms it up. */
async function calibrate(subject: Subject, slice: number): Promise<number> {
  let count = 1;
  let spent = await timed(subject, 1);
  // Compilers tier up while this goes on; twice the slice is enough for the last estimate to be sound.
  for (let total = spent; total < 8 * slice; total += spent) {
    if (spent < slice) count = Math.ceil(count * Math.min(10, Math.max(1.5, slice / Math.max(spent, 0.05))));
    spent = await timed(subject, count);
  }
  return Math.max(1, Math.round((count * slice) / Math.max(spent, 0.05)));
}

/** Measures a case. */
export async function measure({ name, bytes, subjects }: Case, { rounds, slice }: Effort): Promise<Row[]> {
  const counts: number[] = [];
  for (const subject of subjects) counts.push(await calibrate(subject, slice));
  const times: number[][] = subjects.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, subject] of subjects.entries()) {
      const count = counts[i] ?? 1;
      times[i]?.push(((await timed(subject, count)) * 1000) / count);
    }
  return subjects.map((subject, i) => {
    const us = median(times[i] ?? []);
    return {
      case: name,
      subject: subject.name,
      bytes,
      us: Number(us.toPrecision(4)),
      mbps: Number((bytes / us).toPrecision(4)),
    };
  });
}
