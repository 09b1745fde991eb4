// Work in flight, its results in order.
import type { Bytes } from '../formats/bytes.ts';

/**
 * @param depth how many pieces of work may be in flight together
 * @param start takes the next input and begins work on it; undefined at the end
 * @throws what `start` or a piece of work throws, when everything before it was given out; after that nothing is
 */
export async function* pipelined(
  depth: number,
  start: () => Promise<{ readonly work: Promise<Bytes> } | undefined>,
): AsyncGenerator<Bytes, void> {
  const inFlight: Promise<Bytes>[] = [];
  let end: { readonly error?: unknown } | undefined;
  try {
    for (;;) {
      while (end === undefined && inFlight.length < depth) {
        try {
          const begun = await start();
          // Marked as seen: it may fail long before its turn comes.
          begun?.work.catch(() => {});
          if (begun === undefined) end = {};
          else inFlight.push(begun.work);
        } catch (error) {
          end = { error };
        }
      }
      const next = inFlight.shift();
      if (next === undefined) break;
      yield await next;
    }
    if (end !== undefined && 'error' in end) throw end.error;
  } finally {
    // Nobody will see these.
    for (const work of inFlight)
      work.then(
        (bytes) => bytes.fill(0),
        () => {},
      );
  }
}
