// A page in Chromium and the template for Cloudflare in workerd: what one encrypted the other decrypts.
import { join } from 'node:path';
import { assert } from 'chai';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { onCloudflare, patch, type Service } from '../examples/places.ts';
import { chromiumLaunch } from '../runtimes/browsers.ts';
import { type Running, tenantCredentials } from '../support/example.ts';
import { uniqueName } from '../support/kms.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

const { accessKeyId, secretAccessKey, principalArn } = tenantCredentials[0] as (typeof tenantCredentials)[number];

const accountId = principalArn.split(':')[4] as string;
const workerArn = `arn:aws:iam::${accountId}:role/worker`;

/** What a worker does that keeps objects: streams pass through it, under data keys of the keyring. */
const ownRoutes = (folder: string): void =>
  patch(join(folder, 'src/worker.ts'), [
    [
      "import { createDoor, keyringObject } from 'keyhaven/edge';",
      "import { createDoor, keyringObject, kmsOver } from 'keyhaven/edge';\nimport { decryptStream, encryptStream } from 'keyhaven/streams';",
    ],
    [
      'let door:',
      `function pass(request: Request, env: Env) {
  const { pathname, searchParams } = new URL(request.url);
  const keyring = keyringOf(env, '${accountId}');
  const kms = kmsOver((operation, input) => keyring.call(operation, input, '${workerArn}'));
  const EncryptionContext = { note: '17' };
  const through =
    pathname === '/open'
      ? decryptStream(kms, { EncryptionContext })
      : encryptStream(kms, { KeyId: searchParams.get('key') ?? '', EncryptionContext });
  return new Response(request.body?.pipeThrough(through), { headers: { 'access-control-allow-origin': '*' } });
}

let door:`,
    ],
    [
      '    door ??=',
      "    if (['/open', '/seal'].includes(new URL(request.url).pathname)) return pass(request, env);\n    door ??=",
    ],
  ]);

describe('a page in Chromium and a worker in workerd', () => {
  let service: Service;
  let running: Running;
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    service = await onCloudflare(tenantCredentials, false, undefined, ownRoutes);
    running = await service.start();
    server = await servePages();
    browser = await chromium.launch(chromiumLaunch);
    page = await browser.newPage();
    await page.goto(`${server.origin}/edge/`);
    await page.waitForFunction(() => 'edgePage' in globalThis);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await running?.stop();
    await service?.remove();
  }, 60_000);
  const place = () => ({ url: running.url, accessKeyId, secretAccessKey, workerArn });

  test('open streams of each other under one keyring, and no forged one', async () => {
    for (const length of [0, 100, 300_000])
      assert.deepEqual(
        await page.evaluate(([at, size]) => edgePage.shareKeyring(at, size), [place(), length] as const),
        {
          opened: true,
          read: true,
          differ: true,
          forged: 'refused',
        },
      );
  });

  test('decrypt what the other encrypted under the same key in keyrings of their own', async () => {
    assert.deepEqual(
      await page.evaluate(([at, name]) => edgePage.replicate(at, name), [place(), uniqueName()] as const),
      {
        there: 'meet at nine',
        here: 'meet at nine',
        wrong: 'InvalidCiphertextException',
      },
    );
  });
});
