/** One release as typed → a valid one, with every mistake that can be seen without looking at other releases. */
import type { Json } from '../resource/resource.ts';
import { parseChart } from './chart-reference.ts';
import type { HelmOptions, LateValue, Release, ReleaseOverride } from './config.ts';
import { pathMistake, placeholderMistake, tidyPath } from './path.ts';
import type { RawConfig, RawHelm, RawOverride, RawRelease } from './raw.ts';
import type { Mistake, Path } from './shape.ts';
import { parseValuePath, touches, type ValuePath } from './value-path.ts';

export interface Checked<T> {
  readonly value: T | undefined;
  readonly mistakes: readonly Mistake[];
}

/** `path` is where the release stands in its file; `defaults` are those of the same file. */
export function checkRelease(raw: RawRelease, path: Path, defaults: RawConfig['defaults']): Checked<Release> {
  const mistakes: Mistake[] = [];
  const parsed = parseChart(raw.chart, raw.version);
  if (parsed.kind === 'mistake') mistakes.push(wrong([...path, ...parsed.path], parsed.message, parsed.hint));
  const namespace = raw.namespace ?? defaults?.namespace;
  if (namespace === undefined) {
    mistakes.push(
      wrong(path, `release "${raw.name}" has no namespace`, 'Write namespace: … here, or once under defaults.'),
    );
  } else {
    const at = raw.namespace === undefined ? ['defaults', 'namespace'] : [...path, 'namespace'];
    mistakes.push(...namespaceMistakes(namespace, at));
  }
  mistakes.push(...valuesMistakes(raw.values ?? [], [...path, 'values']), ...settingMistakes(raw, path));
  const helm = checkHelm({ ...defaults?.helm, ...raw.helm }, [...path, 'helm']);
  mistakes.push(...helm.mistakes);
  if (mistakes.length > 0 || parsed.kind === 'mistake' || namespace === undefined || helm.value === undefined) {
    return { value: undefined, mistakes };
  }
  return {
    value: {
      name: raw.name,
      namespace,
      chart: parsed.chart,
      values: (raw.values ?? []).map(tidyPath),
      set: (raw.set ?? {}) as Readonly<Record<string, Json>>,
      late: lateValues(raw.late),
      secrets: raw.secrets ?? {},
      needs: raw.needs ?? [],
      helm: helm.value,
    },
    mistakes: [],
  };
}

/** What an environment changes of one release. Whether the chart has versions at all is checked where the release is known. */
export function checkOverride(raw: RawOverride, path: Path): Checked<ReleaseOverride> {
  const mistakes = [
    ...valuesMistakes(raw.values ?? [], [...path, 'values']),
    ...settingMistakes(raw, path),
    ...(raw.namespace === undefined ? [] : namespaceMistakes(raw.namespace, [...path, 'namespace'])),
  ];
  return {
    value: {
      ...(raw.namespace === undefined ? {} : { namespace: raw.namespace }),
      ...(raw.version === undefined ? {} : { version: raw.version }),
      values: (raw.values ?? []).map(tidyPath),
      set: (raw.set ?? {}) as Readonly<Record<string, Json>>,
      late: lateValues(raw.late),
      secrets: raw.secrets ?? {},
    },
    mistakes,
  };
}

function checkHelm(raw: RawHelm, path: Path): Checked<HelmOptions> {
  const mistakes: Mistake[] = [];
  if (raw.version !== undefined && !/^v?\d+\.\d+\.\d+$/.test(raw.version)) {
    mistakes.push(wrong([...path, 'version'], `"${raw.version}" is not a version of Helm like 4.2.4`));
  }
  if (raw.kubeVersion !== undefined && !/^v?\d+\.\d+(\.\d+)?([-+][-+.0-9A-Za-z]+)?$/.test(raw.kubeVersion)) {
    mistakes.push(wrong([...path, 'kubeVersion'], `"${raw.kubeVersion}" is not a version of Kubernetes like 1.33.0`));
  }
  return {
    value: {
      version: raw.version?.replace(/^v/, ''),
      kubeVersion: raw.kubeVersion,
      apiVersions: raw.apiVersions ?? [],
      includeCrds: raw.includeCrds ?? true,
    },
    mistakes,
  };
}

