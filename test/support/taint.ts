// Follows what is secret through a WASM module, without running it. Secret is: every vector, and everything that is loaded
// from memory, but for the fields that the caller names public. What is computed from something secret is secret: through
// operators, locals, blocks, parameters and results of functions, in any order (a local that was secret once is secret always).
// A secret must never become an address, a length of a copy, or the condition of a branch or select.
import {
  binaryen,
  childrenOf,
  type Expression,
  functionsOf,
  type Info,
  ids,
  infoOf,
  type WasmModule,
} from './wasm-ir.ts';

export interface Finding {
  /** The function, and the operand that is secret. */
  readonly where: string;
  readonly what: string;
}

interface State {
  secretLocals: Map<string, Set<number>>;
  secretResults: Set<string>;
  changed: boolean;
}

const vector = binaryen.v128;

class Walker {
  readonly #state: State;
  readonly #name: string;
  readonly #isPublicLoad: (load: Info) => boolean;
  readonly #declassified: Set<Expression>;
  /** Labels of blocks that a branch has carried a secret value to. */
  readonly #labels = new Set<string>();
  readonly findings: Finding[] = [];

  constructor(state: State, name: string, isPublicLoad: (load: Info) => boolean, declassified: Set<Expression>) {
    this.#state = state;
    this.#name = name;
    this.#isPublicLoad = isPublicLoad;
    this.#declassified = declassified;
  }

  #sink(what: string, isSecret: boolean): void {
    if (isSecret) this.findings.push({ where: this.#name, what });
  }

  #taint(set: Set<number>, index: number): void {
    if (set.has(index)) return;
    set.add(index);
    this.#state.changed = true;
  }

  #localsOf(name: string): Set<number> {
    const locals = this.#state.secretLocals.get(name) ?? new Set();
    this.#state.secretLocals.set(name, locals);
    return locals;
  }

  result(isSecret: boolean): void {
    if (!isSecret || this.#state.secretResults.has(this.#name)) return;
    this.#state.secretResults.add(this.#name);
    this.#state.changed = true;
  }

  /** Whether the expression's value is secret. */
  visit(expression: Expression): boolean {
    if (expression === 0) return false;
    const info = infoOf(expression);
    const part = (name: string): boolean => this.visit((info[name] as Expression | undefined) ?? 0);
    switch (info.id) {
      case ids.Const:
      case ids.Nop:
      case ids.Unreachable:
        return info.type === vector;
      case ids.LocalGet:
        return info.type === vector || this.#localsOf(this.#name).has(info['index'] as number);
      case ids.LocalSet: {
        const isSecret = part('value');
        if (isSecret && info.type !== vector) this.#taint(this.#localsOf(this.#name), info['index'] as number);
        return isSecret;
      }
      case ids.Load:
        this.#sink('address of a load', part('ptr'));
        return !this.#isPublicLoad(info);
      case ids.Store:
        this.#sink('address of a store', part('ptr'));
        part('value');
        return false;
      case ids.MemoryCopy:
      case ids.MemoryFill:
        for (const name of ['dest', 'source', 'size']) this.#sink(`${name} of a bulk operation`, part(name));
        return false;
      case ids.If: {
        this.#sink('condition of an if', part('condition'));
        const [yes, no] = [part('ifTrue'), part('ifFalse')];
        return yes || no;
      }
      case ids.Select: {
        const [yes, no] = [part('ifTrue'), part('ifFalse')];
        this.#sink('condition of a select', part('condition'));
        return yes || no;
      }
      case ids.Break: {
        const isSecret = part('value');
        if (isSecret) this.#labels.add(info['name'] as string);
        this.#sink('condition of a branch', part('condition'));
        return isSecret;
      }
      case ids.Block: {
        const results = (info['children'] as Expression[]).map((child) => this.visit(child));
        return results.at(-1) === true || this.#labels.has(info['name'] as string);
      }
      case ids.Return:
        this.result(part('value'));
        return false;
      case ids.Call: {
        const target = info['target'] as string;
        (info['operands'] as Expression[]).forEach((operand, index) => {
          if (this.visit(operand)) this.#taint(this.#localsOf(target), index);
        });
        return info.type === vector || this.#state.secretResults.has(target);
      }
      case ids.Switch:
      case ids.CallIndirect:
      case ids.GlobalGet:
      case ids.GlobalSet:
        throw new Error(`the core has no expressions of kind ${info.id}`);
      default: {
        const children = childrenOf(info).map((child) => this.visit(child));
        if (this.#declassified.has(expression)) return false;
        return info.type === vector || children.includes(true);
      }
    }
  }
}

/** Every use of a secret as an address, a length or a condition. */
export function findSecretUses(
  module: WasmModule,
  isPublicLoad: (load: Info) => boolean,
  declassified: Set<Expression>,
): Finding[] {
  const state: State = { secretLocals: new Map(), secretResults: new Set(), changed: true };
  let findings: Finding[] = [];
  while (state.changed) {
    state.changed = false;
    findings = [];
    for (const { name, body } of functionsOf(module)) {
      const walker = new Walker(state, name, isPublicLoad, declassified);
      walker.result(walker.visit(body));
      findings.push(...walker.findings);
    }
  }
  return findings;
}
