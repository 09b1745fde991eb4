// tlsDetails in the trail: what was agreed on for the connection where there was TLS, and nothing where there was none. The server is
// Node's own, with a key that both sides share in place of certificates.
import { createServer as createPlain, request as plainRequest, type RequestListener, type Server } from 'node:http';
import { createServer, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { assert } from 'chai';
import { test } from 'vitest';
import { createHandler } from '../../src/http/index.ts';
import { memoryStore, openKms } from '../../src/index.ts';
import { sign, testCredential } from '../support/signer.ts';

const psk = Buffer.alloc(32, 7);
const ciphers = 'PSK-AES128-GCM-SHA256';

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

test('the trail has the version and the suite of a TLS connection, and nothing of a plain one', async () => {
  const kms = await openKms({ store: memoryStore() });
  const sockets = new WeakMap<Request, unknown>();
  const handler = createHandler(kms, {
    credentials: [testCredential],
    tlsOf(request) {
      const socket = sockets.get(request);
      if (!(socket instanceof TLSSocket)) return undefined;
      return { tlsVersion: socket.getProtocol() ?? '', cipherSuite: socket.getCipher().standardName };
    },
  });
  const listener: RequestListener = (incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', async () => {
      const request = new Request(`http://${incoming.headers.host}/`, {
        method: 'POST',
        headers: incoming.headers as Record<string, string>,
        body: Buffer.concat(parts),
      });
      sockets.set(request, incoming.socket);
      const response = await handler(request);
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(await response.text());
    });
  };
  const servers = [
    createServer({ ciphers, maxVersion: 'TLSv1.2', pskCallback: () => psk }, listener),
    createPlain(listener),
  ] as const;
  const ports = [await listen(servers[0]), await listen(servers[1])] as const;
  const overTls = {
    ciphers,
    maxVersion: 'TLSv1.2',
    pskCallback: () => ({ psk, identity: 'tests' }),
    checkServerIdentity: () => undefined,
  } as const;
  for (const [at, operation] of [
    [0, 'ListKeys'],
    [1, 'ListAliases'],
  ] as const) {
    const { headers, body } = sign({ operation, url: `http://127.0.0.1:${ports[at]}/` });
    const options = { port: ports[at], host: '127.0.0.1', method: 'POST', headers };
    const status = await new Promise((resolve, reject) => {
      const sent = at === 0 ? tlsRequest({ ...options, ...overTls }) : plainRequest(options);
      sent.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)));
      sent.on('error', reject);
      sent.end(body);
    });
    assert.equal(status, 200);
  }
  for (const server of servers) server.close();
  const { Events } = await kms.trail.lookup({});
  const detailsOf = (name: string): unknown => {
    const record = Events.find(({ EventName }) => EventName === name)?.CloudTrailEvent ?? '{}';
    return (JSON.parse(record) as { tlsDetails?: unknown }).tlsDetails;
  };
  assert.deepEqual(detailsOf('ListKeys'), {
    tlsVersion: 'TLSv1.2',
    cipherSuite: 'TLS_PSK_WITH_AES_128_GCM_SHA256',
    clientProvidedHostHeader: `127.0.0.1:${ports[0]}`,
  });
  assert.isUndefined(detailsOf('ListAliases'));
});
