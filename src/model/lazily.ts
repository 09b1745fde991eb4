// Modules that few pages need, loaded at their first use.

/** What `load` gives, loaded once; what could not be loaded is asked for again at the next call. */
export function lazily<M>(load: () => Promise<M>): () => Promise<M> {
  let loading: Promise<M> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
