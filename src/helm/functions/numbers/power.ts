/**
 * Go's math.Pow(10, exponent), step for step: its powers differ from those of JavaScript in the last bit from 10^23 on,
 * and `round` divides by them.
 */
export function powerOfTen(exponent: number): number {
  let factor = 0.625;
  let factorExponent = 4;
  let mantissa = 1;
  let binaryExponent = 0;
  for (let bits = BigInt(Math.abs(exponent)); bits !== 0n; bits >>= 1n) {
    // Far beyond what a float can hold, so the rest does not matter.
    if (factorExponent > 4096) {
      binaryExponent += factorExponent;
      break;
    }
    if (bits & 1n) {
      mantissa *= factor;
      binaryExponent += factorExponent;
    }
    factor *= factor;
    factorExponent *= 2;
    if (factor < 0.5) {
      factor += factor;
      factorExponent--;
    }
  }
  return exponent < 0 ? scaled(1 / mantissa, -binaryExponent) : scaled(mantissa, binaryExponent);
}

/** value × 2^exponent, in two steps, since the power alone may not be a float. */
function scaled(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}
