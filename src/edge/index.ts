// `keyhaven/edge`: many tenants on one server, or one in each Durable Object.

export { type Answer, type Call, callsOf, type KmsOperations, kmsOver } from './calls.ts';
export { createDoor, type DoorOptions, type RemoteKeyring } from './door.ts';
export { type JwtAlgorithm, type SignJwtOptions, signJwt, type TokenSigner } from './jwt.ts';
export { type AlarmClock, type KeyringObject, type KeyringObjectOptions, keyringObject } from './keyring-object.ts';
export { type FindTenant, type TenantOptions, tenants } from './keyrings.ts';
export type { Rate } from './throttle.ts';
