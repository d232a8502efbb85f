/** The big-endian two's complement of an integer, in as few bytes as it takes, or in `size` of them. */
export function toTwosComplement(value: bigint, size = leastSize(value)): Buffer {
  const hex = BigInt.asUintN(size * 8, value).toString(16)
  return Buffer.from(hex.padStart(size * 2, '0'), 'hex')
}

export function fromTwosComplement(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}

function leastSize(value: bigint): number {
  const bits = (value < 0n ? ~value : value).toString(16).length * 4
  const bytes = Math.ceil(bits / 8)
  return BigInt.asIntN(bytes * 8, value) === value ? bytes : bytes + 1
}
