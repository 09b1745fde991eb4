#!/usr/bin/env node
// The command `keyhaven`.
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

main().catch((error: unknown) => {
  const text =
    error instanceof UsageError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`keyhaven: ${text}\n${error instanceof UsageError ? 'keyhaven --help tells more.\n' : ''}`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
