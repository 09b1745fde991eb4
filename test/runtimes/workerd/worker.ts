// The worker that the tests run in; they call the library directly, so it has nothing to serve.
export default { fetch: (): Response => new Response('keyhaven tests') };
