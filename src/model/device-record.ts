// What a keyring remembers of another device: one that keys were passed to, or that they came from.

/** Another device, as stored. */
export interface DeviceRecord {
  /** Id of its keyring: 32 hex digits. */
  readonly id: string;
  /** The user's words for it, as it gave them. */
  readonly name: string;
  readonly accountId: string;
  /** The Region that its replicas are of. */
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  /**
   * `adding`: keys were sent, and it never said that it has them. `added`: it has them. `revoking`: since `revokingSince` the keys that it
   * has are being rotated.
   */
  readonly state: 'adding' | 'added' | 'revoking';
  readonly revokingSince?: number;
  /** The slot of the root that it opens. */
  readonly slot?: string;
  /** While it is being revoked: the root has been replaced, so that its slot opens nothing. */
  readonly isRootRenewed?: boolean;
}

/** Most devices of a keyring. */
export const mostDevices = 64;

/** Most bytes of the keys that go to a device at once, and most of those keys. */
export const mostParcelBytes: number = 1 << 24;
export const mostParcelKeys = 1000;
