// Each example of README.md and docs/ runs, and prints what it says it prints.

// @ts-expect-error: made by examples-plugin.ts
import { examples } from 'virtual:doc-examples';
import { assert } from 'chai';
import { describe, test } from 'vitest';

interface Example {
  name: string;
  expected: string[];
  load(): Promise<{ run(console: { log(...values: unknown[]): void }): Promise<void> }>;
}

describe('examples of the documentation', () => {
  test('are there', () => assert.isAtLeast((examples as Example[]).length, 3));
  for (const { name, expected, load } of examples as Example[]) {
    test(name, async () => {
      const printed: string[] = [];
      await (await load()).run({ log: (...values) => printed.push(values.map(String).join(' ')) });
      for (const text of expected) assert.include(printed, text);
    });
  }
});
