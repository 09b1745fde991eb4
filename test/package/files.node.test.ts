// What npm publishes: with the library its documentation, so that the links of the README lead somewhere, and no map that points to a
// source which is not there.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assert } from 'chai';
import { describe, test } from 'vitest';

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

const pack = (): string[] => {
  const arguments_ = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [packed] = JSON.parse(execFileSync('npm', arguments_, { encoding: 'utf8' })) as Packed[];
  return (packed as Packed).files.map(({ path }) => path);
};

describe('the published package', () => {
  const files = new Set(pack());

  test('holds every page that its pages link to', () => {
    const pages = [...files].filter((path) => path.endsWith('.md'));
    assert.include(pages, 'docs/architecture.md');
    for (const page of pages)
      for (const [, link = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([\w./-]+\.(?:md|svg))/g))
        assert.isTrue(files.has(join(dirname(page), link)), `${page} links to ${link}`);
  });

  test('has no map without its source', () => {
    assert.deepEqual(
      [...files].filter((path) => path.endsWith('.d.ts.map')),
      [],
    );
    const maps = [...files].filter((path) => path.endsWith('.js.map'));
    assert.isAbove(maps.length, 100);
    for (const map of maps) {
      const { sources, sourcesContent } = JSON.parse(readFileSync(map, 'utf8')) as Record<string, unknown[]>;
      assert.equal(sourcesContent?.length, sources?.length, map);
    }
  });
});
