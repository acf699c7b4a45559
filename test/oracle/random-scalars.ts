import { literal } from './random-calls.ts';

type Draw = (bound: number) => number;

/** Words and signs that mean something in YAML, JSON or TOML, or nearly do. */
const PIECES = [
  ...['', 'a', 'abc', 'two words', 'y', 'n', 'yes', 'No', 'on', 'OFF', 'true', 'True', 'TRUE', 'false', 'null', 'Null'],
  ...['~', '.', '..', '...', '---', '-', '- a', '--- a', '?', '? a', ':', ': ', 'a: b', 'a:b', '#', ' #', 'a #b', '&a'],
  ...['*a', '!', '!!str', '!!int 3', '%', '@', '`', '|', '>', '"', "'", '\\', '[', ']', '{', '}', ',', '=', '<<', '='],
  ...[' ', '  ', '\t', '\n', '\n\n', '\r', '\r\n', ' \n', '\n ', '\u0000', '\u0007', '\u001b', '\u007f', '\u0085'],
  ...[
    '\u00a0',
    'é',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffd',
    '😀',
    '日本',
    '\u{10ffff}',
    '{{',
    '}}',
    '<no value>',
    '<&>',
  ],
  ...['2001-12-14', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43', '12:30', '190:20:30', '1:2:3.5', '07:32:00'],
  ...['.inf', '-.INF', '+.inf', '.nan', '.NaN', 'inf', 'nan', '-inf', '0x', '0xg', '0o', '0b2', '+', '-_', '_', '1_'],
  ...['\\n', '\\x41', '\\u00e9', '\\U0001F600', '\\ud83d', '\\/', '\\_', '\\N', '\\e', '\\', 'a'.repeat(90)],
  ...['word '.repeat(20), `${'x'.repeat(75)} ${'y'.repeat(20)}`],
];

const DIGITS = '0123456789';

/** A number in one of the forms that readers take, or one near to them. */
function randomNumber(draw: Draw): string {
  const digits = (most: number): string =>
    Array.from({ length: 1 + draw(most) }, () => (draw(12) === 0 ? '_' : (DIGITS[draw(10)] ?? ''))).join('');
  const sign = ['', '', '', '-', '+'][draw(5)] ?? '';
  switch (draw(9)) {
    case 0:
      return `${sign}0x${digits(18)}${draw(2) === 0 ? 'aF' : ''}`;
    case 1:
      return `${sign}0o${digits(8)}`;
    case 2:
      return `${sign}0b${['0', '1', '101', '1_1', '2'][draw(5)]}`;
    case 3:
      return `${sign}0${digits(6)}`;
    case 4:
      return `${sign}${digits(22)}`;
    case 5:
      return `${sign}${digits(4)}.${draw(4) === 0 ? '' : digits(8)}`;
    case 6:
      return `${sign}.${digits(5)}`;
    case 7:
      return `${sign}${digits(3)}${draw(2) === 0 ? `.${digits(4)}` : ''}${draw(2) === 0 ? 'e' : 'E'}${['', '-', '+'][draw(3)]}${digits(3)}`;
    default:
      return `${sign}${digits(3)}`;
  }
}

function randomText(draw: Draw): string {
  const piece = (): string => (draw(4) === 0 ? randomNumber(draw) : pick(draw, PIECES));
  if (draw(3) > 0) return piece();
  return Array.from({ length: 2 + draw(3) }, piece).join(pick(draw, ['', '', ' ', '\n', ': ', ', ']));
}

/** A text as YAML may hold it: bare, quoted, in a flow, as a block with any header, as a key. */
function randomYaml(draw: Draw): string {
  const text = randomText(draw);
  const indented = text.split('\n').join('\n  ');
  switch (draw(10)) {
    case 0:
      return `k: "${text}"\n`;
    case 1:
      return `k: '${text}'\n`;
    case 2:
      return `k: [${text}, ${randomText(draw)}]\n`;
    case 3:
      return `k: {a: ${text}, ${randomText(draw)}: 1}\n`;
    case 4:
      return `k: ${pick(draw, ['|', '>', '|-', '>-', '|+', '>+', '|2', '>1-', '|0', '|+2'])}\n  ${indented}\nz: 1\n`;
    case 5:
      return `${text}: v\n`;
    case 6:
      return `k:\n  - ${indented}\n  - ${randomText(draw)}\n`;
    case 7:
      return `k: ${indented}\nm:\n  n: ${randomNumber(draw)}\n`;
    default:
      return `k: ${text}\n`;
  }
}

function randomJson(draw: Draw): string {
  const escaped = JSON.stringify(randomText(draw));
  return pick(draw, [escaped, `"${randomText(draw)}"`, randomNumber(draw), randomText(draw), '[1, null, {"a": 1.0}]']);
}

function randomToml(draw: Draw): string {
  const text = randomText(draw);
  const value = pick(draw, [
    `"${text}"`,
    `'${text}'`,
    `"""${text}"""`,
    `'''\n${text}'''`,
    randomNumber(draw),
    text,
    `[${randomNumber(draw)}, ${randomNumber(draw)}]`,
    `{ a = ${text} }`,
  ]);
  return pick(draw, [`k = ${value}\n`, `k = ${value} # why\n`, `[${text}]\nk = ${value}\n`, `"${text}" = 1\n`]);
}

/** A template that writes a text as data, reads a text as data, or does one after the other. */
export function randomScalarTemplate(draw: Draw): string {
  const text = literal(randomText(draw));
  const data = pick(draw, [
    `(dict "k" ${text})`,
    `(dict ${text} 1)`,
    `(dict "k" (list ${text} (dict "m" ${literal(randomText(draw))})))`,
    `(fromJson ${literal(`{"n": ${randomNumber(draw)}, "s": ${JSON.stringify(randomText(draw))}}`)})`,
  ]);
  switch (draw(10)) {
    case 0:
    case 1:
      return `{{ ${data} | ${pick(draw, ['toYaml', 'toYaml', 'toYamlPretty', 'toJson', 'toPrettyJson', 'toRawJson'])} }}`;
    case 2:
      return `{{ ${data} | toToml }}`;
    case 3:
      return `{{ ${data} | toYaml | fromYaml | toJson }}`;
    case 4:
      return `{{ ${data} | toToml | fromToml | toJson }}`;
    case 5:
      return `{{ fromJson ${literal(`{"k": ${randomJson(draw)}}`)} | toYaml }}`;
    case 6:
      return `{{ fromJsonArray ${literal(`[${randomJson(draw)}]`)} | toJson }}`;
    case 7:
      return `{{ fromToml ${literal(randomToml(draw))} | toJson }}`;
    default:
      return draw(8) === 0
        ? `{{ fromYamlArray ${literal(`- ${randomText(draw)}\n`)} | toJson }}`
        : `{{ fromYaml ${literal(randomYaml(draw))} | ${pick(draw, ['toJson', 'toYaml'])} }}`;
  }
}

function pick<T>(draw: Draw, from: readonly T[]): T {
  return from[draw(from.length)] as T;
}
