// Telling listeners, of whom one may be the application's and throw, and the next one wipes keys.

/** Calls every listener, whatever the others do; then throws what the first that failed has thrown. */
export function tellAll(listeners: Iterable<() => void>): void {
  const errors: unknown[] = [];
  for (const listener of listeners) {
    try {
      listener();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
