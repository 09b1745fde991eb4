// The service model of AWS KMS as test/vectors has it, and what the numbers of the pinned SDK's schemas stand for.
import model from '../vectors/kms-model.json' with { type: 'json' };

/** A request, or a member of one. */
export interface Shape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, Shape>>;
  readonly member?: Shape;
}

/** Requests by operation. */
export const operations = model.operations as unknown as Readonly<Record<string, Shape>>;

/** Types without members, by their number in a schema. */
export const simpleTypes: Readonly<Record<number, string>> = {
  0: 'string',
  1: 'integer',
  2: 'boolean',
  4: 'timestamp',
  21: 'blob',
};
