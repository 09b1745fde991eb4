// How long more is waited for where there is something already: sources that are fast fill a batch, slow ones hold nothing up.

/** Milliseconds. */
const patience = 10;

/** @returns true where `promise` is settled in time. It is nobody's concern here how */
export async function isInTime(promise: Promise<unknown>): Promise<boolean> {
  let timer: unknown;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience);
  });
  const settled = (): boolean => true;
  try {
    return await Promise.race([promise.then(settled, settled), late]);
  } finally {
    clearTimeout(timer as number);
  }
}
