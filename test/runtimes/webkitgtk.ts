// Vitest browser provider for Debian's WebKitGTK (packages webkit2gtk-driver and xvfb): plain W3C WebDriver, because
// Playwright's own WebKit build is not to be had from a package registry. One page, no user-event commands.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrowserProviderOption, defineBrowserProvider } from '@vitest/browser';

const miniBrowser = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

type Project = Parameters<BrowserProviderOption['providerFactory']>[0];

class WebKitGtk {
  readonly name = 'webkitgtk';
  readonly supportsParallelism = false;
  readonly #driverPort = 4600 + (process.pid % 1000);
  readonly #display = `:${200 + (process.pid % 500)}`;
  #children: ChildProcess[] = [];
  #session: string | undefined;
  #started: Promise<void> | undefined;

  constructor(project: Project) {
    // The Xvfb screen is fixed, so a request to change the viewport has nothing to do.
    project.browser?.registerCommand('__vitest_viewport' as never, (async () => {}) as never);
  }

  async #send(method: string, path: string, body?: unknown): Promise<{ sessionId: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#driverPort}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: { error?: string; message?: string; sessionId: string } };
    if (value?.error) throw new Error(`WebKitWebDriver ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  #spawn(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): void {
    this.#children.push(spawn(command, args, { stdio: 'ignore', detached: true, env }));
  }

  async #start(): Promise<void> {
    this.#spawn('Xvfb', [this.#display, '-screen', '0', '1280x800x24', '-nolisten', 'tcp']);
    await sleep(500);
    this.#spawn('dbus-run-session', ['--', 'WebKitWebDriver', `--port=${this.#driverPort}`, '--host=127.0.0.1'], {
      ...process.env,
      DISPLAY: this.#display,
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    });
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
    if (this.#session) await this.#send('DELETE', this.#session).catch(() => {});
    for (const child of this.#children.reverse()) {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGTERM');
      } catch {
        // The process group is gone already.
      }
    }
    this.#children = [];
    this.#session = undefined;
    this.#started = undefined;
  }
}

/** The provider for `browser.provider` in a Vitest project. */
export const webkitgtk = (): BrowserProviderOption =>
  defineBrowserProvider({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    providerFactory: (project: Project) => new WebKitGtk(project) as never,
  } as never) as never;
