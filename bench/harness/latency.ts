// How long single requests take while many are under way: rate, median and 99th percentile, and the CPU that the server spent.
import { Connection } from './load.ts';
import { cpuOf } from './processes.ts';

export interface Latency {
  readonly rps: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of the server's CPU for each request. */
  readonly cpu: number;
}

/** Sends requests, each on its own, until all were answered; each connection waits for its answer. */
export async function measureLatency(
  port: number,
  pid: number,
  requests: readonly Buffer[],
  connections: number,
): Promise<Latency> {
  const times: number[] = [];
  const cpu = cpuOf(pid);
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new Connection(port);
      while (next < requests.length) {
        const sent = performance.now();
        await connection.send(requests[next++] as Buffer);
        times.push(performance.now() - sent);
      }
      connection.close();
    }),
  );
  const spent = performance.now() - started;
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
  return {
    rps: (1000 * times.length) / spent,
    p50: at(0.5),
    p99: at(0.99),
    cpu: (1000 * (cpuOf(pid) - cpu)) / times.length,
  };
}
