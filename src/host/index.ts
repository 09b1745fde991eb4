// `keyhaven/host`: the keys in a worker or in a frame of another origin, and the same service in the page. `serve/`, beside it, is
// the server of `npx keyhaven serve`.
export { type ConnectedKms, type ConnectOptions, connectKms, type KmsOperations } from './client/connect.ts';
export type { HostTarget } from './client/target.ts';
export type { Rate } from './wall/allowance.ts';
export { type CallerOptions, originArn } from './wall/callers.ts';
export { type AskConsent, type ConsentQuestion, consentGrantName } from './wall/consent.ts';
export { type Host, type HostOptions, hostKms } from './wall/host.ts';
export type { HostRecord, OnCall } from './wall/record.ts';
