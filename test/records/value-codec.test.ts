// Values keep their types through encoding, as they do through structured clone.
import { assert } from 'chai';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { paddedLength } from '../../src/records/padding.ts';
import { decodeValue, encodeValue, pad } from '../../src/records/value-codec.ts';

async function through<T>(value: T): Promise<T> {
  return decodeValue(await encodeValue(value)) as T;
}

/** Name of the error; a value that is taken has none. */
const refusal = (value: unknown): Promise<string | undefined> =>
  through(value).then(
    () => undefined,
    (error) => error.name,
  );

const tag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

describe('values', () => {
  test('keep what JSON would lose', async () => {
    for (const value of [
      undefined,
      Number.NaN,
      -0,
      Infinity,
      -Infinity,
      1n,
      -(2n ** 80n),
      { a: undefined },
      [undefined],
    ])
      assert.deepEqual(await through(value), value);
    assert.isTrue(Object.is(await through(-0), -0));
    const holes: unknown[] = [1];
    holes[2] = 3;
    const sparse = await through(holes);
    assert.isFalse(Object.hasOwn(sparse, 1));
    assert.equal(sparse.length, 3);
  });

  test('keep lone surrogates', async () => assert.equal(await through('\ud800x\udc00'), '\ud800x\udc00'));

  test('keep dates, expressions, maps, sets and boxed values', async () => {
    const value = {
      date: new Date(5),
      never: new Date(Number.NaN),
      pattern: /a+b/giu,
      map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'a'])]]),
      boxed: [Object(1), Object('a'), Object(true)],
    };
    const again = await through(value);
    assert.equal(+again.date, 5);
    assert.isNaN(+again.never);
    assert.equal(String(again.pattern), String(value.pattern));
    assert.deepEqual([...again.map.keys()], [{ key: 1 }]);
    assert.deepEqual([...([...again.map.values()][0] as Set<unknown>)], [1, 'a']);
    assert.deepEqual(again.boxed.map(tag), ['Number', 'String', 'Boolean']);
  });

  test('keep every kind of bytes', async () => {
    const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]).buffer;
    const views: readonly (new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView)[] = [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
      BigUint64Array,
      DataView,
    ];
    for (const View of views) {
      const again = await through(new View(buffer, 8, 1));
      assert.equal(tag(again), View.name);
      assert.equal(again.byteLength, new View(buffer, 8, 1).byteLength);
      assert.equal(new Uint8Array(again.buffer, again.byteOffset)[0], 9);
    }
    assert.deepEqual(new Uint8Array(await through(buffer)), new Uint8Array(buffer));
    const part = await through(new Uint8Array(buffer, 3, 2));
    assert.deepEqual([...part], [4, 5]);
    assert.equal(part.buffer.byteLength, 2, 'nothing but the bytes of the view is stored');
  });

  test('keep objects that occur twice, and circles', async () => {
    const shared = { n: 1 };
    const [first, second] = await through([shared, shared]);
    assert.strictEqual(first, second);
    const circle: { self?: unknown; list: unknown[]; map: Map<string, unknown> } = { list: [], map: new Map() };
    circle.self = circle;
    circle.list.push(circle);
    circle.map.set('circle', circle);
    const again = await through(circle);
    assert.strictEqual(again.self, again);
    assert.strictEqual(again.list[0], again);
    assert.strictEqual(again.map.get('circle'), again);
  });

  test('keep errors, with their causes', async () => {
    const again = await through(new RangeError('far', { cause: new TypeError('near') }));
    assert.instanceOf(again, RangeError);
    assert.equal(again.message, 'far');
    assert.instanceOf(again.cause, TypeError);
  });

  test('keep the name of a DOMException', async () => {
    const again = await through(new DOMException('taken', 'ConstraintError'));
    assert.equal(tag(again), 'DOMException');
    assert.deepEqual([again.name, again.message], ['ConstraintError', 'taken']);
  });

  test('keep members of arrays that have names, as structured clone does', async () => {
    const match = 'key=value'.match(/(?<name>\w+)=/) as RegExpMatchArray;
    const again = await through(match);
    assert.deepEqual([...again], ['key=', 'key']);
    assert.deepEqual([again.index, again.input, again.groups?.['name']], [0, 'key=value', 'key']);
    assert.isTrue(Array.isArray(again));
    const holes = Object.assign([1, 2, 3], { length: 4, more: 'x' });
    const same = await through(holes);
    assert.deepEqual([Object.keys(same), same.length], [['0', '1', '2', 'more'], 4]);
  });

  test('lose a prototype that is null, as in structured clone', async () => {
    const again = await through({ deep: Object.assign(Object.create(null), { a: 1 }) });
    assert.strictEqual(Object.getPrototypeOf(again.deep), Object.prototype);
    assert.deepEqual(again, { deep: { a: 1 } });
  });

  test('keep blobs', async () => {
    const blob = new Blob(['abc'], { type: 'text/plain' });
    const again = await through({ blob });
    assert.equal(tag(again.blob), 'Blob');
    assert.equal(again.blob.type, blob.type); // Bun adds a charset
    assert.equal(await again.blob.text(), 'abc');
  });

  test('keep files', async ({ skip }) => {
    if (typeof File === 'undefined') return skip('this runtime has no File');
    const file = new File(['abc'], 'a.txt', { type: 'text/plain', lastModified: 7 });
    const again = await through(file);
    assert.deepEqual([again.name, again.type, again.lastModified, await again.text()], ['a.txt', file.type, 7, 'abc']);
  });

  test('lose the class of an object and keep its members, as in structured clone', async () => {
    class Person {
      name = 'Ada';
      get shout(): string {
        return this.name.toUpperCase();
      }
    }
    const again = await through(new Person());
    assert.deepEqual(Object.entries(again), [['name', 'Ada']]);
    assert.strictEqual(Object.getPrototypeOf(again), Object.prototype);
  });

  test('lose what is a symbol, as in structured clone', async () => {
    class Money {
      readonly amount = 5;
      readonly [Symbol.toStringTag] = 'Money';
    }
    class Tagged {
      readonly at = new Money();
      get [Symbol.toStringTag](): string {
        return 'Tagged';
      }
    }
    const values = [
      new Money(),
      new Tagged(),
      { [Symbol('x')]: 1, a: [{ [Symbol.toStringTag]: 'X', b: new Tagged() }] },
    ];
    assert.deepEqual(await through(values), structuredClone(values));
    const circle = { tagged: new Tagged(), self: {} as unknown };
    circle.self = circle;
    const again = (await through(circle)) as typeof circle;
    assert.strictEqual(again.self, again);
    assert.deepEqual(again.tagged.at, { amount: 5 } as Money);
    for (const refused of [new URL('https://example.org'), new WeakMap(), Promise.resolve()])
      assert.equal(await refusal([refused]), 'DataCloneError');
  });

  test('are refused where a buffer is too short for its view by now, or is gone', async ({ skip }) => {
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
    const buffer = new Resizable(8, { maxByteLength: 8 }) as ArrayBuffer & { resize?(length: number): void };
    if (buffer.resize === undefined) return skip('no resizable buffers here');
    const views = [new Uint8Array(buffer, 4), new Float32Array(buffer, 4, 1), new DataView(buffer, 4, 4)];
    buffer.resize(2);
    const gone = new Uint8Array(4);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    for (const view of [...views, gone, gone.buffer]) assert.equal(await refusal({ view }), 'DataCloneError');
    assert.deepEqual(await through(new Uint8Array(buffer)), new Uint8Array(2));
    assert.deepEqual(await through(new Uint8Array(0)), new Uint8Array(0));
  });

  test('keep circles of instances of classes', async () => {
    class Branch {
      readonly leaves: Branch[] = [];
      readonly at = new Date(5);
      readonly parent: Branch | undefined;
      constructor(parent?: Branch) {
        this.parent = parent;
        parent?.leaves.push(this);
      }
    }
    const root = new Branch();
    for (let i = 0; i < 2; i++) new Branch(root);
    const again = await through({ root, byName: new Map([['first', root.leaves[0]]]) });
    assert.strictEqual(again.root.leaves[1]?.parent, again.root);
    assert.strictEqual(again.byName.get('first'), again.root.leaves[0]);
    assert.strictEqual(Object.getPrototypeOf(again.root), Object.prototype);
    assert.equal(+again.root.at, 5);
    const bare = Object.create(null) as { self: unknown };
    bare.self = bare;
    const same = await through(bare);
    assert.strictEqual(same.self, same);
  });

  test('keep a member that is called __proto__ a member', async () => {
    const again = await through(JSON.parse('{"__proto__":{"admin":true},"a":1}'));
    assert.isUndefined((again as { admin?: boolean }).admin);
    assert.deepEqual(Object.keys(again), ['__proto__', 'a']);
  });

  test('that cannot be stored are refused by name', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    const own = new Error('its own cause');
    own.cause = own;
    for (const value of [own, () => 1, Symbol('a'), { deep: [() => 1] }, key, new WeakMap(), Promise.resolve()]) {
      let error: unknown;
      try {
        await encodeValue(value);
      } catch (caught) {
        error = caught;
      }
      assert.equal((error as DOMException)?.name, 'DataCloneError');
    }
  });

  test('whatever they are come back as they were', async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withUnicodeString: true,
    } as fc.ObjectConstraints);
    await fc.assert(
      // Compared by what tells every type and order apart; chai sorts the entries of a Map by their strings, which not
      // every value has.
      fc.asyncProperty(anything, async (value) =>
        assert.equal(fc.stringify(await through(value)), fc.stringify(structuredClone(value))),
      ),
      { numRuns: 300 },
    );
  });

  test('do not obey a toJSON that someone put into Object.prototype', async () => {
    Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'gone', configurable: true });
    try {
      assert.deepEqual((await through({ a: 1 })).a, 1);
    } finally {
      delete (Object.prototype as { toJSON?: unknown }).toJSON;
    }
  });
});

describe('padding', () => {
  test('is taken off again, whatever the value ends with', async () => {
    for (const value of ['', 'a', '\0\0', new Uint8Array([1, 0x80, 0, 0])]) {
      const bytes = await encodeValue(value);
      for (const more of [1, 2, 100]) assert.deepEqual(decodeValue(pad(bytes, bytes.length + more)), value);
    }
  });

  test('lets lengths fall in buckets', () => {
    for (let length = 1; length < 3000; length++) {
      assert.equal(paddedLength(length, 'none'), length);
      const [block, padme] = [paddedLength(length, 64), paddedLength(length, 'padme')];
      assert.isTrue(block % 64 === 0 && block > length && block <= length + 64);
      assert.isTrue(padme > length && padme <= Math.max(length + 2, (length + 1) * 1.125));
    }
    const sizes = new Set(Array.from({ length: 1000 }, (_, i) => paddedLength(1000 + i, 'padme')));
    assert.isAtMost(sizes.size, 18);
  });
});
