// What the README says that there is, is all that there is: its tables name every error of the library's own, and every option of openKms.
import { readdirSync, readFileSync } from 'node:fs';
import { assert } from 'chai';
import { describe, test } from 'vitest';

const readme = readFileSync('README.md', 'utf8');
/** What stands in the first column of a table, under a heading. */
function firstColumn(heading: string): Set<string> {
  const [, section = ''] = readme.split(`### ${heading}\n`);
  const rows = (section.split(/^##/m)[0] ?? '').matchAll(/^\| (`[^|]*) \|/gm);
  return new Set([...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)));
}

describe('the README', () => {
  test("names every error that is not one of AWS's", () => {
    const named = firstColumn('Errors');
    const folder = 'src/model/errors';
    const files = readdirSync(folder).filter((name) => !['aws.ts', 'base.ts', 'index.ts'].includes(name));
    const sources = [...files.map((name) => `${folder}/${name}`), 'src/cipher/errors.ts'];
    const classes = sources.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/^export class (\w+)/gm)].map(([, name = '']) => name),
    );
    assert.isAbove(classes.length, 25);
    // AWS has the one; the other is what the cipher tells the rooms above it, which say InvalidCiphertextException.
    const others = classes.filter((name) => !['ThrottlingException', 'AuthenticationFailed'].includes(name));
    assert.deepEqual(
      others.filter((name) => !named.has(name)),
      [],
    );
  });

  test('names every option of openKms, and no other', () => {
    const source = readFileSync('src/kms/open.ts', 'utf8');
    const [, body = ''] = /^export interface OpenKmsOptions \{\n(.*?)^\}/ms.exec(source) ?? [];
    const options = [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
    assert.deepEqual([...firstColumn('Options of `openKms`')].sort(), options.sort());
  });
});
