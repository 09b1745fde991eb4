// Runs one command as a step of the build or of the tests, and fails loudly.
import { spawn } from 'node:child_process';

export interface Finished {
  code: number;
  output: string;
}

/** Runs a command with its output shown and kept. Does not throw on a non-zero exit. */
export function attempt(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      process.stderr.write(chunk);
    });
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/** Runs a command and throws, naming the step, when it fails. */
export async function run(step: string, command: string, args: readonly string[]): Promise<void> {
  const started = Date.now();
  const { code, output } = await attempt(command, args);
  if (code !== 0) throw new Error(`${step} failed (exit ${code})${code === 127 ? `: ${output}` : ''}`);
  console.log(`${step}: ok (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
