// npm run bench -- edge [--json FILE]: the templates for Cloudflare (workerd) and Deno under load, over 1 to 1000 keyrings, and over 1 to
// 10 000 keys of one: requests a second, latencies, and the server's CPU for each request.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { onCloudflare, onDeno, type Service } from '../test/examples/places.ts';
import type { TenantCredential } from '../test/support/example.ts';
import { sign } from '../test/support/signer.ts';
import { type Latency, measureLatency } from './harness/latency.ts';

interface EdgeRow extends Latency {
  readonly runtime: string;
  readonly case: string;
  readonly keyrings: number;
  readonly keys: number;
}

const connections = 32;
const requestsEach = 1500;
const plaintext = Buffer.alloc(64, 7).toString('base64');
const accounts = (count: number): TenantCredential[] =>
  // Short: all of them go into one variable of the environment, which holds 128 KiB.
  Array.from({ length: count }, (_, index) => ({
    accessKeyId: `AK${index}`,
    secretAccessKey: `s${index}`,
    principalArn: `arn:aws:iam::${100_000_000_000 + index}:user/a`,
    administrator: true as const,
  }));

function request(url: string, who: TenantCredential, operation: string, input: object): Buffer {
  const { accessKeyId, secretAccessKey } = who;
  const { headers, body } = sign({
    url: `${url}/`,
    accessKeyId,
    secretAccessKey,
    operation,
    body: JSON.stringify(input),
  });
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) });
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
}

async function call(url: string, who: TenantCredential, operation: string, input: object) {
  const { accessKeyId, secretAccessKey } = who;
  const { headers, body, method } = sign({
    url: `${url}/`,
    accessKeyId,
    secretAccessKey,
    operation,
    body: JSON.stringify(input),
    // Calls of one second must differ: a change that is sent twice is refused.
    headers: { 'x-amz-meta-call': crypto.randomUUID() },
  });
  for (;;) {
    const response = await fetch(`${url}/`, { method, headers, body });
    const reply = (await response.json()) as { __type?: string; KeyMetadata?: { KeyId: string } };
    if (response.ok) return reply;
    if (reply.__type !== 'ThrottlingException') throw new Error(JSON.stringify(reply));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const newKey = async (url: string, who: TenantCredential, description: string): Promise<string> =>
  (await call(url, who, 'CreateKey', { Description: description })).KeyMetadata?.KeyId ?? '';

async function measureRuntime(
  runtime: string,
  install: (credentials: readonly TenantCredential[]) => Promise<Service>,
  report: (row: EdgeRow) => void,
): Promise<void> {
  const everyone = accounts(1000);
  const service = await install(everyone);
  const running = await service.start();
  const port = Number(new URL(running.url).port);
  const first = new Map<TenantCredential, string>();
  const spread = async (name: string, keyrings: number, ids: readonly (readonly [TenantCredential, string])[]) => {
    const requests = Array.from({ length: requestsEach }, (_, index) => {
      const [who, KeyId] = ids[index % ids.length] as readonly [TenantCredential, string];
      return request(running.url, who, 'Encrypt', { KeyId, Plaintext: plaintext });
    });
    await measureLatency(port, running.pid, requests.slice(0, 200), connections); // warms up
    const latency = await measureLatency(port, running.pid, requests, connections);
    report({ runtime, case: name, keyrings, keys: ids.length, ...latency });
  };
  try {
    for (const count of [1, 10, 100, 1000]) {
      const who = everyone.slice(0, count);
      for (const each of who) if (!first.has(each)) first.set(each, await newKey(running.url, each, 'first'));
      await spread(
        'keyrings',
        count,
        who.map((each) => [each, first.get(each) as string]),
      );
    }
    const [owner] = everyone as [TenantCredential];
    const ids: (readonly [TenantCredential, string])[] = [[owner, first.get(owner) as string]];
    for (const count of [1, 100, 1000, 10_000]) {
      while (ids.length < count) {
        const made = await Promise.all(
          Array.from({ length: Math.min(16, count - ids.length) }, (_, index) =>
            newKey(running.url, owner, `${ids.length + index}`),
          ),
        );
        ids.push(...made.map((id) => [owner, id] as const));
      }
      await spread('keys', 1, ids);
    }
  } finally {
    await running.stop();
    await service.remove();
  }
}

export async function benchEdge(json: string | undefined): Promise<void> {
  const rows: EdgeRow[] = [];
  const report = (row: EdgeRow): void => {
    rows.push(row);
    const { rps, p50, p99, cpu } = row;
    console.log(
      `${row.runtime.padEnd(8)} ${row.case.padEnd(9)} ${String(row.keyrings).padStart(5)} keyrings ${String(row.keys).padStart(6)} keys` +
        ` ${rps.toFixed(0).padStart(6)} requests/s  p50 ${p50.toFixed(1).padStart(6)} ms  p99 ${p99.toFixed(1).padStart(6)} ms  CPU ${cpu.toFixed(2)} ms`,
    );
  };
  await measureRuntime('workerd', (credentials) => onCloudflare(credentials, true), report);
  await measureRuntime('Deno', (credentials) => onDeno(credentials, true), report);
  if (json === undefined) return;
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  writeFileSync(
    json,
    `${JSON.stringify({ suite: 'edge', machine, date: new Date().toISOString().slice(0, 10), rows }, undefined, 1)}\n`,
  );
}
