// IP addresses, and ranges of them, for the operators IpAddress and NotIpAddress. What cannot be read is in no range.
// RFC 4291 (section 2.2) has the texts of IPv6, RFC 4632 (section 3.1) those of ranges.

/** True where an address is in a range such as `203.0.113.0/24` or `2001:db8::/32`, or is the one address that is named. */
export function isInRange(address: string, range: string): boolean {
  const [first = '', length, ...rest] = range.split('/');
  const [given, wanted] = [bytesOf(address), bytesOf(first)];
  if (given === undefined || wanted?.length !== given.length || rest.length > 0) return false;
  const bits = length === undefined ? 8 * wanted.length : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(bits <= 8 * wanted.length)) return false;
  return wanted.every((byte, index) => {
    const mask = 0xff00 >> Math.min(8, Math.max(0, bits - 8 * index));
    return (((given[index] ?? 0) ^ byte) & mask & 0xff) === 0;
  });
}

export const isAddress = (text: string): boolean => bytesOf(text) !== undefined;

/** 4 or 16 bytes; an IPv4 address that is written as one of IPv6 (RFC 4291, section 2.5.5.2) has 4. */
function bytesOf(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return fourOf(text);
  const [head = '', tail, ...more] = text.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  if (before === undefined || after === undefined || more.length > 0) return undefined;
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  const bytes = [...before, ...Array.from({ length: missing }, () => 0), ...after];
  const isMapped = bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff));
  return isMapped ? bytes.slice(12) : bytes;
}

/** The bytes of groups between colons, of which the last may be an IPv4 address. */
function groupsOf(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const four = index === groups.length - 1 ? fourOf(group) : undefined;
    if (four === undefined && !/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(...(four ?? [value >> 8, value & 0xff]));
  }
  return bytes;
}

function fourOf(text: string): readonly number[] | undefined {
  const bytes = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? text.split('.').map(Number) : [];
  return bytes.length === 4 && bytes.every((byte) => byte < 256) ? bytes : undefined;
}
