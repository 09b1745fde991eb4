// The trail as its owner sees it: what was called, whether that is the whole of it, and files that others can check. What it takes is
// loaded when somebody looks.

import type { Access } from '../keyring/access.ts';
import type { TrailFile, TrailPublicKey } from '../trail/check-files.ts';
import type { LookupEventsInput, LookupEventsOutput } from '../trail/lookup.ts';
import type { TrailAnchor, TrailReport } from '../trail/report.ts';
import type { Service } from './service.ts';
import type { TrailExportOptions } from './trail-export.ts';

const acts = () => import('./trail-acts.ts');

type Idle = Omit<Service, 'call' | 'keyring'> & { readonly access: Access };

/** The record of all calls of an account and Region, of which `verify` looks at the whole store. */
export class Trail {
  readonly #service: Idle;

  /** @internal */
  constructor(service: Idle) {
    this.#service = service;
  }

  /**
   * Finds events by the filters of CloudTrail's LookupEvents, the newest first. Only genuine records are shown.
   * @throws AccessDeniedException unless the caller is an administrator of the account
   */
  async lookup(input: LookupEventsInput = {}): Promise<LookupEventsOutput> {
    return (await acts()).lookup(this.#open(), input);
  }

  /**
   * Tells whether the trail is whole, and names what happened to it where it is not.
   * @param options `anchor` is what `head` gave at an earlier time, kept where whoever writes to the store cannot write
   * @throws AccessDeniedException unless the caller is an administrator of the account
   */
  async verify(options: { anchor?: TrailAnchor | undefined } = {}): Promise<TrailReport> {
    return (await acts()).verify(this.#open(), options);
  }

  /**
   * The trail as it is now, in three values: keep them elsewhere, as the `anchor` of a later `verify`.
   * @throws AccessDeniedException unless the caller is an administrator of the account
   * @throws StoreCorrupt where the head is missing or was changed
   */
  async head(): Promise<TrailAnchor> {
    return (await acts()).head(this.#open());
  }

  /**
   * The trail as files of CloudTrail: log files, and signed digests over them, oldest first. Each call signs a digest over the
   * records since the last one; put the files where `bucket` and the objects' names say, and any checker of CloudTrail's files
   * can check them (`checkTrailFiles` of `keyhaven/trail`, `aws cloudtrail validate-logs`).
   * @throws AccessDeniedException unless the caller is an administrator of the account
   * @throws StoreCorrupt where the trail is not whole: no digest is signed over it
   */
  async *export(options: TrailExportOptions = {}): AsyncGenerator<TrailFile> {
    yield* (await acts()).exportFiles(this.#open(), options);
  }

  /** The keys that digests are signed with, in the shape of CloudTrail's ListPublicKeys. */
  async publicKeys(): Promise<{ PublicKeyList: TrailPublicKey[] }> {
    return (await acts()).publicKeys(this.#open());
  }

  /** Writes the events of all calls that have ended to the store. Edge workers wait for this before they are put to sleep. */
  async flush(): Promise<void> {
    const { access } = this.#service;
    if (!access.isLocked) await access.root().log?.flush();
  }

  /** @throws KeyLocked */
  #open() {
    const { access, ...service } = this.#service;
    return { ...service, keyring: access.keyring(service.scope) };
  }
}
