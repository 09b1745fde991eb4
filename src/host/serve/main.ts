#!/usr/bin/env node
// The command `keyhaven`.
import { KmsError } from '../../model/errors/index.ts';
import { readCommandLine, UsageError, usage } from './options.ts';
import { serve } from './serve.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<void> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === 'help') return say(usage);
  const serving = await serve(options, say);
  let isClosing = false;
  const stop = (): void => {
    // A second signal does not wait.
    if (isClosing) process.exit(1);
    isClosing = true;
    serving.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Mistakes of the user are told in a sentence, ours with their stack. */
function describe(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nkeyhaven --help tells more.`;
  if (error instanceof KmsError) return `${error.name}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`keyhaven: ${describe(error)}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
