// What the benchmark uses of libraries that bring no types.
declare module 'sjcl' {
  type BitArray = number[];
  interface Gcm {
    encrypt(prf: object, data: BitArray, iv: BitArray, aad: BitArray, tagBits: number): BitArray;
  }
  const sjcl: {
    cipher: { aes: new (key: BitArray) => object };
    mode: { gcm: Gcm };
    bitArray: { bitLength(bits: BitArray): number };
  };
  export default sjcl;
}
declare module 'node-forge' {
  interface ByteBuffer {
    getBytes(): string;
  }
  interface Cipher {
    start(options: { iv: string; tagLength: number }): void;
    update(input: ByteBuffer): void;
    finish(): boolean;
    readonly output: ByteBuffer;
    readonly mode: { readonly tag: ByteBuffer };
  }
  const forge: {
    cipher: { createCipher(name: string, key: string): Cipher };
    util: { createBuffer(bytes: Uint8Array): ByteBuffer };
  };
  export default forge;
}
