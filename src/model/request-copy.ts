// A request that is read later: copied now, member by member, so that the caller may change what it gave right after the call.
// What the copy holds is judged when it is read (shape.ts).
import { isBytes } from './shape.ts';

/** No request of the service nests deeper; what lies below is refused for its type without being looked into. */
const deepest = 3;
/** Longer than any list or any bytes that a request may have, so that a copy of this length is refused as the original was. */
const longest = 262_145;

export function copyRequest(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isBytes(value)) return new Uint8Array(value.subarray(0, longest));
  if (Object.prototype.toString.call(value) === '[object Date]') return new Date(Number(value));
  if (depth === deepest || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const length = Math.min(value.length, longest);
    return Array.from({ length }, (_, index) =>
      Object.hasOwn(value, index) ? copyRequest(value[index], depth + 1) : undefined,
    );
  }
  const copy: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(value)) copy[name] = copyRequest((value as Record<string, unknown>)[name], depth + 1);
  return copy;
}
