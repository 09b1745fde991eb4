// AWS KMS on Cloudflare: a worker at the door that checks signatures, and a Durable Object for the keyring of each account.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import { openKms } from 'keyhaven';
import { createDoor, keyringObject } from 'keyhaven/edge';
import { durableObjectStore } from 'keyhaven/store/durable-object';
import { rootFromSecret } from 'keyhaven/unlock';

interface Env {
  KEYRINGS: DurableObjectNamespace<Keyring>;
  /** 32 random bytes in base64, all key material is wrapped under them: a secret of the Worker, or one of Secrets Store. */
  ROOT_SECRET: string | { get(): Promise<string> };
  /** JSON: [{ accessKeyId, secretAccessKey, principalArn, administrator }]. */
  CREDENTIALS: string;
}

const readSecret = async (secret: Env['ROOT_SECRET']) => (typeof secret === 'string' ? secret : secret.get());

/** The keys of one account. */
export class Keyring extends DurableObject<Env> {
  #keyring = keyringObject({
    storage: this.ctx.storage,
    credentials: JSON.parse(this.env.CREDENTIALS),
    rate: { perSecond: 200, burst: 400 },
    waitUntil: (work) => this.ctx.waitUntil(work),
    open: async () =>
      openKms({
        store: durableObjectStore(this.ctx.storage),
        root: await rootFromSecret(await readSecret(this.env.ROOT_SECRET)),
        accountId: this.ctx.id.name,
      }),
  });

  override fetch(request: Request) {
    return this.#keyring.fetch(request);
  }
  override alarm() {
    return this.#keyring.alarm();
  }
  /** One call of another worker: see `Binding`. */
  call(operation: string, input: unknown, callerArn: string) {
    return this.#keyring.call(operation, input, { arn: callerArn });
  }
}

const keyringOf = (env: Env, accountId: string) => env.KEYRINGS.get(env.KEYRINGS.idFromName(accountId));

/** For other workers of yours, by a service binding with `"entrypoint": "Binding"` and `"props": { "callerArn": "arn:aws:iam::…" }`. */
export class Binding extends WorkerEntrypoint<Env, { callerArn: string }> {
  call(operation: string, input: unknown) {
    const { callerArn } = this.ctx.props;
    return keyringOf(this.env, callerArn.split(':')[4] ?? '').call(operation, input, callerArn);
  }
}

let door: ReturnType<typeof createDoor> | undefined;

export default {
  fetch(request: Request, env: Env) {
    door ??= createDoor({
      credentials: JSON.parse(env.CREDENTIALS),
      keyringOf: (accountId) => keyringOf(env, accountId),
    });
    return door(request);
  },
};
