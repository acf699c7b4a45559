import { type ByteString, isAscii, runeCount } from '../bytes.ts';

/** What stands between `%` and the verb. */
export interface Spec {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  /** `%+v`: field names; `%#v`: Go syntax. The plain flags are off then, as in Go. */
  readonly plusV: boolean;
  readonly sharpV: boolean;
  readonly width?: number;
  readonly precision?: number;
}

export const noSpec: Spec = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
};

/** Pads to the width, counted in runes, with spaces or (only to the left) zeros. */
export function pad(text: ByteString, spec: Spec): ByteString {
  if (spec.width === undefined) return text;
  const missing = spec.width - (isAscii(text) ? text.length : runeCount(text));
  if (missing <= 0) return text;
  if (spec.minus) return text + ' '.repeat(missing);
  return (spec.zero ? '0' : ' ').repeat(missing) + text;
}

/** Pads with spaces even under the `0` flag, for texts that bring their own zeros or never take them. */
export function padBlank(text: ByteString, spec: Spec): ByteString {
  return pad(text, spec.zero ? { ...spec, zero: false } : spec);
}
