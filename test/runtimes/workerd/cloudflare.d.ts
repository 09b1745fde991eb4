// The part of workerd's own modules that the tests use. The package of all their types would bring globals that are not the DOM's.
declare module 'cloudflare:workers' {
  export class DurableObject {
    readonly ctx: {
      readonly storage: import('../../../src/store/durable-object.ts').DurableObjectSql &
        import('../../../src/edge/index.ts').AlarmClock & { deleteAlarm(): Promise<void> };
    };
    readonly env: unknown;
    constructor(ctx: unknown, env: unknown);
  }
  export interface Stub {
    readonly id: unknown;
    /** Of `Place`, in worker.ts. */
    call(operation: string, input: unknown): Promise<unknown>;
  }
  export const env: {
    readonly PLACES: { newUniqueId(): unknown; get(id: unknown): Stub };
  };
}
declare module 'cloudflare:test' {
  /** Runs code inside of a Durable Object, where alone its storage can be used. */
  export function runInDurableObject<T>(
    stub: import('cloudflare:workers').Stub,
    body: (instance: unknown, state: import('cloudflare:workers').DurableObject['ctx']) => T | Promise<T>,
  ): Promise<T>;
}
