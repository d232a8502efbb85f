/** A number, or a whole one of 64 bits that a double would not hold. */
export type Numeric = number | bigint

const bits64 = 2n ** 64n

/** A bigint where that is needed: beyond the safe integers and within 64 bits. */
export function narrowed(integer: bigint): Numeric {
  const double = Number(integer)
  return Number.isSafeInteger(double) || integer >= bits64 || integer <= -bits64 ? double : integer
}

/** The number of a JSON literal: exact where it is whole and of 64 bits, else the nearest double. */
export function literalNumber(literal: string): Numeric {
  return /^-?\d{1,20}$/.test(literal) ? narrowed(BigInt(literal)) : Number(literal)
}

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Undefined where there is no answer. */
export type Arithmetic = (a: Numeric, b: Numeric) => Numeric | undefined

/** Numbers have no types, as in JSON: 7 / 2 is 3.5. Whole results of whole numbers are exact within 64 bits. */
export const arithmetic: Readonly<Record<'+' | '-' | '*' | '/' | '%', Arithmetic>> = {
  '+': exactly({ doubles: (a, b) => a + b, integers: (a, b) => a + b }),
  '-': exactly({ doubles: (a, b) => a - b, integers: (a, b) => a - b }),
  '*': exactly({ doubles: (a, b) => a * b, integers: (a, b) => a * b }),
  '/': unlessByZero((a, b) => Number(a) / Number(b)),
  '%': unlessByZero(exactly({ doubles: (a, b) => a % b, integers: (a, b) => a % b })),
}

interface Operation {
  doubles: (a: number, b: number) => number
  integers: (a: bigint, b: bigint) => bigint
}

function exactly({ doubles, integers }: Operation): Arithmetic {
  return (a, b) => {
    const double = doubles(Number(a), Number(b))
    if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(double)) return double
    return isWhole(a) && isWhole(b) ? narrowed(integers(BigInt(a), BigInt(b))) : double
  }
}

function unlessByZero(operation: Arithmetic): Arithmetic {
  return (a, b) => (Number(b) === 0 ? undefined : operation(a, b))
}

const isWhole = (value: Numeric): boolean => typeof value === 'bigint' || Number.isInteger(value)
