// A plot of throughput over the length of a message, both axes logarithmic, as an SVG that needs nothing else.
import type { Row } from '../harness/measure.ts';

const width = 900;
const height = 460;
const area = { left: 64, right: 590, top: 48, bottom: 410 };
const colours = [
  '#0b5fff',
  '#7aa7ff',
  '#d9480f',
  '#f2a65a',
  '#2b8a3e',
  '#74b816',
  '#862e9c',
  '#c2255c',
  '#495057',
  '#868e96',
];

const escaped = (text: string): string => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
const label = (bytes: number): string =>
  bytes >= 1 << 20 ? `${bytes >> 20} MB` : bytes >= 1024 ? `${bytes >> 10} KB` : `${bytes} B`;

export function plot(title: string, rows: readonly Row[], subjects: readonly string[]): string {
  const sizes = [...new Set(rows.map(({ bytes }) => bytes))].sort((a, b) => a - b);
  const [least, most] = [Math.log2(sizes[0] ?? 1), Math.log2(sizes.at(-1) ?? 2)];
  const [low, high] = [0, 3.6]; // 1 MB/s to 4 GB/s
  const x = (bytes: number): number =>
    area.left + ((Math.log2(bytes) - least) / (most - least)) * (area.right - area.left);
  const y = (mbps: number): number =>
    area.bottom - ((Math.min(high, Math.max(low, Math.log10(mbps))) - low) / (high - low)) * (area.bottom - area.top);
  const lines: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${area.left}" y="26" font-size="15" font-weight="600" fill="#212529">${escaped(title)}</text>`,
  ];
  for (const mbps of [1, 10, 100, 1000])
    lines.push(
      `<line x1="${area.left}" x2="${area.right}" y1="${y(mbps)}" y2="${y(mbps)}" stroke="#dee2e6"/>`,
      `<text x="${area.left - 8}" y="${y(mbps) + 4}" text-anchor="end" fill="#495057">${mbps}</text>`,
    );
  for (const bytes of sizes)
    lines.push(
      `<text x="${x(bytes).toFixed(1)}" y="${area.bottom + 18}" text-anchor="middle" fill="#495057">${label(bytes)}</text>`,
    );
  lines.push(`<text x="14" y="${area.top - 8}" fill="#495057">MB/s</text>`);
  subjects.forEach((subject, i) => {
    const own = rows.filter((row) => row.subject === subject).sort((a, b) => a.bytes - b.bytes);
    const colour = colours[i % colours.length];
    const points = own.map(({ bytes, mbps }) => `${x(bytes).toFixed(1)},${y(mbps).toFixed(1)}`);
    const stroke = subject.startsWith('keyhaven') ? 3 : 1.5;
    lines.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="${stroke}"/>`,
      `<line x1="${area.right + 18}" x2="${area.right + 40}" y1="${60 + 22 * i}" y2="${60 + 22 * i}" stroke="${colour}" stroke-width="${stroke}"/>`,
      `<text x="${area.right + 46}" y="${64 + 22 * i}" fill="#212529">${escaped(subject)}</text>`,
    );
  });
  return `${lines.join('\n')}\n</svg>\n`;
}
