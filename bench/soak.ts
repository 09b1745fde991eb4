// npm run bench -- soak [--minutes 10] [--only serve|workerd] [--json FILE]: an hour's worth of calls in ten minutes, with strangers,
// replays, broken requests and slow clients beside them: latencies and memory from beginning to end; then what a refusal costs.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { onCloudflare, onServe, type Service } from '../test/examples/places.ts';
import { type Running, tenantCredentials } from '../test/support/example.ts';
import { median, slopeOf } from '../test/support/soak/memory.ts';
import { type Soaked, soak } from '../test/support/soak/soak.ts';
import {
  type Caller,
  honestRequest,
  hostileKinds,
  hostileRequests,
  makeKeys,
  outcomeOf,
  signedBytes,
} from '../test/support/soak/traffic.ts';
import { WireConnection } from '../test/support/soak/wire-connection.ts';
import { cpuOf } from './harness/processes.ts';

interface Target {
  readonly name: string;
  readonly install: () => Promise<Service>;
  /** The program that is the service itself; all where it is empty. */
  readonly program: string;
  readonly rate: number;
  readonly hostileRate: number;
  /** Requests of a kind in one round of the costs. */
  readonly each: number;
}

// 600 a second for ten minutes are 100 a second for an hour, and 60 are 10.
const targets: readonly Target[] = [
  { name: 'serve', install: () => onServe(process.execPath), program: '', rate: 600, hostileRate: 90, each: 1000 },
  { name: 'workerd', install: () => onCloudflare(), program: 'workerd', rate: 60, hostileRate: 9, each: 200 },
];

const percentile = (times: readonly number[], part: number): number => {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
};

function summarize(name: string, { calls, failures, refused, surprises, slow, times, samples }: Soaked) {
  const tenth = Math.ceil(times.length / 10);
  const later = samples.slice(Math.floor(samples.length / 2));
  const parts = [samples.slice(-20), later.slice(0, 20)] as const;
  const latency = [times.slice(0, tenth), times.slice(-tenth)].map((part) => ({
    p50: percentile(part, 0.5),
    p99: percentile(part, 0.99),
  }));
  const [last, halfway] = parts.map((part) => median(part.map(({ mb }) => mb)));
  const row = {
    name,
    calls,
    failures: failures.length,
    refused: Object.values(refused).reduce((sum, count) => sum + count, 0),
    surprises: surprises.length,
    slow,
    latency,
    memory: { halfway, last, most: Math.max(...samples.map(({ mb }) => mb)), slope: slopeOf(later) },
  };
  console.log(JSON.stringify(row, undefined, 1));
  if (failures.length + surprises.length > 0) console.log([...failures, ...surprises].slice(0, 20).join('\n'));
  return row;
}

interface Cost {
  readonly kind: string;
  /** CPU of the service for one request, in microseconds. */
  readonly us: number;
}

/** What refusals cost beside a call that is carried out: all kinds take turns. */
async function costsOf(caller: Caller, pid: number, { program, each }: Target): Promise<readonly Cost[]> {
  const port = Number(new URL(caller.url).port);
  const keys = await makeKeys(caller);
  const captured = signedBytes(caller, 'UpdateKeyDescription', { KeyId: keys.symmetric[0], Description: 'captured' });
  await outcomeOf(new WireConnection(port), { bytes: captured });
  const kinds: Record<string, (i: number) => Buffer> = {
    'Encrypt, carried out': (i) => honestRequest(caller, keys, (i % 40) + 100 * i).bytes,
  };
  for (const kind of hostileKinds)
    if (!['no HTTP', 'oversized body'].includes(kind))
      kinds[kind] = () => (hostileRequests[kind] as (typeof hostileRequests)[string])(caller, captured).bytes;
  const found = new Map<string, number[]>();
  const connection = new WireConnection(port);
  for (let round = 0; round < 6; round++)
    for (const [kind, bytesOf] of Object.entries(kinds)) {
      const requests = Array.from({ length: each }, (_, i) => bytesOf(i));
      const before = cpuOf(pid, program);
      for (const bytes of requests) await outcomeOf(connection, { bytes });
      // The first round warms up.
      if (round > 0) found.set(kind, [...(found.get(kind) ?? []), (1e6 * (cpuOf(pid, program) - before)) / each]);
    }
  connection.close();
  return [...found].map(([kind, us]) => ({ kind, us: median(us) }));
}

async function soakTarget(target: Target, seconds: number) {
  const service = await target.install();
  try {
    const running: Running = await service.start();
    const { accessKeyId, secretAccessKey } = tenantCredentials[0] as (typeof tenantCredentials)[number];
    const caller = { url: running.url, accessKeyId, secretAccessKey };
    const { pid } = running;
    const { name, program, rate, hostileRate } = target;
    const onSample = ({ at, mb }: { at: number; mb: number }, calls: number) => {
      if (Math.round(at) % 30 === 0) console.log(`${name} ${at.toFixed(0)} s  ${calls} calls  ${mb.toFixed(0)} MB`);
    };
    const soaked = await soak({ caller, pid, program, seconds, rate, hostileRate, slowClients: 100, onSample });
    const row = summarize(name, soaked);
    const costs = await costsOf(caller, pid, target);
    for (const { kind, us } of costs) console.log(`${name} ${kind.padEnd(28)} ${us.toFixed(0).padStart(6)} us`);
    const { isIntact, last } = await service.verifyTrail(running);
    console.log(`${name} trail ${isIntact ? 'intact' : 'BROKEN'}, ${last} records`);
    await running.stop();
    return { ...row, costs, trail: { isIntact, last } };
  } finally {
    await service.remove();
  }
}

export async function benchSoak(only: RegExp, minutes: number, json: string | undefined): Promise<void> {
  const rows = [];
  for (const target of targets)
    if (only.test(target.name)) rows.push(await soakTarget(target, Math.round(60 * minutes)));
  if (json === undefined) return;
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(json, `${JSON.stringify({ suite: 'soak', machine, date, minutes, rows }, undefined, 1)}\n`);
}
