// Rows as a Markdown table: a line for each subject, a column for each length.
import type { Row } from '../harness/measure.ts';

export interface Measured {
  readonly suite: string;
  readonly runtime: string;
  readonly version: string;
  readonly machine: string;
  readonly date: string;
  readonly rows: readonly Row[];
}

const length = (bytes: number): string =>
  bytes >= 1 << 20 ? `${bytes >> 20} MB` : bytes >= 1024 ? `${bytes >> 10} KB` : `${bytes} B`;
const time = (us: number): string =>
  us < 10 ? us.toFixed(2) : us < 1000 ? us.toFixed(0) : `${(us / 1000).toFixed(1)} ms`;

/** One case of a file, in microseconds. */
export function table({ rows }: Measured, title: string): string[] {
  const own = rows.filter((row) => row.case === title);
  const sizes = [...new Set(own.map(({ bytes }) => bytes))];
  const subjects = [...new Set(own.map(({ subject }) => subject))];
  const cell = (subject: string, bytes: number): string => {
    const row = own.find((each) => each.subject === subject && each.bytes === bytes);
    return row === undefined ? '' : time(row.us);
  };
  return [
    `| ${title}, us | ${sizes.map(length).join(' | ')} |`,
    `|---|${sizes.map(() => '---:|').join('')}`,
    ...subjects.map((subject) => `| ${subject} | ${sizes.map((bytes) => cell(subject, bytes)).join(' | ')} |`),
  ];
}
