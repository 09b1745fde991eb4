// The AES S-box as a circuit of AND and XOR gates, as it stands in the paper:
//   Joan Boyar and Rene Peralta, "A depth-16 circuit for the AES S-box", https://eprint.iacr.org/2011/332
// 128 gates, 34 of them AND, at most 16 in a row. The authors' circuit of 115 gates has 27 in a row, and the length of the
// chain costs more than thirteen gates do (docs/performance.md).
//
// Inputs x0 (most significant bit) to x7, outputs s0 to s7. The paper negates s1, s2, s6 and s7 at the end; that is the
// constant 0x63 of FIPS 197, section 5.1.1, and lies in the round keys here (aes.ts), where it costs nothing.

/** First linear layer: T1 to T27. */
const topLinear = `
  T1 = x0 ^ x3    T2 = x0 ^ x5    T3 = x0 ^ x6    T4 = x3 ^ x5    T5 = x4 ^ x6    T6 = T1 ^ T5    T7 = x1 ^ x2
  T8 = x7 ^ T6    T9 = x7 ^ T7    T10 = T6 ^ T7   T11 = x1 ^ x5   T12 = x2 ^ x5   T13 = T3 ^ T4   T14 = T6 ^ T11
  T15 = T5 ^ T11  T16 = T5 ^ T12  T17 = T9 ^ T16  T18 = x3 ^ x7   T19 = T7 ^ T18  T20 = T1 ^ T19  T21 = x6 ^ x7
  T22 = T7 ^ T21  T23 = T2 ^ T22  T24 = T2 ^ T10  T25 = T20 ^ T17 T26 = T3 ^ T16  T27 = T1 ^ T12`;

/** Inversion in GF(2^8) over the tower GF(((2^2)^2)^2): M1 to M63. */
const inversion = `
  M1 = T13 & T6   M2 = T23 & T8   M3 = T14 ^ M1   M4 = T19 & x7   M5 = M4 ^ M1    M6 = T3 & T16   M7 = T22 & T9
  M8 = T26 ^ M6   M9 = T20 & T17  M10 = M9 ^ M6   M11 = T1 & T15  M12 = T4 & T27  M13 = M12 ^ M11 M14 = T2 & T10
  M15 = M14 ^ M11 M16 = M3 ^ M2   M17 = M5 ^ T24  M18 = M8 ^ M7   M19 = M10 ^ M15 M20 = M16 ^ M13 M21 = M17 ^ M15
  M22 = M18 ^ M13 M23 = M19 ^ T25 M24 = M22 ^ M23 M25 = M22 & M20 M26 = M21 ^ M25 M27 = M20 ^ M21 M28 = M23 ^ M25
  M29 = M28 & M27 M30 = M26 & M24 M31 = M20 & M23 M32 = M27 & M31 M33 = M27 ^ M25 M34 = M21 & M22 M35 = M24 & M34
  M36 = M24 ^ M25 M37 = M21 ^ M29 M38 = M32 ^ M33 M39 = M23 ^ M30 M40 = M35 ^ M36 M41 = M38 ^ M40 M42 = M37 ^ M39
  M43 = M37 ^ M38 M44 = M39 ^ M40 M45 = M42 ^ M41 M46 = M44 & T6  M47 = M40 & T8  M48 = M39 & x7  M49 = M43 & T16
  M50 = M38 & T9  M51 = M37 & T17 M52 = M42 & T15 M53 = M45 & T27 M54 = M41 & T10 M55 = M44 & T13 M56 = M40 & T23
  M57 = M39 & T19 M58 = M43 & T3  M59 = M38 & T22 M60 = M37 & T20 M61 = M42 & T1  M62 = M45 & T4  M63 = M41 & T2`;

/** Last linear layer: L0 to L29, then the outputs. */
const bottomLinear = `
  L0 = M61 ^ M62  L1 = M50 ^ M56  L2 = M46 ^ M48  L3 = M47 ^ M55  L4 = M54 ^ M58  L5 = M49 ^ M61  L6 = M62 ^ L5
  L7 = M46 ^ L3   L8 = M51 ^ M59  L9 = M52 ^ M53  L10 = M53 ^ L4  L11 = M60 ^ L2  L12 = M48 ^ M51 L13 = M50 ^ L0
  L14 = M52 ^ M61 L15 = M55 ^ L1  L16 = M56 ^ L0  L17 = M57 ^ L1  L18 = M58 ^ L8  L19 = M63 ^ L4  L20 = L0 ^ L1
  L21 = L1 ^ L7   L22 = L3 ^ L12  L23 = L18 ^ L2  L24 = L15 ^ L9  L25 = L6 ^ L10  L26 = L7 ^ L9   L27 = L8 ^ L10
  L28 = L11 ^ L14 L29 = L11 ^ L17
  s0 = L6 ^ L24   s1 = L16 ^ L26  s2 = L19 ^ L28  s3 = L6 ^ L21   s4 = L20 ^ L22  s5 = L25 ^ L29  s6 = L13 ^ L27
  s7 = L6 ^ L23`;

export interface Gate {
  output: string;
  left: string;
  operator: '^' | '&';
  right: string;
}

/**
 * The order in which the gates are written down: one that keeps few values alive at a time, so that little has to wait in
 * memory (spill.ts). Found by search-order.ts; the paper's order is a fifth slower.
 */
const order = `
  T2 T5 T7 T4 T9 T3 T12 T1 T11 T18 T16 T21 T27 T22 T15 T19 M11 T20 M4 T6 T14 M12 T10 M14 T13 M13 M1 M5 T24 M3 M15 M6
  M17 T26 T23 M8 T8 M7 M21 M18 M2 M16 T17 M20 M22 M9 M10 M19 M34 T25 M23 M24 M31 M25 M26 M30 M35 M27 M39 M32 M28 M36
  M29 M40 M44 M33 M46 M37 M38 M42 M56 M48 M55 M43 M60 M47 M41 M51 M57 L2 L12 L11 L3 M49 M58 L22 M63 M59 L7 L8 M54 M45
  L18 L4 L19 M50 M61 L23 M53 L10 M62 L5 M52 L14 L9 L1 L27 L6 L0 L28 L15 s7 L13 s2 L24 s6 L17 L20 L29 L16 s0 L21 L26 s4
  L25 s5 s1 s3`;

const gateOf = new Map<string, Gate>();
for (const [, output = '', left = '', operator, right = ''] of `${topLinear}${inversion}${bottomLinear}`.matchAll(
  /(\w+) = (\w+) ([\^&]) (\w+)/g,
))
  gateOf.set(output, { output, left, operator: operator === '&' ? '&' : '^', right });

/** The gates in an order in which every input is known before it is used. */
export const sboxGates: readonly Gate[] = order
  .trim()
  .split(/\s+/)
  .map((output) => {
    const gate = gateOf.get(output);
    if (gate === undefined) throw new Error(`the circuit has no gate ${output}`);
    return gate;
  });
if (sboxGates.length !== gateOf.size) throw new Error('the order leaves out a gate of the circuit');
