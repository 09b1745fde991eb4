// The `_headers` file of the vault page: whoever asks for a page by any of its names gets the headers that no page can give itself.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { headersFile } from '../../vault-page/headers.ts';

/** What a static host answers for a path: the lines under it. */
function answers(file: string): Map<string, string> {
  const blocks = file.trim().split(/\n(?=\/)/);
  return new Map(blocks.map((block) => [block.split('\n')[0] ?? '', block]));
}

describe('the headers of the vault page', () => {
  const file = answers(headersFile({ callers: [{ origin: 'https://a.example' }, { origin: 'https://b.example' }] }));

  test('let the callers alone embed the frame, by whichever name a static host serves it', () => {
    for (const path of ['/', '/index', '/index.html'])
      assert.match(file.get(path) ?? '', /frame-ancestors https:\/\/a\.example https:\/\/b\.example\n/, path);
  });

  test('let nobody embed a window that asks, also where a static host takes .html away', () => {
    for (const path of ['/consent', '/consent.html', '/unlock', '/unlock.html']) {
      assert.match(file.get(path) ?? '', /frame-ancestors 'none'\n/, path);
      assert.match(file.get(path) ?? '', /Cross-Origin-Resource-Policy: same-origin\n/, path);
    }
  });
});
