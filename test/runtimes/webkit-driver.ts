// Debian's WebKitGTK (packages webkit2gtk-driver and xvfb) over plain W3C WebDriver, because Playwright's own WebKit build is
// not to be had from a package registry. One session, on an X server of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

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

export class WebKitDriver {
  readonly #children: ChildProcess[] = [];
  #driver = '';
  #session: string | undefined;

  constructor() {
    process.once('exit', () => this.#killAll());
  }

  /** Starts display, driver and browser. */
  async start(): Promise<void> {
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
        await this.#fetch('GET', '/status');
        break;
      } catch (error) {
        if (attempt > 100) throw error;
        await sleep(100);
      }
    }
    const { sessionId } = (await this.#fetch('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          browserName: 'MiniBrowser',
          'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] },
        },
      },
    })) as { sessionId: string };
    this.#session = `/session/${sessionId}`;
    await this.send('POST', '/timeouts', { script: 30_000, pageLoad: 60_000 });
  }

  /** A command of the session, such as `POST /url`; what it answers. */
  send(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#fetch(method, `${this.#session}${path}`, body);
  }

  /** Ends the browser, the driver and the display. */
  async close(): Promise<void> {
    if (this.#session) await this.#fetch('DELETE', this.#session).catch(() => {}); // ends MiniBrowser
    this.#killAll();
    this.#session = undefined;
  }

  async #fetch(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#driver + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: { error?: string; message?: string } | null };
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

  #killAll(): void {
    for (const child of this.#children.splice(0).reverse()) child.kill('SIGTERM');
  }
}
