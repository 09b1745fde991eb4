// The trail as its owner sees it: what was called, whether that is the whole of it, and files that others can check. Loaded when
// somebody looks.

import type { TrailReader } from '../keyring/trail-reader.ts';
import type { TrailFile, TrailPublicKey } from '../trail/check-files.ts';
import type { LookupEventsInput, LookupEventsOutput } from '../trail/lookup.ts';
import type { TrailAnchor, TrailReport } from '../trail/verify.ts';
import { authoriseInAccount } from './authorise.ts';
import type { Service } from './service.ts';
import type { TrailExportOptions } from './trail-export.ts';

type Place = Omit<Service, 'call'>;

/** The record of all calls of an account and Region, of which `verify` looks at the whole store. */
export class Trail {
  readonly #service: Place;

  /** @internal */
  constructor(service: Place) {
    this.#service = service;
  }

  /**
   * Finds events by the filters of CloudTrail's LookupEvents, the newest first. Only genuine records are shown.
   * @throws AccessDeniedException unless the caller is an administrator of the account
   */
  async lookup(input: LookupEventsInput = {}): Promise<LookupEventsOutput> {
    const { readLookup } = await lookups();
    const lookup = readLookup(input);
    const reader = await this.#read('LookupEvents');
    return (await import('./trail-lookup.ts')).lookupEvents(reader, this.#service.scope, lookup);
  }

  /**
   * Tells whether the trail is whole, and names what happened to it where it is not.
   * @param options `anchor` is what `head` gave at an earlier time, kept where whoever writes to the store cannot write
   * @throws AccessDeniedException unless the caller is an administrator of the account
   */
  async verify(options: { anchor?: TrailAnchor | undefined } = {}): Promise<TrailReport> {
    const anchor = Object.hasOwn(options, 'anchor') ? options.anchor : undefined;
    const reader = await this.#read('VerifyTrail');
    const [{ verifyTrail }, head, { id, since }] = await Promise.all([
      import('../trail/verify.ts'),
      reader.head(),
      reader.keyring(),
    ]);
    return verifyTrail({ trail: id, since, head, rows: reader.rows() }, anchor);
  }

  /**
   * The trail as it is now, in three values: keep them elsewhere, as the `anchor` of a later `verify`.
   * @throws AccessDeniedException unless the caller is an administrator of the account
   * @throws StoreCorrupt where the head is missing or was changed
   */
  async head(): Promise<TrailAnchor> {
    const reader = await this.#read('GetTrailHead');
    const head = await reader.head();
    const { lostHead } = await import('../keyring/trail-log.ts');
    const { StoreCorrupt } = await import('../model/errors/index.ts');
    if (typeof head === 'string') throw new StoreCorrupt(lostHead);
    return { trail: (await reader.keyring()).id, sequence: head.sequence, mac: head.mac };
  }

  /**
   * The trail as files of CloudTrail: log files, and signed digests over them, oldest first. Each call signs a digest over the
   * records since the last one; put the files where `bucket` and the objects' names say, and any checker of CloudTrail's files
   * can check them (`checkTrailFiles` of `keyhaven/trail`, `aws cloudtrail validate-logs`).
   * @throws AccessDeniedException unless the caller is an administrator of the account
   * @throws StoreCorrupt where the trail is not whole: no digest is signed over it
   */
  async *export(options: TrailExportOptions = {}): AsyncGenerator<TrailFile> {
    const { exportTrail, readExport } = await import('./trail-export.ts');
    const { place, since } = readExport(options, this.#service.scope);
    const reader = await this.#read('ExportTrail');
    const { keyring } = this.#service;
    yield* exportTrail({ reader, digests: await keyring.trailDigests(), place, since, now: keyring.now });
  }

  /** The keys that digests are signed with, in the shape of CloudTrail's ListPublicKeys. */
  async publicKeys(): Promise<{ PublicKeyList: TrailPublicKey[] }> {
    const key = await (await this.#service.keyring.trailDigests()).publicKey();
    if (key === undefined) return { PublicKeyList: [] };
    const { fingerprintOf } = await import('../trail/digest.ts');
    return {
      PublicKeyList: [
        {
          Value: key.pkcs1,
          Fingerprint: fingerprintOf(key.pkcs1),
          ValidityStartTime: new Date(key.createdAt),
          ValidityEndTime: new Date(Date.UTC(9999, 11, 31)),
        },
      ],
    };
  }

  /** Writes the events of all calls that have ended to the store. Edge workers wait for this before they are put to sleep. */
  async flush(): Promise<void> {
    await this.#service.keyring.log?.flush();
  }

  #read(action: string): Promise<TrailReader> {
    authoriseInAccount(this.#service, action);
    return this.#service.keyring.readTrail();
  }
}

const lookups = () => import('../trail/lookup.ts');
