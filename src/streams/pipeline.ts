// Work in flight, its results in order.
import { giveBack } from '../cipher/spent.ts';
import type { Bytes } from '../formats/bytes.ts';
import { Patience } from './patience.ts';

/** Bytes that follow one another. */
export type Parts = readonly Bytes[];

export const lengthOf = (parts: Parts): number => parts.reduce((length, part) => length + part.length, 0);

/** The beginning of a buffer that is there, or a new one. */
export const roomFor = (length: number, into?: Bytes): Bytes => into?.subarray(0, length) ?? new Uint8Array(length);

/**
 * One part in place of many, each of which has a buffer of its own, and which are gone afterwards.
 * @param into where it goes: into its beginning; into memory of its own where it is not given
 */
export function joined(parts: Parts, into?: Bytes): Bytes {
  const [only] = parts;
  if (into === undefined && parts.length === 1 && only !== undefined) return only;
  const whole = roomFor(lengthOf(parts), into);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
    part.fill(0);
  }
  giveBack(parts);
  return whole;
}

/**
 * @param depth how many pieces of work may be in flight together
 * @param start takes the next input and begins work on it; undefined at the end. Where it is slow, results do not wait for it
 * @throws what `start` or a piece of work throws, when everything before it was given out; after that nothing is
 */
export async function* pipelined<Result extends Parts | Bytes>(
  depth: number,
  start: () => Promise<{ readonly work: Promise<Result> } | undefined>,
): AsyncGenerator<Result, void> {
  const inFlight: Promise<Result>[] = [];
  let starting: Promise<void> | undefined;
  let end: { readonly error?: unknown } | undefined;
  let isOver = false;

  async function begin(): Promise<void> {
    try {
      const begun = await start();
      // Marked as seen: it may fail long before its turn comes.
      begun?.work.catch(() => {});
      if (begun === undefined) end = {};
      else if (isOver) forget(begun.work);
      else inFlight.push(begun.work);
    } catch (error) {
      end = { error };
    } finally {
      starting = undefined;
    }
  }

  try {
    for (;;) {
      while (end === undefined && inFlight.length < depth) {
        starting ??= begin();
        const [first] = inFlight;
        if (first === undefined) await starting;
        else if (!(await isBegunBefore(first, starting))) break;
      }
      const next = inFlight.shift();
      if (next === undefined) break;
      yield await next;
    }
    if (end !== undefined && Object.hasOwn(end, 'error')) throw end.error;
  } finally {
    isOver = true;
    for (const work of inFlight) forget(work);
  }
}

/** @returns false where a result has waited long enough for more work to begin */
async function isBegunBefore(result: Promise<unknown>, starting: Promise<void>): Promise<boolean> {
  let isBegun = false;
  const begun = starting.then(() => {
    isBegun = true;
    return true;
  });
  const patience = new Patience();
  const done = (): true | Promise<boolean> => isBegun || patience.lasts(begun);
  try {
    return await Promise.race([begun, result.then(done, done)]);
  } finally {
    patience.end();
  }
}

/** Nobody will see this result. */
function forget(work: Promise<Parts | Bytes>): void {
  work.then(
    (result) => {
      const parts: Parts = result instanceof Uint8Array ? [result as Bytes] : result;
      for (const part of parts) part.fill(0);
    },
    () => {},
  );
}
