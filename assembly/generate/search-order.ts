// Searches an order of the S-box's gates that moves few values through memory, by simulated annealing, and prints it for
// sbox-circuit.ts. Not a part of the build: node assembly/generate/search-order.ts [seconds] [seed]
import { registers, sboxNames } from './bitslice.ts';
import { type Gate, sboxGates } from './sbox-circuit.ts';
import { withSpills } from './spill.ts';

const seconds = Number(process.argv[2] ?? 120);
let state = Number(process.argv[3] ?? 1);

/** xorshift32, for runs that can be repeated. */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

/** A store takes the one port that stores have; loads have several. */
const weights = { gate: 0, input: 0.25, load: 0.25, store: 1 } as const;
function cost(gates: readonly Gate[]): number {
  const steps = withSpills(gates, sboxNames.inputs, sboxNames.outputs, registers);
  return steps.reduce((sum, { kind }) => sum + weights[kind], 0);
}

/** Moves one gate to another place between the gates that it needs and the gates that need it. */
function moved(gates: readonly Gate[]): Gate[] {
  const from = Math.floor(random() * gates.length);
  const gate = gates[from] as Gate;
  const first = 1 + gates.findLastIndex(({ output }, i) => i < from && (output === gate.left || output === gate.right));
  const user = gates.findIndex(({ left, right }) => left === gate.output || right === gate.output);
  const last = user === -1 ? gates.length - 1 : user - 1;
  const rest = gates.filter((_, i) => i !== from);
  rest.splice(first + Math.floor(random() * (last - first + 1)), 0, gate);
  return rest;
}

let current = [...sboxGates];
let best = current;
const started = Date.now();
for (let elapsed = 0; elapsed < seconds; elapsed = (Date.now() - started) / 1000) {
  const temperature = 2 * (1 - elapsed / seconds) + 0.02;
  const next = moved(current);
  const gain = cost(current) - cost(next);
  if (gain >= 0 || random() < Math.exp(gain / temperature)) current = next;
  if (cost(current) < cost(best)) best = current;
}
console.log(`cost ${cost(sboxGates)} before, ${cost(best)} now`);
console.log(best.map(({ output }) => output).join(' '));
