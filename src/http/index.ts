// AWS KMS on the wire: a fetch handler for every client that speaks it.
export type { AllowedOrigins } from './cors.ts';
export type { CallRecord, FindKms } from './endpoint.ts';
export { createHandler, type Handler } from './handler.ts';
export type { HandlerOptions, SignedOptions, UnsignedOptions } from './options.ts';
export type { Credential, FindCredential } from './sigv4/credentials.ts';
export type { TlsConnection } from './wire.ts';
