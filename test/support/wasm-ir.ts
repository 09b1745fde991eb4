// Reads the built core as Binaryen's intermediate representation: a walk over expressions, for the checks on constant time.
import { readFileSync } from 'node:fs';
import untyped from 'binaryen';

export type Expression = number;
/** What Binaryen tells of an expression; which members there are depends on `id`. */
export interface Info {
  readonly id: number;
  readonly type: number;
  readonly [member: string]: unknown;
}

export interface WasmModule {
  getNumFunctions(): number;
  getFunctionByIndex(index: number): number;
  runPasses(names: string[]): void;
  setFeatures(features: number): void;
  addFunctionImport(name: string, from: string, base: string, params: number, results: number): void;
  call(name: string, operands: Expression[], type: number): Expression;
  readonly i32: { const(value: number): Expression };
  validate(): number;
  emitBinary(): Uint8Array;
}

type Kind =
  | 'Block'
  | 'Break'
  | 'Call'
  | 'CallIndirect'
  | 'Const'
  | 'GlobalGet'
  | 'GlobalSet'
  | 'If'
  | 'Load'
  | 'LocalGet'
  | 'LocalSet'
  | 'MemoryCopy'
  | 'MemoryFill'
  | 'Nop'
  | 'Return'
  | 'SIMDShift'
  | 'Select'
  | 'Store'
  | 'Switch'
  | 'Unary'
  | 'Binary'
  | 'Unreachable';
type Accessors<Member extends string> = Record<`get${Member}`, (e: Expression) => Expression> &
  Record<`set${Member}`, (e: Expression, to: Expression) => void>;

/** What is used of Binaryen here. Its own types are const enums, and leave out what changes an expression. */
interface Binaryen {
  readonly i32: number;
  readonly v128: number;
  readonly ExpressionIds: Readonly<Record<Kind, number>>;
  readonly Operations: Readonly<Record<string, number>>;
  readonly Features: Readonly<Record<'All', number>>;
  readonly Load: Accessors<'Ptr'>;
  readonly Store: Accessors<'Ptr'>;
  readonly If: Accessors<'Condition'>;
  readonly Break: Accessors<'Condition'>;
  readonly Select: Accessors<'Condition'>;
  readonly Switch: Accessors<'Condition'>;
  readonly CallIndirect: Accessors<'Target'>;
  readonly MemoryCopy: Accessors<'Dest'> & Accessors<'Source'> & Accessors<'Size'>;
  readonly MemoryFill: Accessors<'Dest'> & Accessors<'Size'>;
  readBinary(bytes: Uint8Array): WasmModule;
  parseText(text: string): WasmModule;
  createType(types: number[]): number;
  getExpressionId(expression: Expression): number;
  getExpressionType(expression: Expression): number;
  getExpressionInfo(expression: Expression): Info;
  getFunctionInfo(reference: number): { name: string; module: string; body: Expression };
}

export const binaryen: Binaryen = untyped as unknown as Binaryen;
export const ids: Binaryen['ExpressionIds'] = binaryen.ExpressionIds;

/** Members that hold one child, in the order of evaluation, and members that hold a list. */
const single = [
  'left',
  'right',
  'ptr',
  'dest',
  'source',
  'vec',
  'shift',
  'value',
  'size',
  'ifTrue',
  'ifFalse',
  'condition',
  'body',
  'a',
  'b',
  'c',
];
const lists = ['children', 'operands'];

export function infoOf(expression: Expression): Info {
  const id = binaryen.getExpressionId(expression);
  // Binaryen has nothing to tell of these, and fails when it is asked.
  if (id === ids.Unreachable || id === ids.Nop) return { id, type: binaryen.getExpressionType(expression) };
  return binaryen.getExpressionInfo(expression);
}

export function childrenOf(info: Info): Expression[] {
  const listed = lists.flatMap((name) => (info[name] as Expression[] | undefined) ?? []);
  const named = single
    .map((name) => info[name])
    .filter((child): child is Expression => typeof child === 'number' && child !== 0);
  // A constant's value is its value, not a child.
  return info.id === ids.Const ? [] : [...listed, ...named];
}

export function walk(expression: Expression, visit: (expression: Expression, info: Info) => void): void {
  const info = infoOf(expression);
  for (const child of childrenOf(info)) walk(child, visit);
  visit(expression, info);
}

export interface WasmFunction {
  readonly name: string;
  readonly body: Expression;
}

export function readCore(): WasmModule {
  const module = binaryen.readBinary(readFileSync('build/core.wasm'));
  module.setFeatures(binaryen.Features.All);
  return module;
}

/** The functions that the module defines. */
export function functionsOf(module: WasmModule): WasmFunction[] {
  return Array.from({ length: module.getNumFunctions() }, (_, i) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(i)),
  ).filter(({ module: importedFrom }) => !importedFrom);
}
