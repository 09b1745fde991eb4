// Decides which values of a straight line of gates wait in memory, so that never more than `registers` of them live at once.
// A compiler in a browser has to be quick and spills about twice as much as it must; what is written like this it need not
// spill at all. The rule is Belady's: out goes what is needed last.
import type { Gate } from './sbox-circuit.ts';

export type Step =
  | { readonly kind: 'gate'; readonly gate: Gate }
  /** An input comes from where it lies; a value that waited comes back from its slot. */
  | { readonly kind: 'input'; readonly value: string }
  | { readonly kind: 'store' | 'load'; readonly value: string; readonly slot: number };

/** The gates with stores and loads between them. Inputs lie in memory at the start; outputs are in registers at the end. */
export function withSpills(
  gates: readonly Gate[],
  inputs: readonly string[],
  outputs: readonly string[],
  registers: number,
): Step[] {
  const uses = new Map<string, number[]>();
  const use = (value: string, time: number): void => void uses.set(value, [...(uses.get(value) ?? []), time]);
  gates.forEach(({ left, right }, time) => {
    use(left, time);
    use(right, time);
  });
  for (const output of outputs) use(output, gates.length);

  const steps: Step[] = [];
  const inRegister = new Set<string>();
  const slots = new Map<string, number>();
  const freeSlots: number[] = [];
  let slotCount = 0;
  let now = 0;
  const nextUse = (value: string): number =>
    (uses.get(value) ?? []).find((time) => time >= now) ?? Number.POSITIVE_INFINITY;

  /** Makes sure that a register is free; the values in `needed` stay. */
  const makeRoom = (needed: readonly string[]): void => {
    while (inRegister.size >= registers) {
      const [victim] = [...inRegister]
        .filter((value) => !needed.includes(value))
        .sort((a, b) => nextUse(b) - nextUse(a));
      if (victim === undefined) throw new Error('too few registers');
      inRegister.delete(victim);
      if (inputs.includes(victim) || slots.has(victim)) continue; // it is in memory already
      const slot = freeSlots.pop() ?? slotCount++;
      slots.set(victim, slot);
      steps.push({ kind: 'store', value: victim, slot });
    }
  };
  const fetch = (value: string, needed: readonly string[]): void => {
    if (inRegister.has(value)) return;
    makeRoom(needed);
    const slot = slots.get(value);
    steps.push(slot === undefined ? { kind: 'input', value } : { kind: 'load', value, slot });
    inRegister.add(value);
  };
  const forgetIfDone = (value: string): void => {
    if (nextUse(value) !== Number.POSITIVE_INFINITY) return;
    inRegister.delete(value);
    const slot = slots.get(value);
    if (slot !== undefined) freeSlots.push(slot);
    slots.delete(value);
  };

  gates.forEach((gate, time) => {
    now = time;
    const operands = [gate.left, gate.right];
    for (const value of operands) fetch(value, operands);
    now = time + 1;
    for (const value of operands) forgetIfDone(value);
    makeRoom([]);
    inRegister.add(gate.output);
    steps.push({ kind: 'gate', gate });
  });
  for (const output of outputs) fetch(output, outputs);
  return steps;
}
