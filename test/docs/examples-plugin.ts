// Vite plugin that turns the TypeScript examples of README.md and docs/ into modules, so that a browser runs each of them. An
// example is a fenced block of `ts`; it imports the library under its package name, and what it prints in a comment behind
// `console.log(...)` is what it must print.
import { readdirSync, readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const list = 'virtual:doc-examples';
const prefix = 'virtual:doc-example/';
/** Named like a source file, so that Vite takes the types out. */
const asFile = /\/test\/docs\/example-(\d+)\.ts$/;

interface Example {
  file: string;
  line: number;
  code: string;
}

function readExamples(): Example[] {
  const files = [
    'README.md',
    ...readdirSync('docs')
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((block) => ({
      file,
      line: text.slice(0, block.index).split('\n').length,
      code: block[1] as string,
    }));
  });
}

/** The example as a function that may run again and again; its imports stay at the top. */
function asModule({ code }: Example): string {
  const imports = /^import [^;]+;$/gm;
  const head = (code.match(imports) ?? [])
    .join('\n')
    .replaceAll(/'keyhaven(?:\/([\w-]+))?(?:\/([\w-]+))?'/g, (_, entry, file) =>
      JSON.stringify(`/src/${entry ? `${entry}/` : ''}${file ?? 'index'}.ts`),
    );
  return `${head}\nexport async function run(console: { log(...values: unknown[]): void }) {\n${code.replaceAll(imports, '')}\n}\n`;
}

export const docExamples = (): Plugin => ({
  name: 'keyhaven-doc-examples',
  resolveId(id) {
    if (id === list) return `\0${list}`;
    return id.startsWith(prefix) ? `${process.cwd()}/test/docs/example-${id.slice(prefix.length)}.ts` : undefined;
  },
  load(id) {
    if (id !== `\0${list}` && !asFile.test(id)) return undefined;
    const examples = readExamples();
    if (id === `\0${list}`) {
      const entries = examples.map(({ file, line, code }, index) => {
        const expected = [...code.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
        return `{ name: ${JSON.stringify(`${file}:${line}`)}, expected: ${JSON.stringify(expected)}, load: () => import('${prefix}${index}') }`;
      });
      return `export const examples = [${entries.join(',\n')}];`;
    }
    const index = asFile.exec(id)?.[1];
    return index === undefined ? undefined : asModule(examples[Number(index)] as Example);
  },
});
