// Argon2id runs in a worker where there is one, and gives the same key where there is none.
import { assert } from 'chai';
import { afterEach, test } from 'vitest';
import { argon2id } from '../../src/unlock/argon2.ts';
import { toHex, utf8 } from '../support/bytes.ts';

const call = { salt: utf8('somesalt'), memory: 19_456, iterations: 2, parallelism: 1 };
const password = () => utf8('password');
const TheWorker = globalThis.Worker;

afterEach(() => {
  globalThis.Worker = TheWorker;
});

test('the worker starts, answers and ends, and the page is not held up meanwhile', async () => {
  let [started, ended] = [0, 0];
  globalThis.Worker = class extends TheWorker {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      started++;
    }
    override terminate() {
      ended++;
      super.terminate();
    }
  };
  const inWorker = await argon2id({ ...call, password: password() });
  assert.deepEqual([started, ended], [1, 1]);
  (globalThis as { Worker?: unknown }).Worker = undefined;
  const inPage = await argon2id({ ...call, password: password() });
  assert.equal(toHex(inWorker), toHex(inPage));
  assert.equal(inWorker.length, 32);
  // A policy that forbids workers, or demands Trusted Types, throws.
  globalThis.Worker = class {
    constructor() {
      throw new TypeError('This document requires TrustedScriptURL assignment.');
    }
  } as unknown as typeof Worker;
  assert.equal(toHex(await argon2id({ ...call, password: password() })), toHex(inPage));
});

test('a worker that fails to load is no reason to fail', async () => {
  globalThis.Worker = class extends TheWorker {
    constructor() {
      super(new URL('/no-such-script.js', location.href), { type: 'module' });
    }
  };
  assert.equal((await argon2id({ ...call, password: password() })).length, 32);
});
