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

/** The suite `http`: a line for each operation. */
export function requests({ rows }: Measured): string[] {
  const us = (operation: string, subject: string): number =>
    rows.find((row) => row.case === operation && row.subject === subject)?.us ?? Number.NaN;
  return [
    '| operation | requests a second | times moto_server | request, us | of that HTTP | SigV4 | JSON | the operation |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...[...new Set(rows.map((row) => row.case))].map((operation) => {
      const all = us(operation, 'keyhaven serve');
      const [http, signed] = [us(operation, 'HTTP alone'), us(operation, 'HTTP and SigV4')];
      const read = us(operation, 'HTTP, SigV4 and JSON');
      const times = us(operation, 'moto_server') / all;
      const cells = [Math.round(1e6 / all), times.toFixed(1), all.toFixed(0), http.toFixed(0)];
      const parts = [signed - http, read - signed, all - read].map((part) => part.toFixed(0));
      return `| ${operation} | ${[...cells, ...parts].join(' | ')} |`;
    }),
  ];
}
