// The vault page on an origin of its own, in real browsers: a page of the app's origin that runs any script it likes can use what
// its policy allows, gets no key and nothing of other keys, and every attempt is recorded. Same site and cross site.
import { assert } from 'chai';
import { type Browser, chromium, type Frame, firefox, type Page } from 'playwright';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chromiumLaunch, firefoxLaunch } from '../runtimes/browsers.ts';
import { type Origins, serveOrigins } from '../support/vault-servers.ts';

let origins: Origins;
beforeAll(async () => {
  origins = await serveOrigins((app) => ({
    callers: [
      { origin: `http://localhost:${app}`, rate: { perSecond: 300, burst: 600 } },
      { origin: `http://127.0.0.1:${app}` },
    ],
    keys: [
      { alias: 'alias/notes', description: 'Notes', allow: [`http://localhost:${app}`, `http://127.0.0.1:${app}`] },
      { alias: 'alias/private', description: 'Private things' },
      { alias: 'alias/other', description: 'Other things' },
    ],
    consent: true,
  }));
});
afterAll(() => origins.close());

/** Playwright switches the partitioning of storage off, which no user's browser does; IndexedDB in a cross-site frame fails then. */
async function launchChromium(): Promise<Browser> {
  const args = [...(chromiumLaunch.args ?? []), '--enable-automation'];
  const probe = await chromium.launch({ ...chromiumLaunch, args });
  const session = await probe.newBrowserCDPSession();
  const { arguments: given } = (await session.send('Browser.getBrowserCommandLine' as never)) as {
    arguments: string[];
  };
  await probe.close();
  const flag = given.find(
    (each) => each.startsWith('--disable-features=') && each.includes('ThirdPartyStoragePartitioning'),
  );
  if (flag === undefined) return chromium.launch(chromiumLaunch);
  return chromium.launch({
    ...chromiumLaunch,
    ignoreDefaultArgs: [flag],
    args: [...(chromiumLaunch.args ?? []), flag.replace(/,?ThirdPartyStoragePartitioning/, '')],
  });
}

/** A click that a script makes opens no window otherwise; that it is one is for want of a driver that can. */
const launchFirefox = (): Promise<Browser> =>
  firefox.launch({ ...firefoxLaunch, firefoxUserPrefs: { 'dom.disable_open_during_load': false } });

const hosts = { 'same site': 'localhost', 'cross site': '127.0.0.1' } as const;

async function openApp(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'app' in globalThis);
  return page;
}

function vaultFrame(page: Page, port: number): Frame {
  const frame = page.frames().find((each) => each.url().includes(`:${port}/`));
  if (frame === undefined) throw new Error('the vault page is not there');
  return frame;
}

/** The records that the vault page shows. */
const recordsOf = (page: Page, port: number): Promise<string[]> =>
  vaultFrame(page, port).evaluate(() =>
    Array.from(document.querySelectorAll('#calls li'), (item) => item.textContent ?? ''),
  );

