// The large test vectors of the folder `shared/vectors` beside the project, in every runtime. Where that folder is
// absent the tests that need it skip themselves:
//   const file = (await sharedVectors<Wycheproof>('wycheproof/aes_gcm_iv96_test.json')) ?? skip(vectorsAreAbsent);

// Vite turns this into one lazy import a file, so that a test loads no more than it asks for.
const files = import.meta.glob<unknown>('../../../shared/vectors/**/*.json', { import: 'default' });

/** The reason to give to `skip`. */
export const vectorsAreAbsent = '../shared/vectors is not on this machine';

/** The parsed JSON file of that path below `shared/vectors`, or undefined where the folder is absent. */
export async function sharedVectors<T>(path: string): Promise<T | undefined> {
  if (Object.keys(files).length === 0) return undefined;
  const load = files[`../../../shared/vectors/${path}`];
  if (load === undefined) throw new Error(`shared/vectors has no ${path}`);
  return (await load()) as T;
}
