// The service model of the pinned AWS SDK in the words of botocore (service-2.json), so that clients of an older model can be taught
// what came since.
import * as sdk from '@aws-sdk/client-kms';
import { simpleTypes } from '../support/service-model.ts';
import model from '../vectors/kms-model.json' with { type: 'json' };

type Reference = number | 'unit' | (() => Reference) | readonly [unknown, ...unknown[]];
type Shape = Readonly<Record<string, unknown>>;

// Kinds of the SDK's schemas: [kind, namespace, name, traits, ...].
const [simple, list, map, structure] = [0, 1, 2, 3];
const [listOf, mapOf] = [64, 128];

/** Operations, and the shapes that they need. */
export interface ServiceModel {
  readonly operations: Readonly<Record<string, Shape>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export function pinnedModel(): ServiceModel {
  const shapes: Record<string, Shape> = {};

  function shapeOf(reference: Reference): string {
    if (typeof reference === 'function') return shapeOf(reference());
    if (reference === 'unit') return add('Nothing', { type: 'structure', members: {} });
    if (typeof reference === 'number') return shapeOfType(reference);
    const [kind] = reference;
    // A member with traits of its own.
    if (typeof kind !== 'number') return shapeOf(kind as Reference);
    const [, , name, , first, second] = reference as unknown as [number, string, string, unknown, never, never];
    if (kind === simple) return shapeOf(first);
    if (name in shapes) return name;
    if (kind === list) return add(name, { type: 'list', member: { shape: shapeOf(first) } });
    if (kind === map)
      return add(name, { type: 'map', key: { shape: shapeOf(first) }, value: { shape: shapeOf(second) } });
    if (kind !== structure) throw new Error(`There are schemas of kind ${kind}, ${name}.`);
    const members = first as readonly string[];
    const references = second as readonly Reference[];
    return add(name, {
      type: 'structure',
      members: Object.fromEntries(
        members.map((member, at) => [member, { shape: shapeOf(references[at] as Reference) }]),
      ),
    });
  }

  function shapeOfType(type: number): string {
    if (type >= mapOf)
      return add(`Map${type}`, { type: 'map', key: { shape: shapeOf(0) }, value: { shape: shapeOf(type - mapOf) } });
    if (type >= listOf) return add(`List${type}`, { type: 'list', member: { shape: shapeOf(type - listOf) } });
    const named = simpleTypes[type];
    if (named === undefined) throw new Error(`There are schemas of type ${type}.`);
    return add(`Any${named}`, { type: named });
  }

  function add(name: string, shape: Shape): string {
    shapes[name] = shape;
    return name;
  }

  const operations: Record<string, Shape> = {};
  for (const name of Object.keys(model.operations)) {
    const schema = (sdk as unknown as Record<string, Reference>)[`${name}$`] as unknown as readonly unknown[];
    operations[name] = {
      name,
      http: { method: 'POST', requestUri: '/' },
      input: { shape: shapeOf(schema[4] as Reference) },
      output: { shape: shapeOf(schema[5] as Reference) },
    };
  }
  return { operations, shapes };
}
