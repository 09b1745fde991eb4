// Sizes, dates and numbers as people read them.

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export const day = (date: Date): string => dayFormat.format(date);
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
