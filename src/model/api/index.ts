// Requests and replies of every operation, in the shapes of the AWS SDK's aggregated client.
export type * from './aliases.ts';
export type * from './asymmetric.ts';
export type * from './ciphers.ts';
export type * from './common.ts';
export type * from './custom-key-stores.ts';
export type * from './imports.ts';
export type * from './keys.ts';
export type * from './replicas.ts';
export type * from './rotation.ts';
