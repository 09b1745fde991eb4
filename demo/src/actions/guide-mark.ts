// Remembers that the guide of the first run was put aside, so that it does not come back by itself.
const mark = 'vault-guide';

export const guideMark = {
  isSet: (): boolean => localStorage.getItem(mark) !== null,
  set: (): void => localStorage.setItem(mark, 'put aside'),
};
