// Vitest browser provider for WebKitGTK. One page, no user-event commands.
import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node';
import { WebKitDriver } from './webkit-driver.ts';

class WebKitGtk implements BrowserProvider {
  readonly name = 'webkitgtk';
  readonly supportsParallelism = false;
  readonly #driver = new WebKitDriver();
  #started: Promise<void> | undefined;

  constructor(project: TestProject) {
    // The Xvfb screen is fixed, so a request to change the viewport has nothing to do.
    project.browser?.registerCommand('__vitest_viewport' as never, (async () => {}) as never);
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    this.#started ??= this.#driver.start();
    await this.#started;
    await this.#driver.send('POST', '/url', { url });
  }

  async close(): Promise<void> {
    await this.#driver.close();
    this.#started = undefined;
  }
}

/** The provider for `browser.provider` in a Vitest project. */
export const webkitgtk = (): BrowserProviderOption =>
  defineBrowserProvider({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    providerFactory: (project: TestProject) => new WebKitGtk(project),
  });
