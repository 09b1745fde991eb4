// Runs one command as a step of the build or of the tests, and fails loudly.
import { type ChildProcess, spawn } from 'node:child_process';

export interface Finished {
  code: number;
  output: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** After this many minutes the command and all that it started are killed. Default 20. */
  minutes?: number;
  /** Keeps the output without showing it. */
  isQuiet?: boolean;
}

// The output of a command passes through here, so it cannot see for itself whether anyone reads it on a terminal.
const color: NodeJS.ProcessEnv = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
const running = new Set<ChildProcess>();
const kill = (child: ChildProcess): void => {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL'); // the group: browsers outlive the command that started them
  } catch {
    // All of it has ended already.
  }
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const child of running) kill(child);
    process.exit(1);
  });

/** Runs a command with its output shown and kept. Does not throw on a non-zero exit. */
export function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { env = {}, cwd, minutes = 20, isQuiet = false } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...color, ...env },
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
    running.add(child);
    let output = '';
    for (const [stream, shown] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (!isQuiet) shown.write(text);
      });
    }
    const timer = setTimeout(() => {
      console.error(`${command}: killed after ${minutes} minutes`);
      kill(child);
    }, minutes * 60_000);
    const finish = (code: number): void => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, output });
    };
    child.on('error', (error) => {
      output += `${command}: ${error.message}`;
      finish(127);
    });
    // What a command leaves running would hold its output open.
    child.on('exit', () => setTimeout(() => running.has(child) && kill(child), 5_000).unref());
    child.on('close', (code) => finish(code ?? 1));
  });
}

/** Runs a command and throws, naming the step, when it fails. A quiet one shows its output then. */
export async function run(step: string, command: string, args: readonly string[], options?: RunOptions): Promise<void> {
  const { code, output } = await attempt(command, args, options);
  if (code === 0) return;
  if (options?.isQuiet) process.stderr.write(output);
  throw new Error(`${step} failed (exit ${code})${code === 127 ? `: ${output}` : ''}`);
}
