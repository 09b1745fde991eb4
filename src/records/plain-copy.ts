// Instances of classes as plain objects, as structured clone makes them, wherever they are in a value: in circles too, which an
// encoding of their own could not have.

/**
 * True for an instance that gives itself a name (`Symbol.toStringTag`) and that structured clone makes a plain object. The platform's
 * own objects have such names too; it refuses them, or clones what no member shows.
 */
export function isTagged(value: object): boolean {
  const tag = (value as Record<symbol, unknown>)[Symbol.toStringTag];
  if (typeof tag !== 'string' || ArrayBuffer.isView(value)) return false;
  const platform = (globalThis as unknown as Record<string, unknown>)[tag];
  try {
    if (typeof platform === 'function' && value instanceof platform) return false;
    return Object.getPrototypeOf(structuredClone(value)) === Object.prototype;
  } catch {
    return false;
  }
}

/** Copies objects, lists, maps and sets, each once; all else is taken as it is. Needs no stack. */
export function plainCopy(value: unknown): unknown {
  const copies = new Map<object, object>();
  const filling: (() => void)[] = [];

  function copyOf(given: unknown): unknown {
    if (typeof given !== 'object' || given === null) return given;
    const known = copies.get(given);
    if (known !== undefined) return known;
    const copy = begin(given);
    copies.set(given, copy);
    return copy;
  }

  function begin(given: object): object {
    switch (Object.prototype.toString.call(given)) {
      case '[object Map]': {
        const map = new Map();
        filling.push(() => {
          for (const [key, item] of given as Map<unknown, unknown>) map.set(copyOf(key), copyOf(item));
        });
        return map;
      }
      case '[object Set]': {
        const set = new Set();
        filling.push(() => {
          for (const item of given as Set<unknown>) set.add(copyOf(item));
        });
        return set;
      }
      case '[object Array]':
        return withMembers(new Array((given as unknown[]).length), given);
      case '[object Object]':
        return withMembers({}, given);
      default:
        return isTagged(given) ? withMembers({}, given) : given;
    }
  }

  function withMembers(copy: object, given: object): object {
    filling.push(() => {
      for (const name of Object.keys(given)) {
        const member = copyOf((given as Record<string, unknown>)[name]);
        Object.defineProperty(copy, name, { value: member, writable: true, enumerable: true, configurable: true });
      }
    });
    return copy;
  }

  const copy = copyOf(value);
  for (let next = filling.pop(); next !== undefined; next = filling.pop()) next();
  return copy;
}
