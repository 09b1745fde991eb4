// Puts measured rows into the documentation: node scripts/node24.mjs bench/report.ts
// Reads docs/bench/core-*.json, streams-*.json and http-node.json (from `npm run bench -- SUITE --json FILE`), writes a plot beside
// each of the core, all tables between the markers of docs/performance.md, and the short ones between those of README.md.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { plot } from './report/plot.ts';
import { streamTables } from './report/streams.ts';
import { type Measured, requests, table } from './report/table.ts';
import { ratios } from './suites/core-targets.ts';

const folder = 'docs/bench';
const page = 'docs/performance.md';
const plotted = [
  'keyhaven, into the caller’s buffer',
  'subtle, awaited',
  'subtle, 64 in flight',
  'node:crypto',
  '@noble/ciphers gcm',
  'libsodium XChaCha20-Poly1305 (WASM)',
  'libsodium AEGIS-256 (WASM)',
  '@stablelib/gcm',
  'sjcl gcm',
  'node-forge gcm',
];

/** What README.md shows: lengths of records, and the peers that people ask about. */
const inShort = {
  bytes: [64, 256, 1024, 4096],
  subjects: [...plotted.slice(0, 3), '@noble/ciphers gcm', 'libsodium XChaCha20-Poly1305 (WASM)', 'sjcl gcm'],
};

const lines: string[] = [];
const short: string[] = [];
for (const name of readdirSync(folder).filter((file) => /^core-.*\.json$/.test(file))) {
  const measured = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Measured;
  const image = name.replace('.json', '.svg');
  const title = `AES-256-GCM, sealing one message: ${measured.version}, ${measured.date}`;
  const sealed = measured.rows.filter((row) => row.case === 'seal');
  writeFileSync(
    `${folder}/${image}`,
    plot(
      title,
      sealed,
      plotted.filter((subject) => sealed.some((row) => row.subject === subject)),
    ),
  );
  lines.push(
    `### ${measured.version}`,
    '',
    `${measured.machine}, ${measured.date}.`,
    '',
    `![${title}](bench/${image})`,
    '',
  );
  for (const each of ['seal', 'open', 'sealMany', 'fresh key']) lines.push(...table(measured, each), '');
  const rows = measured.rows.filter(
    ({ bytes, subject }) => inShort.bytes.includes(bytes) && inShort.subjects.includes(subject),
  );
  short.push(
    `**${measured.version}** (${measured.machine}, ${measured.date})`,
    '',
    ...table({ ...measured, rows }, 'seal'),
    '',
  );
  short.push(`![${title}](docs/bench/${image})`, '');
  lines.push('| against | ratio | reach | go for |', '|---|---:|---:|---:|');
  for (const { target, ratio } of ratios(measured.rows, measured.runtime))
    lines.push(
      `| ${target.case} ${target.bytes} B, ${target.theirs} | **${ratio.toFixed(2)}x** | ${target.reach}x | ${target.goFor}x |`,
    );
  lines.push('', 'A unit of `sealMany` is one call with 64 records, so its lengths are those of 64 records.', '');
}
putBetweenMarkers('core', page, lines);
putBetweenMarkers('core', 'README.md', short);
if (existsSync(`${folder}/http-node.json`)) {
  const measured = JSON.parse(readFileSync(`${folder}/http-node.json`, 'utf8')) as Measured;
  putBetweenMarkers('http', page, [
    ...requests(measured),
    '',
    `${measured.version}, ${measured.machine}, ${measured.date}.`,
  ]);
}
const streams = readdirSync(folder)
  .filter((file) => /^streams-.*\.json$/.test(file))
  .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Measured);
putBetweenMarkers('streams', page, streams.flatMap(streamTables));

/** Replaces what stands between `<!-- bench:name -->` and `<!-- /bench:name -->`. */
function putBetweenMarkers(name: string, file: string, content: readonly string[]): void {
  const text = readFileSync(file, 'utf8');
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [before] = text.split(start);
  const after = text.split(end)[1];
  writeFileSync(file, `${before}${start}\n\n${content.join('\n')}\n${end}${after}`);
}
