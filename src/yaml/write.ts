/**
 * Writing YAML as Helm's template functions write it.
 *
 * `formatYaml` is sigs.k8s.io/yaml's Marshal: JSON first, then go-yaml v2 reads that and writes it. The detour shows:
 * what JSON or the YAML reader cannot hold is an error, and numbers lose their type.
 */
import { type EmitObserver, emitYaml, type YamlDialect } from './emitter.ts';
import { formatJsonFloat, formatJsonString } from './go-json.ts';
import { formatGoFloat, maxUint64 } from './go-number.ts';
import { compareKeys, compareKeysPretty } from './key-order.ts';
import { readYaml } from './read.ts';
import { wantedStyle } from './scalar-style.ts';
import { type Shape, type ShapeOf, shapeOfPlain } from './shape.ts';
import { YamlError } from './yaml-error.ts';

/**
 * Plain data as a YAML document that ends in a line break: laid out as `kubectl -o yaml` does, but whatever the texts
 * hold, every reader of YAML 1.1 and 1.2 gets them back (go-yaml loses some control characters and the key `<<`).
 */
export function writeYaml(value: unknown): string {
  return emitYaml(value, { dialect: faithful, shapeOf: shapeOfPlain });
}

/** Helm's `toYaml`, with the final line break. Throws YamlError where Go returns an error (Helm then prints nothing). */
export function formatYaml<T>(value: T, shapeOf: ShapeOf<T>, observer?: EmitObserver<T>): string {
  return emitYaml(value, { dialect: afterJson, shapeOf, observer });
}

/** Helm's `toYamlPretty` (go-yaml v3, no detour), with the final line break. */
export function formatYamlPretty<T>(value: T, shapeOf: ShapeOf<T>, observer?: EmitObserver<T>): string {
  return emitYaml(value, { dialect: pretty, shapeOf, observer });
}

/** Plain data for a file that people edit: as `writeYaml`, but long texts stay on one line. */
export function writeYamlUnfolded(value: unknown): string {
  return emitYaml(value, { dialect: { ...faithful, width: Number.POSITIVE_INFINITY }, shapeOf: shapeOfPlain });
}

type NumberShape = Shape<unknown> & { readonly type: 'int' | 'float' };

const afterJson: YamlDialect = {
  width: 80,
  sequencesInMappings: 'flush',
  tabs: 'quote-tabs',
  compareKeys,
  number: numberAfterJson,
  text: textAfterJson,
  key: keyAfterJson,
  style: wantedStyle,
};

const faithful: YamlDialect = {
  ...afterJson,
  text: (value) => value.toWellFormed(),
  key: (value) => value.toWellFormed(),
  style: (value) => (/^(?:<<|=)$|[\x85\u2028\u2029]/.test(value) ? 'double' : wantedStyle(value)),
};

const pretty: YamlDialect = {
  width: Number.POSITIVE_INFINITY,
  sequencesInMappings: 'indented',
  tabs: 'tabs-in-literals',
  compareKeys: compareKeysPretty,
  number: (shape) => (shape.type === 'int' ? shape.value.toString() : floatWord(shape.value)),
  text: (value) => value,
  key: (value) => value,
  // v3 also knows a sign behind the prefix of an octal number.
  style: (value) =>
    /^0_*o[-+_0-7]*$/.test(value) && /^0o[-+][0-7]+$/.test(value.replaceAll('_', '')) ? 'double' : wantedStyle(value),
};

function floatWord(value: number): string {
  if (Number.isFinite(value)) return formatGoFloat(value);
  return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
}

/** Whole numbers up to 64 bits are integers again, whatever they were before. */
function numberAfterJson(shape: NumberShape): string {
  if (shape.type === 'int') return shape.value.toString();
  const { value } = shape;
  if (Number.isSafeInteger(value)) return (value === 0 ? 0 : value).toString();
  if (!Number.isFinite(value)) {
    const problem = `json: unsupported value: ${formatGoFloat(value)}`;
    throw new YamlError({ kind: 'content', problem, message: `error marshaling into JSON: ${problem}` });
  }
  const json = formatJsonFloat(value);
  if (Number.isInteger(value) && /^-?\d+$/.test(json)) {
    const whole = BigInt(json);
    if (whole >= -(2n ** 63n) && whole <= maxUint64) return whole.toString();
  }
  return formatGoFloat(value);
}

/** Characters that JSON writes as they are but the YAML reader refuses, or, of U+0085, takes for a line break. */
const changedByReading = /[\x7f-\x9f\ud800-\udfff\ufffe\uffff]/;

function textAfterJson(value: string): string {
  if (!changedByReading.test(value)) return value;
  const text = value.toWellFormed();
  if (!/[\x7f-\x9f\ufffe\uffff]/.test(text)) return text;
  return readYaml(formatJsonString(text)) as string;
}

/** JSON's keys must be short enough for the reader's look-ahead, and on one line. */
function keyAfterJson(value: string): string {
  if (value.length > 150 || value.includes('\x85')) {
    const json = formatJsonString(value.toWellFormed());
    if (Array.from(json).length > 1024 || value.includes('\x85')) {
      const problem = "did not find expected ',' or '}'";
      throw new YamlError({ kind: 'content', problem, message: `yaml: ${problem}` });
    }
  }
  return textAfterJson(value);
}
