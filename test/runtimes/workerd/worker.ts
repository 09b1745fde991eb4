// The worker that the tests run in; they call the library directly, so it has nothing to serve.
import { DurableObject } from 'cloudflare:workers';

/** A Durable Object for the tests to look into: it has storage, and does nothing of its own. */
export class Place extends DurableObject {}

export default { fetch: (): Response => new Response('keyhaven tests') };
