// A soak: calls at a steady rate, refused requests and slow clients beside them, and the memory of the service all the while.
import { memoryOf, type Sample } from './memory.ts';
import { openSlowClients } from './slow-clients.ts';
import {
  type Caller,
  honestRequest,
  hostileKinds,
  hostileRequests,
  makeKeys,
  outcomeOf,
  signedBytes,
} from './traffic.ts';
import { WireConnection } from './wire-connection.ts';

export interface SoakPlan {
  readonly caller: Caller;
  readonly pid: number;
  /** The program whose memory counts; all of the process's where it is empty. */
  readonly program?: string;
  readonly seconds: number;
  /** Honest calls, and refused ones, a second. */
  readonly rate: number;
  readonly hostileRate: number;
  readonly slowClients: number;
  readonly onSample?: (sample: Sample, calls: number) => void;
}

export interface Soaked {
  /** Honest calls that were answered with 200. */
  readonly calls: number;
  /** What honest clients got beside 200. */
  readonly failures: readonly string[];
  /** What was refused as it must be, by kind; and what was not. */
  readonly refused: Readonly<Record<string, number>>;
  readonly surprises: readonly string[];
  readonly slow: { readonly opened: number; readonly hungUp: number; readonly longest: number };
  /** Milliseconds of each honest call, in the order of their ends. */
  readonly times: readonly number[];
  readonly samples: readonly Sample[];
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const connections = 16;
const sampleEvery = 1000;

export async function soak(plan: SoakPlan): Promise<Soaked> {
  const { caller, pid, seconds, rate, hostileRate } = plan;
  const port = Number(new URL(caller.url).port);
  const keys = await makeKeys(caller);
  const started = performance.now();
  const end = started + seconds * 1000;
  const [failures, surprises, times, samples]: [string[], string[], number[], Sample[]] = [[], [], [], []];
  const refused = Object.fromEntries(hostileKinds.map((kind) => [kind, 0]));
  /** A change that was accepted. Old ones are refused as too old, which is no less a refusal. */
  let captured = signedBytes(caller, 'UpdateKeyDescription', { KeyId: keys.symmetric[0], Description: 'captured' });
  await outcomeOf(new WireConnection(port), { bytes: captured });

  /** Sends at the rate, in turns of all connections, however long answers take. */
  async function paced(each: number, width: number, send: (i: number, connection: WireConnection) => Promise<void>) {
    let next = 0;
    const work = async () => {
      const connection = new WireConnection(port);
      for (;;) {
        const i = next++;
        const due = started + (i * 1000) / each;
        if (due >= end) break;
        const wait = due - performance.now();
        if (wait > 0) await sleep(wait);
        await send(i, connection);
      }
      connection.close();
    };
    await Promise.all(Array.from({ length: width }, work));
  }
  const honest = paced(rate, connections, async (i, connection) => {
    const { bytes, isChange } = honestRequest(caller, keys, i);
    const sent = performance.now();
    const outcome = await outcomeOf(connection, { bytes });
    if (outcome === '200') times.push(performance.now() - sent);
    else failures.push(outcome);
    if (isChange && outcome === '200') captured = bytes;
  });
  const hostile = paced(hostileRate, 4, async (i, connection) => {
    const kind = hostileKinds[i % hostileKinds.length] as string;
    const attempt = hostileRequests[kind]?.(caller, captured);
    if (attempt === undefined) return;
    const outcome = await outcomeOf(connection, attempt);
    if (attempt.expected.includes(outcome)) refused[kind] = (refused[kind] ?? 0) + 1;
    else surprises.push(`${kind}: ${outcome}`);
  });
  const slow = openSlowClients(caller, plan.slowClients);
  const watch = setInterval(() => {
    const sample = { at: (performance.now() - started) / 1000, mb: memoryOf(pid, plan.program) };
    samples.push(sample);
    plan.onSample?.(sample, times.length);
  }, sampleEvery);
  try {
    await Promise.all([honest, hostile]);
  } finally {
    clearInterval(watch);
    slow.close();
  }
  const { opened, hungUp, longest } = slow;
  return { calls: times.length, failures, refused, surprises, slow: { opened, hungUp, longest }, times, samples };
}
