// Bounded memories: the oldest entry goes when there are too many.
const most = 1000;

/** Sets an entry as the newest of a map that keeps 1000. */
export function remember<V>(memory: Map<string, V>, name: string, value: V): void {
  memory.delete(name);
  memory.set(name, value);
  if (memory.size <= most) return;
  for (const oldest of memory.keys()) {
    memory.delete(oldest);
    return;
  }
}
