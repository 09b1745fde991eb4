// The changes of one keyring. Every change is a compare-and-swap that is tried again when another tab was faster; nothing here needs a
// lock to be right.
import { DependencyTimeoutException } from '../model/errors/index.ts';
import type { KeyPlace } from './attempt.ts';
import type { Draft } from './draft.ts';
import { pause } from './pause.ts';

/** How long a change is tried again, in milliseconds. */
const patience = 20_000;

export class Changes {
  readonly #newDraft: () => Promise<Draft>;
  readonly #purge: (key: KeyPlace) => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();

  /** @param purge removes a key whose deletion date has come, before a change that met it is tried again */
  constructor(newDraft: () => Promise<Draft>, purge: (key: KeyPlace) => Promise<void>) {
    this.#newDraft = newDraft;
    this.#purge = purge;
  }

  /** @throws DependencyTimeoutException where others were faster for too long; nothing was changed then */
  apply<T>(attempt: (draft: Draft) => Promise<T>): Promise<T> {
    // One change at a time within a keyring: attempts of one page need not compete with each other.
    const result = this.#last.then(() => this.#tryUntilDone(attempt));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #tryUntilDone<T>(attempt: (draft: Draft) => Promise<T>): Promise<T> {
    const started = Date.now();
    for (let tries = 0; Date.now() - started < patience; tries++) {
      const draft = await this.#newDraft();
      const outcome = await attempt(draft).then(
        (value) => ({ isDone: true as const, value }),
        (error: unknown) => ({ isDone: false as const, error }),
      );
      if (draft.due.length > 0) {
        for (const key of draft.due) await this.#purge(key);
        continue;
      }
      if (!outcome.isDone) throw outcome.error;
      if (draft.writes.length === 0 || (await draft.commit())) return outcome.value;
      await pause(Math.min(200, 2 ** tries));
    }
    throw new DependencyTimeoutException(
      `Other tabs changed the same keys for ${patience / 1000} s. Nothing was changed; try again.`,
    );
  }
}
