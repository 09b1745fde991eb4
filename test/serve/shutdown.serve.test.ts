// The end of `keyhaven serve` under clients that keep their connections, as all SDKs do.
import { connect } from 'node:net';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { nodes, startServe } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

describe('keyhaven serve, ended while a call is under way', () => {
  for (const node of nodes)
    test(`answers it, says that the connection ends, and does not wait for its client to leave (${nodes.indexOf(node) + 1})`, async () => {
      const serving = await startServe(node, ['--memory']);
      const { port } = new URL(serving.url);
      const client = connect({ port: Number(port), host: '127.0.0.1' });
      let received = '';
      let isOver = false;
      client.setEncoding('utf8').on('data', (text: string) => {
        received += text;
      });
      // It never closes the connection by itself.
      client.on('end', () => {
        isOver = true;
      });
      const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 2\r\n\r\n`;
      client.write(`${head}{}`);
      await until(() => received.endsWith('}'));
      assert.match(received, /\r\nConnection: keep-alive\r\n/);
      received = '';
      client.write(`${head}{`);
      // The service has the head by the time that it has answered somebody who came later.
      await (await fetch(serving.url, { method: 'POST' })).text();
      const started = performance.now();
      const ended = serving.stop();
      await until(() => serving.stderr().includes('"closing"'));
      client.write('}');
      assert.equal(await ended, 0);
      // It would hang up after five seconds.
      assert.isBelow(performance.now() - started, 4000);
      await until(() => isOver);
      assert.match(received, /^HTTP\/1\.1 400 /);
      assert.match(received, /\r\nConnection: close\r\n/);
      client.destroy();
    });
});
