// State that changes in one place and is drawn from one place: a change leads to at most one drawing per task.

export interface Store<T> {
  get(): T;
  update(change: Partial<T> | ((state: T) => Partial<T>)): void;
  subscribe(draw: (state: T) => void): void;
}

export function createStore<T extends object>(initial: T): Store<T> {
  let state = initial;
  let isDue = false;
  const drawings: ((state: T) => void)[] = [];
  const draw = () => {
    isDue = false;
    for (const each of drawings) each(state);
  };
  return {
    get: () => state,
    update(change) {
      state = { ...state, ...(typeof change === 'function' ? change(state) : change) };
      if (isDue) return;
      isDue = true;
      queueMicrotask(draw);
    },
    subscribe(each) {
      drawings.push(each);
      each(state);
    },
  };
}
