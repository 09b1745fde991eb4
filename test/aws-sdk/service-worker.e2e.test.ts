// A page's unmodified AWS SDK reaches the KMS of the device through a service worker; the network sees nothing of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { type BrowserContext, chromium, firefox, type Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';
import { type PageServer, servePages } from '../support/page-server.ts';

let server: PageServer;
beforeAll(async () => {
  server = await servePages();
});
afterAll(() => server.close());

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.origin}/sdk/`);
  await page.waitForFunction(() => 'sdkPage' in globalThis);
  return page;
}

for (const [name, launch] of [
  ['Chromium', (profile: string) => chromium.launchPersistentContext(profile, chromiumLaunch)],
  ['Firefox', (profile: string) => firefox.launchPersistentContext(profile, firefoxLaunch)],
] as const) {
  describe(`the AWS SDK of a page in ${name}`, () => {
    test('is answered by the service worker, and finds its keys again after a reload', async () => {
      const profile = mkdtempSync(join(tmpdir(), 'keyhaven-sw-'));
      const context = await launch(profile);
      try {
        const page = await open(context);
        const first = await page.evaluate(async () => {
          const kms = sdkPage.newClient();
          const { KeyMetadata } = await kms.createKey({ Description: 'made by the SDK' });
          await kms.createAlias({ AliasName: 'alias/page', TargetKeyId: KeyMetadata?.KeyId });
          const { CiphertextBlob } = await kms.encrypt({ KeyId: 'alias/page', Plaintext: new Uint8Array([1, 2, 3]) });
          const error = await kms.describeKey({ KeyId: 'alias/none' }).then(
            () => '',
            (each: Error) => each.name,
          );
          // Families that are loaded at their first use elsewhere: a service worker cannot load anything later.
          const pair = await kms.createKey({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' });
          const signed = {
            KeyId: pair.KeyMetadata?.KeyId,
            Message: new Uint8Array([1]),
            SigningAlgorithm: 'ECDSA_SHA_256' as const,
          };
          const { Signature } = await kms.sign(signed);
          const { SignatureValid } = await kms.verify({ ...signed, Signature });
          await kms.createGrant({
            KeyId: KeyMetadata?.KeyId,
            GranteePrincipal: 'arn:aws:iam::000000000000:user/a',
            Operations: ['Encrypt'],
          });
          return { arn: KeyMetadata?.Arn ?? '', blob: [...(CiphertextBlob ?? [])], error, SignatureValid };
        });
        assert.isTrue(first.SignatureValid);
        assert.match(first.arn, /^arn:aws:kms:us-east-1:000000000000:key/);
        assert.equal(first.error, 'NotFoundException');
        const again = await open(context);
        const second = await again.evaluate(async (blob) => {
          const { Plaintext, KeyId } = await sdkPage.newClient().decrypt({ CiphertextBlob: new Uint8Array(blob) });
          return { arn: KeyId, plaintext: [...(Plaintext ?? [])] };
        }, first.blob);
        assert.deepEqual(second, { arn: first.arn, plaintext: [1, 2, 3] });
      } finally {
        await context.close();
        rmSync(profile, { recursive: true, force: true });
      }
    });
  });
}
