// Instances of classes as plain objects, as structured clone makes them, wherever they are in a value: in circles too, which an
// encoding of their own could not have.

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
        return given;
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