for (const [name, launch] of [
  ['Chromium', launchChromium],
  ['Firefox', launchFirefox],
] as const)
  for (const [relation, host] of Object.entries(hosts))
    describe(`a vault page on another origin of the ${relation} in ${name}`, () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await launch();
      });
      afterAll(() => browser.close());
      const appUrl = (): string => `http://localhost:${origins.app}/`;
      const vaultUrl = (): string => `http://${host}:${origins.vault}/`;

      test('serves its app: calls, a sealer, streams, and the same keys after a reload', async () => {
        const page = await openApp(browser, appUrl());
        const used = await page.evaluate(async (url) => {
          const { kms } = await app.connect(url);
          const Plaintext = new TextEncoder().encode('text');
          const { CiphertextBlob, KeyId } = await kms.encrypt({ KeyId: 'alias/notes', Plaintext });
          const sealer = await app.openSealer(kms, { KeyId: 'alias/notes' });
          const record = sealer.open(sealer.seal(Plaintext));
          const file = new Blob([new Uint8Array(100_000).fill(3)]);
          const sealed = file.stream().pipeThrough(app.encryptStream(kms, { KeyId: 'alias/notes' }));
          const opened = await new Response(sealed.pipeThrough(app.decryptStream(kms))).arrayBuffer();
          return { blob: [...CiphertextBlob], KeyId, record: [...record], size: opened.byteLength, arn: kms.callerArn };
        }, vaultUrl());
        assert.deepEqual(used.record, [...Buffer.from('text')]);
        assert.equal(used.size, 100_000);
        assert.equal(used.arn, `arn:aws:iam::000000000000:user/origin/http/localhost+${origins.app}`);
        await page.reload();
        await page.waitForFunction(() => 'app' in globalThis);
        const again = await page.evaluate(
          async ({ url, blob }) => {
            const { kms } = await app.connect(url);
            const { Plaintext, KeyId } = await kms.decrypt({ CiphertextBlob: new Uint8Array(blob) });
            return { text: new TextDecoder().decode(Plaintext), KeyId };
          },
          { url: vaultUrl(), blob: used.blob },
        );
        assert.deepEqual(again, { text: 'text', KeyId: used.KeyId });
        await page.context().close();
      });

      test('gives an attacker on the app no key, nothing of other keys, and records every attempt', async () => {
        const page = await openApp(browser, appUrl());
        const found = await page.evaluate(async (url) => {
          const { frame, kms } = await app.connect(url);
          const outcomes: Record<string, string> = {};
          const attempt = async (name: string, work: () => unknown): Promise<void> => {
            outcomes[name] = await app.errorName((async () => work())());
          };
          const inside = frame.contentWindow as unknown as typeof globalThis;
          // Around the port: into the frame, its storage, its files, its process.
          await attempt('document', () => inside.document.title);
          await attempt('indexedDB', () => inside.indexedDB.databases());
          await attempt('eval', () => inside.eval('1'));
          await attempt('consent', () => frame.contentWindow?.postMessage('allow', '*'));
          await attempt('config', () => fetch(`${url}vault.json`).then((response) => response.json()));
          const databases = (await indexedDB.databases?.())?.map(({ name }) => name ?? '') ?? [];

          // Through a port of its own: every name of the table, and names that are in none.
          const port = await app.openRawPort(frame);
          let id = 0;
          let keys = 0;
          const call = async (operation: string, input: unknown): Promise<string> => {
            port.postMessage({ type: 'call', id: ++id, operation, input });
            const message = await app.answer(port);
            keys += app.keysIn(message);
            return (message['error'] as { code?: string } | undefined)?.code ?? String(message['type']);
          };
          for (const operation of ['constructor', '__proto__', 'as', 'at', 'destroy', 'toString'])
            outcomes[operation] = await call(operation, {});
          const bytes = new Uint8Array(16);
          const everything: Record<string, string> = {};
          const notTried = [
            'Encrypt',
            'Decrypt',
            'GenerateDataKey',
            'GenerateDataKeyWithoutPlaintext',
            'ReEncrypt',
            'DescribeKey',
            'GenerateDataKeyPair',
            'GenerateDataKeyPairWithoutPlaintext',
          ];
          for (const operation of app.operationNames) {
            if (notTried.includes(operation)) continue; // these the policy allows, or the user is asked
            everything[operation] = await call(operation, {
              KeyId: 'alias/notes',
              TargetKeyId: 'alias/notes',
              AliasName: 'alias/new',
              Policy: '{}',
              Description: '',
              GranteePrincipal: kms.callerArn,
              Operations: ['Decrypt'],
              Message: bytes,
              Mac: bytes,
              Signature: bytes,
              MacAlgorithm: 'HMAC_SHA_256',
              SigningAlgorithm: 'ECDSA_SHA_256',
              NumberOfBytes: 16,
              GrantId: 'a'.repeat(64),
              WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
              WrappingKeySpec: 'RSA_2048',
              ReplicaRegion: 'us-west-2',
              PrimaryRegion: 'us-west-2',
              Tags: [],
              TagKeys: [],
              RetiringPrincipal: kms.callerArn,
            });
          }
          const allowed = await kms.generateDataKey({ KeyId: 'alias/notes', KeySpec: 'AES_256' });
          keys += app.keysIn(allowed);
          // A number that was there before ends the port.
          port.postMessage({ type: 'call', id: 1, operation: 'ListKeys', input: {} });
          const end = await app.answer(port);
          // And a flood on another ends in being throttled.
          const flood = await app.openRawPort(frame);
          const codes = new Set<unknown>();
          const flooded = new Promise<void>((resolve) => {
            let count = 0;
            flood.addEventListener('message', ({ data }) => {
              codes.add(data.error?.code ?? data.type);
              if (++count === 2000) resolve();
            });
          });
          for (let i = 1; i <= 2000; i++)
            flood.postMessage({ type: 'call', id: i, operation: 'GetKeyPolicy', input: { KeyId: 'x' } });
          await flooded;
          return { outcomes, databases, everything, keys, end: end['type'], codes: [...codes] };
        }, vaultUrl());
        assert.deepInclude(found.outcomes, {
          document: 'SecurityError',
          indexedDB: 'SecurityError',
          eval: 'SecurityError',
          constructor: 'UnknownOperationException',
          as: 'UnknownOperationException',
          at: 'UnknownOperationException',
          destroy: 'UnknownOperationException',
          toString: 'UnknownOperationException',
        });
        assert.equal(found.outcomes['config'], 'TypeError', 'fetch is refused');
        assert.notInclude(found.databases.join(), 'vault');
        assert.equal(found.keys, 0, 'no CryptoKey in any answer');
        assert.equal(found.end, 'closed');
        assert.include(found.codes, 'ThrottlingException');
        assert.isAbove(Object.keys(found.everything).length, 40);
        for (const [operation, outcome] of Object.entries(found.everything))
          assert.notEqual(outcome, 'result', `${operation} must not succeed`);
        const records = await recordsOf(page, origins.vault);
        const origin = `http://localhost:${origins.app}`;
        for (const operation of [
          'constructor',
          'as',
          'CreateKey',
          'CreateGrant',
          'PutKeyPolicy',
          'ScheduleKeyDeletion',
          'ListKeys',
        ])
          assert.isTrue(
            records.some((record) => record.startsWith(`${origin} · ${operation} · `)),
            `${operation} is recorded`,
          );
        assert.isTrue(
          records.some((record) => record.includes('HostRefused')),
          'the replay is recorded',
        );
        assert.isTrue(
          records.some((record) => record.includes('ThrottlingException')),
          'the flood is recorded',
        );
        await page.context().close();
      });

      test('asks the user in a window of its own, and the answer is a grant that lasts', async () => {
        const page = await openApp(browser, appUrl());
        await page.evaluate(async (url) => {
          const prompts: boolean[] = [];
          const { kms } = await app.connect(url, { onPrompt: (isOpen) => prompts.push(isOpen) });
          const Plaintext = new Uint8Array(4);
          const calls: Record<string, string> = {};
          const encrypt = (KeyId: string): void => {
            calls[KeyId] = 'open';
            app.errorName(kms.encrypt({ KeyId, Plaintext })).then((outcome) => {
              calls[KeyId] = outcome;
            });
          };
          Object.assign(globalThis, { prompts, calls, encrypt });
          encrypt('alias/private');
        }, vaultUrl());
        type State = { prompts: boolean[]; calls: Record<string, string>; encrypt(KeyId: string): void };
        const stateOf = () =>
          page.evaluate(() => {
            const { prompts, calls } = globalThis as unknown as State;
            return { prompts, calls };
          });
        const decide = async (answer: string): Promise<void> => {
          const frame = vaultFrame(page, origins.vault);
          const button = frame.locator('#questions button');
          await button.waitFor();
          // Playwright's input does not reach a cross-site frame of Firefox.
          const isReached = name === 'Chromium' || relation === 'same site';
          const click = isReached ? button.click() : button.evaluate((element: HTMLElement) => element.click());
          const [popup] = await Promise.all([page.context().waitForEvent('page'), click]);
          await popup.locator('main').waitFor();
          assert.equal(await popup.locator('#origin').textContent(), `http://localhost:${origins.app}`);
          assert.isTrue(await popup.locator('#allow').isDisabled(), 'not at once');
          // What lay over it until now took its focus, and gives it back.
          await popup.locator('#allow:enabled').waitFor();
          for (const event of ['blur', 'focus']) await popup.evaluate((name) => dispatchEvent(new Event(name)), event);
          assert.isTrue(await popup.locator('#allow').isDisabled(), 'nor at once after it was covered');
          const closed = popup.waitForEvent('close');
          // The window may be gone before its driver has seen the click through.
          await popup
            .locator(answer)
            .click()
            .catch(() => {});
          await closed;
        };
        await page.waitForFunction(() => (globalThis as unknown as State).prompts.length > 0);
        // Whatever the page does itself is no answer.
        await page.evaluate(() => {
          for (const frame of document.querySelectorAll('iframe')) {
            frame.contentWindow?.postMessage('allow', '*');
            frame.contentWindow?.postMessage({ type: 'allow' }, '*');
          }
        });
        assert.deepEqual(await stateOf(), { prompts: [true], calls: { 'alias/private': 'open' } });
        await decide('#allow');
        await page.waitForFunction(() => (globalThis as unknown as State).calls['alias/private'] !== 'open');
        await page.evaluate(() => (globalThis as unknown as State).encrypt('alias/other'));
        await page.waitForFunction(() => (globalThis as unknown as State).prompts.length === 3);
        await decide('#refuse');
        await page.waitForFunction(() => (globalThis as unknown as State).calls['alias/other'] !== 'open');
        assert.deepEqual(await stateOf(), {
          prompts: [true, false, true, false],
          calls: { 'alias/private': 'fulfilled', 'alias/other': 'AccessDeniedException' },
        });
        // Neither is asked again: one is a grant, and kept; the other was a no.
        await page.reload();
        await page.waitForFunction(() => 'app' in globalThis);
        const again = await page.evaluate(async (url) => {
          const { kms } = await app.connect(url);
          return app.errorName(kms.encrypt({ KeyId: 'alias/private', Plaintext: new Uint8Array(4) }));
        }, vaultUrl());
        assert.equal(again, 'fulfilled');
        await page.context().close();
      });

      test('is HostUnavailable for calls that were under way when the frame was reloaded or removed, and then there again', async () => {
        const page = await openApp(browser, appUrl());
        const outcomes = await page.evaluate(async (url) => {
          const { frame, kms } = await app.connect(url, { deadline: 4000 });
          const call = () => app.errorName(kms.encrypt({ KeyId: 'alias/notes', Plaintext: new Uint8Array(4) }));
          const first = await call();
          // Waits for the user, so it is under way for as long as we like.
          const waiting = app.errorName(kms.encrypt({ KeyId: 'alias/private', Plaintext: new Uint8Array(4) }));
          await new Promise((resolve) => setTimeout(resolve, 300));
          frame.src = `${url}?again`;
          const lost = await waiting;
          const back = await call();
          const last = app.errorName(kms.encrypt({ KeyId: 'alias/private', Plaintext: new Uint8Array(4) }));
          await new Promise((resolve) => setTimeout(resolve, 300));
          frame.remove();
          return { first, lost, back, last: await last, gone: await call() };
        }, vaultUrl());
        assert.deepEqual(outcomes, {
          first: 'fulfilled',
          lost: 'HostUnavailable',
          back: 'fulfilled',
          last: 'HostUnavailable',
          gone: 'HostUnavailable',
        });
        await page.context().close();
      });

      test('refuses a page of another origin, twice: the browser does, and so does the host', async () => {
        const page = await openApp(browser, `http://localhost:${origins.stranger}/`);
        const errorAt = (url: string): Promise<string> =>
          page.evaluate((url) => app.errorName(app.connect(url, { deadline: 1500 })), url);
        assert.equal(await errorAt(vaultUrl()), 'HostUnavailable', 'frame-ancestors: there is nothing in the frame');
        assert.equal(await errorAt(`http://${host}:${origins.open}/`), 'HostRefused');
        // And one that does not ask first.
        const raw = await page.evaluate(async () => {
          const frame = [...document.querySelectorAll('iframe')].at(-1)!;
          const { port1, port2 } = new MessageChannel();
          frame.contentWindow?.postMessage({ keyhaven: 1, type: 'connect' }, { targetOrigin: '*', transfer: [port2] });
          port1.start();
          port1.postMessage({ type: 'hello', version: 1 });
          const message = await app.answer(port1);
          return (message['error'] as { code?: string }).code;
        });
        assert.equal(raw, 'HostRefused');
        const records = await recordsOf(page, origins.open);
        assert.isTrue(
          records.some((record) => record.startsWith(`http://localhost:${origins.stranger} · HostRefused`)),
        );
        await page.context().close();
      });

      test('refuses a sandboxed frame, whose origin is null', async () => {
        const page = await openApp(browser, appUrl());
        const answered = await page.evaluate(async (url) => {
          const { kms } = await app.connect(url);
          const sandboxed = document.createElement('iframe');
          sandboxed.sandbox.add('allow-scripts');
          sandboxed.srcdoc = `<script>
            addEventListener('message', ({ data }) => parent.postMessage({ answered: data }, '*'));
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = ({ data }) => parent.postMessage({ answered: data.type }, '*');
            parent.frames[0].postMessage({ keyhaven: 1, type: 'knock' }, '*');
            parent.frames[0].postMessage({ keyhaven: 1, type: 'connect' }, '*', [port2]);
            port1.postMessage({ type: 'hello', version: 1 });
          </script>`;
          const answers: unknown[] = [];
          addEventListener('message', ({ data }) => {
            if (data.answered !== undefined) answers.push(data.answered);
          });
          document.body.append(sandboxed);
          await new Promise((resolve) => setTimeout(resolve, 1500));
          await kms.encrypt({ KeyId: 'alias/notes', Plaintext: new Uint8Array(1) });
          return answers;
        }, vaultUrl());
        assert.deepEqual(answered, ['closed'], 'nothing but the refusal of its port');
        const records = await recordsOf(page, origins.vault);
        assert.isTrue(
          records.some((record) => record.startsWith('null · HostRefused')),
          records.join('\n'),
        );
        await page.context().close();
      });

      test('cannot have its question drawn over: the window that asks shows nothing in a frame', async () => {
        const page = await openApp(browser, appUrl());
        await page.evaluate((url) => void app.embed(`${url}consent.html`), vaultUrl());
        await page.waitForTimeout(1000);
        const frame = page.frames().find((each) => each !== page.mainFrame());
        const isShown = await frame
          ?.locator('main')
          .isVisible()
          .catch(() => false);
        assert.notEqual(isShown, true);
        await page.context().close();
      });

      // Once same site and once cross site: an Argon2 of each costs seconds.
      if ((name === 'Chromium') === (relation === 'same site'))
        test('keeps its keys under a passphrase, typed in a window of its own; a lock stops the app, and its sealer', async () => {
          const page = await openApp(browser, appUrl());
          const url = `http://${host}:${origins.locked}/`;
          const inWindow = async (button: string, work: (popup: Page) => Promise<void>): Promise<void> => {
            const ask = vaultFrame(page, origins.locked).getByRole('button', { name: button });
            await ask.waitFor();
            const isReached = name === 'Chromium' || relation === 'same site';
            const click = isReached ? ask.click() : ask.evaluate((element: HTMLElement) => element.click());
            const [popup] = await Promise.all([page.context().waitForEvent('page'), click]);
            await popup.waitForURL(`${url}unlock.html`);
            const closed = popup.waitForEvent('close');
            await work(popup);
            await closed;
          };
          const start = () =>
            page.evaluate(async (url) => {
              const prompts: boolean[] = [];
              Object.assign(globalThis, { prompts });
              const { kms } = await app.connect(url, { onPrompt: (isOpen) => prompts.push(isOpen) });
              const sealer = await app.openSealer(kms, { KeyId: 'alias/notes' });
              const record = await sealer.sealAsync(new Uint8Array(4));
              Object.assign(globalThis, {
                use: () => app.errorName(kms.encrypt({ KeyId: 'alias/notes', Plaintext: new Uint8Array(4) })),
                open: () => app.errorName(sealer.openAsync(record)),
              });
            }, url);
          type State = { prompts: boolean[]; use(): Promise<string>; open(): Promise<string> };
          const call = (member: 'use' | 'open') =>
            page.evaluate((member) => (globalThis as unknown as State)[member](), member);
          const passphrase = 'four unrelated words here';

          const started = start();
          started.catch(() => {});
          for (let tries = 0; tries < 200 && !page.frames().some((each) => each.url() === url); tries++)
            await page.waitForTimeout(50);
          await inWindow('Protect the keys', async (popup) => {
            await popup.getByLabel(/^New passphrase/).fill(passphrase);
            const code = (await popup.locator('#code').textContent()) ?? '';
            await popup.getByLabel('Its last five characters').fill(code.slice(-5).toLowerCase());
            await popup.getByRole('button', { name: 'Protect' }).click();
          });
          await started;
          assert.equal(await call('use'), 'fulfilled');
          const lock = vaultFrame(page, origins.locked).getByRole('button', { name: 'Lock' });
          await lock.evaluate((element: HTMLElement) => element.click());
          await page.waitForFunction(() => (globalThis as unknown as State).prompts.length === 3);
          assert.equal(await call('use'), 'KeyLocked');
          assert.equal(await call('open'), 'KeyLocked');
          await inWindow('Unlock the keys', async (popup) => {
            await popup.getByLabel('Passphrase', { exact: true }).fill('none of these words');
            await popup.getByRole('button', { name: 'Unlock', exact: true }).click();
            await popup.getByText('No slot of the kind').waitFor();
            await popup.getByLabel('Passphrase', { exact: true }).fill(passphrase);
            await popup.getByRole('button', { name: 'Unlock', exact: true }).click();
          });
          await page.waitForFunction(() => (globalThis as unknown as State).prompts.length === 4);
          assert.equal(await call('use'), 'fulfilled');
          assert.equal(await call('open'), 'fulfilled');
          await page.context().close();
        });

      if (relation === 'cross site')
        test('has other keys under another site: the browser keeps them apart', async () => {
          const context = await browser.newContext();
          const keyUnder = async (top: string): Promise<string> => {
            const page = await context.newPage();
            await page.goto(`http://${top}:${origins.app}/`);
            await page.waitForFunction(() => 'app' in globalThis);
            return page.evaluate(async (url) => {
              const { kms } = await app.connect(url);
              return (await kms.describeKey({ KeyId: 'alias/notes' })).KeyMetadata.KeyId;
            }, vaultUrl());
          };
          const [cross, same, again] = [
            await keyUnder('localhost'),
            await keyUnder('127.0.0.1'),
            await keyUnder('localhost'),
          ];
          assert.notEqual(cross, same);
          assert.equal(again, cross);
          await context.close();
        });
    });
