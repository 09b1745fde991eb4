// Threads of Node: a process does not stay for them, and a thread of an application that loads the worker's file is left alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { assert } from 'chai';
import { describe, test } from 'vitest';

const program = `
  import { openStreamWorkers } from './src/streams/index.ts';
  import { encryptStream } from './src/streams/index.ts';
  import { paperKms } from './test/streams/paper-kms.ts';
  const kms = await paperKms();
  for (const workers of [true, openStreamWorkers({ count: 2 })]) {
    const source = new Blob([new Uint8Array(3_000_000)]).stream();
    const stream = source.pipeThrough(encryptStream(kms, { KeyId: 'alias/files', workers }));
    let length = 0;
    for await (const piece of stream) length += piece.length;
    console.log(length > 3_000_000, await (workers === true || workers.ready));
  }
  console.log('end of the program');
`;

describe('threads', () => {
  test('do not keep a process that has nothing else to do, and are not left for one that waits for them', async () => {
    const child = spawn(process.execPath, ['--conditions=@keyhaven/source', '--input-type=module', '-e', program]);
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    let ended = 0;
    child.stdout.on('data', () => {
      if (output.includes('end of the program')) ended = performance.now();
    });
    const [code] = await once(child, 'exit');
    assert.equal(output, 'true true\ntrue true\nend of the program\n');
    assert.equal(code, 0);
    assert.isBelow(
      performance.now() - ended,
      3000,
      'shared workers are ended after 5 s; the process does not wait for that',
    );
  });

  test('of an application that load the file do not answer in its name', async () => {
    const file = new URL('../../src/streams/workers/keyhaven-streams-worker.ts', import.meta.url).href;
    const code = `import('${file}').then(() => require('node:worker_threads').parentPort.postMessage('loaded'))`;
    const thread = new Worker(code, { eval: true, workerData: { of: 'the application' } });
    const messages: unknown[] = [];
    thread.on('message', (message) => messages.push(message));
    await once(thread, 'exit');
    assert.deepEqual(messages, ['loaded']);
  });
});
