// The services of all accounts and Regions: views of one, over one store, so that replicas of a key share its material.
import { remember } from '../../keyring/remember.ts';
import type { Kms } from '../../kms/kms.ts';
import { type OpenKmsOptions, openKms } from '../../kms/open.ts';
import type { Scope } from '../../model/arn.ts';

export interface Realms {
  find(scope: Scope): Kms;
  /** Chooses the id of the next key that is made; then ids are random again. */
  nameNextKey(id: string | undefined): void;
  /** Writes the events that wait for the trail. */
  flush(): Promise<void>;
}

export async function openRealms(options: OpenKmsOptions): Promise<Realms> {
  let nextKeyId: string | undefined;
  const newKeyId = (): string | undefined => {
    const id = nextKeyId;
    nextKeyId = undefined;
    return id;
  };
  const whole = await openKms({ ...options, newKeyId });
  const views = new Map<string, Kms>();
  return {
    find(scope) {
      const name = `${scope.accountId}/${scope.region}`;
      const known = views.get(name) ?? whole.at(scope);
      // Whoever may sign names what Regions they like.
      remember(views, name, known);
      return known;
    },
    nameNextKey(id) {
      nextKeyId = id;
    },
    flush: () => whole.trail.flush(),
  };
}
