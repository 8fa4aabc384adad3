/**
 * A number as Java's `%.2f` prints it: the shortest decimal that means it, rounded half up. `toFixed` rounds what the double really
 * is: 1.005 with two digits is 1.01 here, and 1.00 there.
 */
export function fixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  // All digits as one whole number, with so many of them behind the point.
  const places = fraction.length - Number(exponent)
  const scaled = rounded(BigInt(whole + fraction), places - digits)
  const text = String(scaled).padStart(digits + 1, '0')
  const point = text.length - digits
  return `${sign}${text.slice(0, point)}${digits === 0 ? '' : `.${text.slice(point)}`}`
}

/** Without its last digits, or with as many zeros behind it. */
function rounded(number: bigint, digitsLess: number): bigint {
  if (digitsLess <= 0) return number * 10n ** BigInt(-digitsLess)
  const unit = 10n ** BigInt(digitsLess)
  return (number + unit / 2n) / unit
}