function lateValues(raw: RawRelease['late']): Readonly<Record<string, LateValue>> {
  return Object.fromEntries(
    Object.entries(raw ?? {}).map(([path, late]) => [path, { env: late.env, matches: late.matches }]),
  );
}

const namespacePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function namespaceMistakes(namespace: string, path: Path): readonly Mistake[] {
  const placeholder = placeholderMistake(namespace);
  if (placeholder !== undefined) return [wrong(path, `namespace "${namespace}" ${placeholder}`)];
  if (namespacePattern.test(namespace.replaceAll('{environment}', 'e'))) return [];
  return [
    wrong(path, `"${namespace}" is not the name of a namespace: lower-case letters, digits and dashes, at most 63`),
  ];
}

function valuesMistakes(values: readonly string[], path: Path): readonly Mistake[] {
  return values.flatMap((file, index) => {
    const message = pathMistake(file) ?? placeholderMistake(file);
    return message === undefined ? [] : [wrong([...path, index], `values file "${file}" ${message}`)];
  });
}

/** Mistakes of `set`, `late` and `secrets`: their paths, their patterns, and two of them setting the same value. */
function settingMistakes(raw: RawOverride, path: Path): readonly Mistake[] {
  const mistakes: Mistake[] = [...reservedMistakes(raw, path)];
  const seen: { readonly section: string; readonly text: string; readonly path: ValuePath }[] = [];
  for (const section of ['set', 'late', 'secrets'] as const) {
    for (const text of Object.keys(raw[section] ?? {})) {
      const at = [...path, section, text];
      const parsed = parseValuePath(text);
      if (parsed.kind === 'mistake') {
        mistakes.push(onKey(at, `"${text}" is not a path into values: ${parsed.message}`));
        continue;
      }
      const other = seen.find((earlier) => touches(earlier.path, parsed.path));
      if (other !== undefined) {
        mistakes.push(onKey(at, `${section}.${text} and ${other.section}.${other.text} set the same value`));
      }
      seen.push({ section, text, path: parsed.path });
    }
  }
  for (const [text, late] of Object.entries(raw.late ?? {})) {
    const message = late.matches === undefined ? undefined : patternMistake(late.matches);
    if (message !== undefined) {
      mistakes.push(
        wrong([...path, 'late', text, 'matches'], `"${late.matches}" is not a regular expression: ${message}`),
      );
    }
  }
  return mistakes;
}

/** Variables that open doors: Pushgate's own, the forges', and where the logins to clusters are. */
const reserved = /^(PUSHGATE_.*|GITHUB_TOKEN|GITLAB_TOKEN|CI_JOB_TOKEN|CI_JOB_JWT.*|ACTIONS_.*|KUBECONFIG)$/;

/** Whoever may write a chart would otherwise have the run's own credentials put into what it shows or applies. */
function reservedMistakes(raw: RawOverride, path: Path): readonly Mistake[] {
  const named: readonly (readonly [Path, string])[] = [
    ...Object.entries(raw.late ?? {}).map(([text, { env }]) => [['late', text, 'env'], env] as const),
    ...Object.entries(raw.secrets ?? {}).map(([text, env]) => [['secrets', text], env] as const),
  ];
  return named
    .filter(([, env]) => reserved.test(env))
    .map(([at, env]) =>
      wrong(
        [...path, ...at],
        `${env} is the run's own and is given to no chart`,
        'Name a variable made for this value.',
      ),
    );
}

/** The pattern as it is used: it must match the whole value. */
export function wholePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

function patternMistake(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    wholePattern(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message.replace(/^Invalid regular expression: /, '');
  }
}

export function wrong(path: Path, message: string, hint?: string): Mistake {
  return { path, on: 'value', message, hint };
}

export function onKey(path: Path, message: string, hint?: string): Mistake {
  return { path, on: 'key', message, hint };
}
