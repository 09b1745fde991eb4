// Vitest browser provider for Debian's WebKitGTK (packages webkit2gtk-driver and xvfb): plain W3C WebDriver, because
// Playwright's own WebKit build is not to be had from a package registry. One page, no user-event commands.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node';

const miniBrowser = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

class WebKitGtk implements BrowserProvider {
  readonly name = 'webkitgtk';
  readonly supportsParallelism = false;
  readonly #children: ChildProcess[] = [];
  #driver = '';
  #session: string | undefined;
  #started: Promise<void> | undefined;

  constructor(project: TestProject) {
    // The Xvfb screen is fixed, so a request to change the viewport has nothing to do.
    project.browser?.registerCommand('__vitest_viewport' as never, (async () => {}) as never);
    process.once('exit', () => this.#killAll());
  }

  async #send(method: string, path: string, body?: unknown): Promise<{ sessionId: string }> {
    const response = await fetch(this.#driver + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: { error?: string; message?: string; sessionId: string } };
    if (value?.error) throw new Error(`WebKitWebDriver ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** Starts an X server on a display number that it picks itself. */
  #startDisplay(): Promise<string> {
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    this.#children.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`Xvfb ended with exit ${code}`)));
      server.stdio[3]?.once('data', (number: Buffer) => resolve(`:${number.toString().trim()}`));
    });
  }

  async #start(): Promise<void> {
    const display = await this.#startDisplay();
    const port = await freePort();
    this.#driver = `http://127.0.0.1:${port}`;
    const env = {
      ...process.env,
      DISPLAY: display,
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    };
    const driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env });
    driver.once('error', (error) => console.error(error));
    this.#children.push(driver);
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#send('GET', '/status');
        break;
      } catch (error) {
        if (attempt > 100) throw error;
        await sleep(100);
      }
    }
    const { sessionId } = await this.#send('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          browserName: 'MiniBrowser',
          'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] },
        },
      },
    });
    this.#session = `/session/${sessionId}`;
    await this.#send('POST', `${this.#session}/timeouts`, { script: 30_000, pageLoad: 60_000 });
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    this.#started ??= this.#start();
    await this.#started;
    await this.#send('POST', `${this.#session}/url`, { url });
  }

  async close(): Promise<void> {
    if (this.#session) await this.#send('DELETE', this.#session).catch(() => {}); // ends MiniBrowser
    this.#killAll();
    this.#session = undefined;
    this.#started = undefined;
  }

  #killAll(): void {
    for (const child of this.#children.splice(0).reverse()) child.kill('SIGTERM');
  }
}

/** The provider for `browser.provider` in a Vitest project. */
export const webkitgtk = (): BrowserProviderOption =>
  defineBrowserProvider({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    providerFactory: (project: TestProject) => new WebKitGtk(project),
  });
