/** Python's values, and what its operators make of them. */

/**
 * A Python value: `int` is a bigint, `float` a number, `str` a string, `bytes` a byte array, `None`
 * null; tuples and lists are arrays, a dict is a map.
 */
export type PythonValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array<ArrayBuffer>
  | readonly PythonValue[]
  | ReadonlyMap<PythonValue, PythonValue>;

/** Larger ones come from a slip, or from someone who wants to stop us. */
const MAX_INT_BITS = 10_000n;
const MAX_REPEATED = 100_000;
/** An operator's work. */
export type Operation = (left: PythonValue, right: PythonValue) => PythonValue | undefined;

/** Each gives nothing for values that it is not for, and throws a RangeError for bad numbers. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "+": (left, right) =>
    concatenate(left, right) ?? numeric(left, right, (a, b) => a + b, (a, b) => a + b),
  "-": (left, right) => numeric(left, right, (a, b) => a - b, (a, b) => a - b),
  "*": (left, right) =>
    repeat(left, right) ?? repeat(right, left) ??
      numeric(left, right, (a, b) => a * b, (a, b) => a * b),
  "/": (left, right) =>
    numeric(left, right, (a, b) => Number(a) / Number(notZero(b)), (a, b) => a / notZero(b)),
  "//": (left, right) =>
    numeric(left, right, (a, b) => (a - modulo(a, b)) / b, (a, b) => Math.floor(a / notZero(b))),
  "%": (left, right) => numeric(left, right, modulo, (a, b) => a - Math.floor(a / notZero(b)) * b),
  "**": (left, right) => numeric(left, right, power, (a, b) => a ** b),
  "<<": (left, right) => integers(left, right, (a, b) => a << small(b)),
  ">>": (left, right) => integers(left, right, (a, b) => a >> small(b)),
  "&": (left, right) => bitwise(left, right, (a, b) => a & b),
  "|": (left, right) => bitwise(left, right, (a, b) => a | b),
  "^": (left, right) => bitwise(left, right, (a, b) => a ^ b),
};

/** A number as one, and a truth as 0 or 1; undefined for anything else. */
export function toNumber(value: PythonValue): bigint | number | undefined {
  if (typeof value === "boolean") return value ? 1n : 0n;
  return typeof value === "bigint" || typeof value === "number" ? value : undefined;
}

function numeric(
  left: PythonValue,
  right: PythonValue,
  onInts: (a: bigint, b: bigint) => bigint | number,
  onFloats: (a: number, b: number) => number,
): PythonValue | undefined {
  const a = toNumber(left);
  const b = toNumber(right);
  if (a === undefined || b === undefined) return undefined;
  const value = typeof a === "bigint" && typeof b === "bigint"
    ? onInts(a, b)
    : onFloats(Number(a), Number(b));
  // Python has complex numbers, and raises OverflowError.
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError("there is no such number");
  }
  if (typeof value === "bigint" && BigInt.asIntN(Number(MAX_INT_BITS), value) !== value) {
    throw new RangeError("the number is too large");
  }
  return value;
}

function integers(
  left: PythonValue,
  right: PythonValue,
  work: (a: bigint, b: bigint) => bigint,
): PythonValue | undefined {
  const a = toNumber(left);
  const b = toNumber(right);
  return typeof a === "bigint" && typeof b === "bigint" ? numeric(a, b, work, Number) : undefined;
}

/** Of two truths it is a truth. */
function bitwise(
  left: PythonValue,
  right: PythonValue,
  work: (a: bigint, b: bigint) => bigint,
): PythonValue | undefined {
  const value = integers(left, right, work);
  return typeof left === "boolean" && typeof right === "boolean" ? value === 1n : value;
}

function notZero<N extends bigint | number>(divisor: N): N {
  if (Number(divisor) === 0) throw new RangeError("division by zero");
  return divisor;
}

/** Has the divisor's sign, unlike JavaScript's. */
function modulo(a: bigint, b: bigint): bigint {
  const rest = a % notZero(b);
  return rest !== 0n && (rest < 0n) !== (b < 0n) ? rest + b : rest;
}

function power(base: bigint, exponent: bigint): bigint | number {
  if (exponent < 0n) return Number(notZero(base)) ** Number(exponent);
  const bits = BigInt(base.toString(2).length);
  if (bits > 1n && bits * exponent > MAX_INT_BITS) throw new RangeError("the number is too large");
  return base ** exponent;
}

function small(shift: bigint): bigint {
  if (shift < 0n || shift > MAX_INT_BITS) throw new RangeError(`cannot shift by ${shift}`);
  return shift;
}

/** Two texts, byte strings or lists as one; undefined for anything else. */
export function concatenate<T extends PythonValue>(left: T, right: T): T | undefined;
export function concatenate(left: PythonValue, right: PythonValue): PythonValue | undefined {
  if (typeof left === "string" && typeof right === "string") return left + right;
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Uint8Array.from([...left, ...right]);
  }
  return Array.isArray(left) && Array.isArray(right) ? [...left, ...right] : undefined;
}

function repeat(what: PythonValue, factor: PythonValue): PythonValue | undefined {
  const times = toNumber(factor);
  if (typeof times !== "bigint") return undefined;
  const isText = typeof what === "string";
  if (!isText && !Array.isArray(what)) return undefined;
  const count = times < 0n ? 0n : times;
  if (count * BigInt(what.length) > MAX_REPEATED) throw new RangeError("the text is too long");
  if (isText) return what.repeat(Number(count));
  return Array.from({ length: Number(count) }, () => what).flat();
}
