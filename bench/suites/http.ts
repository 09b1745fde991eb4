// Requests a second of `keyhaven serve` with signatures checked, one process, 32 connections, against moto_server (where the
// machine has it: `pip install 'moto[server]'`), and against the floor: the same HTTP server with nothing behind it, without and with
// Signature Version 4, and with that and JSON. Servers are processes of their own; all take turns.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMS } from '@aws-sdk/client-kms';
import { sign, testCredential } from '../../test/support/signer.ts';
import { type Load, openLoad } from '../harness/load.ts';
import type { Effort, Row } from '../harness/measure.ts';
import type { Suite } from '../harness/suite.ts';

const effort: Effort = { rounds: 7, slice: 300 };
const ours = 'keyhaven serve';
const moto = 'moto_server';
const http = 'HTTP alone';
const sigv4 = 'HTTP and SigV4';
const json = 'HTTP, SigV4 and JSON';

interface Server {
  readonly subject: string;
  readonly port: number;
  readonly client: KMS | undefined;
}

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-bench-'));
const credentials = join(folder, 'credentials.json');
writeFileSync(credentials, JSON.stringify([testCredential]));
const children: ChildProcess[] = [];

/** Starts a server, and waits for what it prints when it is ready. */
function start(command: string, args: readonly string[], ready: RegExp): Promise<number> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  return new Promise((resolve, reject) => {
    const read = (part: Buffer) => {
      text += part.toString();
      const port = ready.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
      if (text.length > 10_000) text = '';
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${command} ended (${code}): ${text}`)));
  });
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

function clientOf(port: number): KMS {
  return new KMS({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: testCredential });
}

async function startAll(): Promise<Server[]> {
  const listening = /listening on http:\/\/127\.0\.0\.1:(\d+)/;
  const main = 'dist/host/serve/main.js';
  const servers: Server[] = [];
  const args = ['serve', '--memory', '--port', '0', '--credentials', credentials, '--log', 'none'];
  const port = await start(process.execPath, [main, ...args], listening);
  servers.push({ subject: ours, port, client: clientOf(port) });
  for (const [subject, kind] of [
    [http, 'http'],
    [sigv4, 'sigv4'],
    [json, 'json'],
  ] as const)
    servers.push({
      subject,
      port: await start(process.execPath, ['bench/peers/http/floor.mjs', kind, credentials], listening),
      client: undefined,
    });
  try {
    const wanted = await freePort();
    await start('moto_server', ['-H', '127.0.0.1', '-p', String(wanted)], /Running on http:\/\/127\.0\.0\.1:(\d+)/);
    servers.push({ subject: moto, port: wanted, client: clientOf(wanted) });
  } catch (error) {
    console.log(`moto_server is not here (${(error as Error).message.split('\n')[0]}): pip install 'moto[server]'`);
  }
  return servers;
}

/** A request as bytes on the wire. */
function bytesOf(port: number, operation: string, input: object): Buffer {
  const { headers, body } = sign({ url: `http://127.0.0.1:${port}/`, operation, body: JSON.stringify(input) });
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) });
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
}

const base64 = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('base64');
const plaintext = new Uint8Array(1024).fill(7);

/** The inputs of the four operations, for keys that the server has. */
async function inputsOf(client: KMS): Promise<Record<string, object>> {
  const { KeyMetadata: key } = await client.createKey({});
  const { KeyMetadata: pair } = await client.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const { CiphertextBlob } = await client.encrypt({ KeyId: key?.KeyId, Plaintext: plaintext });
  return {
    Encrypt: { KeyId: key?.KeyId, Plaintext: base64(plaintext) },
    Decrypt: { CiphertextBlob: base64(CiphertextBlob) },
    GenerateDataKey: { KeyId: key?.KeyId, KeySpec: 'AES_256' },
    Sign: { KeyId: pair?.KeyId, Message: base64(plaintext), SigningAlgorithm: 'ECDSA_SHA_256' },
  };
}

async function* cases() {
  const loads: Load[] = [];
  try {
    const servers = await startAll();
    const inputs = new Map<Server, Record<string, object>>();
    for (const server of servers) if (server.client) inputs.set(server, await inputsOf(server.client));
    const standard = inputs.get(servers[0] as Server) ?? {};
    for (const operation of ['Encrypt', 'Decrypt', 'GenerateDataKey', 'Sign']) {
      const subjects = servers.map((server) => {
        const input = (inputs.get(server) ?? standard)[operation] ?? {};
        // Signed now: a signature is too old after five minutes.
        const load = openLoad(server.port, [bytesOf(server.port, operation, input)]);
        loads.push(load);
        return { name: server.subject, run: (count: number) => load.run(count) };
      });
      yield [{ name: operation, bytes: operation === 'GenerateDataKey' ? 32 : 1024, subjects }, effort] as const;
      for (const load of loads.splice(0)) load.close();
    }
  } finally {
    for (const load of loads) load.close();
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function summary(rows: readonly Row[]): string[] {
  const us = (operation: string, subject: string) =>
    rows.find((row) => row.case === operation && row.subject === subject)?.us ?? Number.NaN;
  return [...new Set(rows.map((row) => row.case))].map((operation) => {
    const all = us(operation, ours);
    const wire = us(operation, sigv4) - us(operation, http);
    const text = us(operation, json) - us(operation, sigv4);
    const rest = all - us(operation, json);
    const times = us(operation, moto) / all;
    return (
      `${operation}: ${Math.round(1e6 / all)} requests a second, ${Number.isNaN(times) ? 'moto_server not measured' : `${times.toFixed(1)} times moto_server`}; ` +
      `of ${all.toFixed(0)} us HTTP takes ${us(operation, http).toFixed(0)}, SigV4 ${wire.toFixed(0)}, JSON ${text.toFixed(0)}, the operation with its crypto and its record ${rest.toFixed(0)}`
    );
  });
}

const suite: Suite = { cases, summary };
export default suite;
