/** Kubernetes quantities: `100m`, `1Gi`, `1e3`, `0.5`. The grammar is that of apimachinery's resource.Quantity. */

const suffixes: Readonly<Record<string, readonly [base: bigint, exponent: bigint]>> = {
  '': [10n, 0n],
  n: [10n, -9n],
  u: [10n, -6n],
  m: [10n, -3n],
  k: [10n, 3n],
  M: [10n, 6n],
  G: [10n, 9n],
  T: [10n, 12n],
  P: [10n, 15n],
  E: [10n, 18n],
  Ki: [2n, 10n],
  Mi: [2n, 20n],
  Gi: [2n, 30n],
  Ti: [2n, 40n],
  Pi: [2n, 50n],
  Ei: [2n, 60n],
};

/**
 * A quantity in nano-units, so that `1`, `1000m` and `1e0` are one number; undefined when the text is no quantity.
 * Digits finer than a nano-unit are rounded up, as the API server does.
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = '', scientific] = match;
  if (whole === '' && fraction === '') return undefined;
  const [base, exponent] = scientific === undefined ? (suffixes[suffix] ?? [10n, 0n]) : [10n, BigInt(scientific)];
  let numerator = BigInt(whole + fraction) * 10n ** 9n;
  let denominator = 10n ** BigInt(fraction.length);
  if (exponent >= 0n) numerator *= base ** exponent;
  else denominator *= base ** -exponent;
  const rounded = (numerator + denominator - 1n) / denominator;
  return sign === '-' ? -rounded : rounded;
}
