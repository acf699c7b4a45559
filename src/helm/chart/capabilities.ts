import { type ByteString, fromText } from '../bytes.ts';
import type { Method } from '../function.ts';
import { HelmError } from '../helm-error.ts';
import type { Profile } from '../profile.ts';
import { type Field, GoPointer, GoSlice, GoStruct, type GoType, pointerType, types, type Value } from '../value.ts';
import { defaultApiVersions } from './api-versions.ts';

/** What a chart is told about the cluster. */
export interface CapabilityOptions {
  /** As `--kube-version`: at least major and minor, with or without `v`. */
  readonly kubeVersion?: string | undefined;
  /** Further entries of `.Capabilities.APIVersions`. */
  readonly apiVersions?: readonly string[];
  /** All entries, where a cluster was asked; the known list and `apiVersions` are then not used. */
  readonly clusterApiVersions?: readonly string[];
}

export interface Capabilities {
  /** `.Capabilities` as templates see it. */
  readonly value: Value;
  /** What Chart.yaml's `kubeVersion` is compared with: without suffixes. */
  readonly kubeVersion: string;
  /** As it was given, for messages. */
  readonly kubeVersionAsGiven: string;
}

interface KubeVersion {
  readonly version: string;
  readonly normalized: string;
  readonly major: string;
  readonly minor: string;
}

/** `.Capabilities` for a rendering. Throws `HelmError` of stage `options` for a Kubernetes version that is none. */
export function capabilitiesFor(options: CapabilityOptions, profile: Profile): Capabilities {
  const kube =
    options.kubeVersion === undefined ? defaultVersion(profile) : parseKubeVersion(options.kubeVersion, profile);
  const versions = options.clusterApiVersions ?? [
    ...defaultApiVersions(profile.clientMinor),
    ...(options.apiVersions ?? []),
  ];
  const known = profile.major === 3 ? helm3 : helm4;
  // Since 4.1 the struct has a private second version in front of Major; printing the struct shows it.
  const { kubeVersion, pointer } = profile.keepsKubeSuffix ? known.withSuffix : known.plain;
  const kubeFields = new Map<string, Value>([['Version', fromText(kube.version)]]);
  if (profile.keepsKubeSuffix) kubeFields.set('normalizedVersion', fromText(kube.normalized));
  kubeFields.set('Major', kube.major).set('Minor', kube.minor);
  const fields = new Map<string, Value>([
    ['KubeVersion', new GoStruct(kubeVersion, kubeFields, true)],
    ['APIVersions', new GoSlice(known.versionSet, versions.map(fromText))],
    ['HelmVersion', new GoStruct(known.buildInfo, buildInfo(profile))],
  ]);
  return {
    value: new GoPointer(pointer, new GoStruct(pointer.elem ?? kubeVersion, fields)),
    kubeVersion: kube.normalized,
    kubeVersionAsGiven: kube.version,
  };
}

function defaultVersion(profile: Profile): KubeVersion {
  const version = `v1.${profile.kubeMinor}.0`;
  return { version, normalized: version, major: '1', minor: String(profile.kubeMinor) };
}

/** Kubernetes' generic version parser: two or more numbers, whatever follows them is a suffix. */
function parseKubeVersion(text: string, profile: Profile): KubeVersion {
  const match = /^\s*v?([0-9]+(?:\.[0-9]+)*)/.exec(text);
  if (match === null || text.includes('\n'))
    throw badVersion(text, `could not parse ${JSON.stringify(text)} as version`);
  const parts = (match[1] ?? '').split('.');
  if (parts.length < 2) throw badVersion(text, `illegal version string ${JSON.stringify(text)}`);
  const [first = ''] = parts;
  if (first.startsWith('0') && first !== '0') {
    throw badVersion(
      text,
      `illegal zero-prefixed version component ${JSON.stringify(first)} in ${JSON.stringify(text)}`,
    );
  }
  const numbers = parts.map((part) => BigInt(part).toString());
  const normalized = `v${numbers.join('.')}`;
  const given = text.startsWith('v') ? text : `v${text}`;
  return {
    version: profile.keepsKubeSuffix ? given : normalized,
    normalized,
    major: numbers[0] ?? '',
    minor: numbers[1] ?? '',
  };
}

function badVersion(text: string, reason: string): HelmError {
  return new HelmError({
    stage: 'options',
    message: `invalid kube version '${text}': ${reason}`,
    hint: 'Give at least major and minor, e.g. 1.33.0.',
  });
}

/** Names of the packages the types live in, which `%T` prints; Helm 4 moved them. */
function typesFor(pkg: string) {
  const text = (name: string, json?: string) => ({ name, type: types.string, ...(json === undefined ? {} : { json }) });
  const versionOf = (value: GoStruct) => value.fields.get('Version') as ByteString;
  const shownVersion = (value: GoStruct) => (value.fields.get('normalizedVersion') as ByteString) || versionOf(value);
  const kubeVersionType = (fields: readonly Field[], shown: (value: GoStruct) => ByteString): GoType => ({
    kind: 'struct',
    name: `${pkg}.KubeVersion`,
    named: true,
    fields,
    pointerMethods: new Map([
      ['String', textMethod('String', shown)],
      ['GitVersion', textMethod('GitVersion', versionOf)],
    ]),
    pointerStringer: shown,
  });
  const majorMinor = [text('Major'), text('Minor')];
  const kubeVersion = kubeVersionType([text('Version'), ...majorMinor], versionOf);
  const kubeVersionWithSuffix = kubeVersionType(
    [text('Version'), text('normalizedVersion', '-'), ...majorMinor],
    shownVersion,
  );
  const versionSet: GoType = {
    kind: 'slice',
    name: `${pkg}.VersionSet`,
    named: true,
    elem: types.string,
    methods: new Map([['Has', hasMethod]]),
  };
  const buildInfo: GoType = {
    kind: 'struct',
    name: 'version.BuildInfo',
    named: true,
    fields: [
      text('Version', 'version,omitempty'),
      text('GitCommit', 'git_commit,omitempty'),
      text('GitTreeState', 'git_tree_state,omitempty'),
      text('GoVersion', 'go_version,omitempty'),
      ...(pkg === 'common' ? [text('KubeClientVersion', 'kube_client_version')] : []),
    ],
  };
  const capabilities = (kube: GoType): GoType =>
    pointerType({
      kind: 'struct',
      name: `${pkg}.Capabilities`,
      named: true,
      fields: [
        { name: 'KubeVersion', type: kube },
        { name: 'APIVersions', type: versionSet },
        { name: 'HelmVersion', type: buildInfo },
      ],
    });
  return {
    versionSet,
    buildInfo,
    plain: { kubeVersion, pointer: capabilities(kubeVersion) },
    withSuffix: { kubeVersion: kubeVersionWithSuffix, pointer: capabilities(kubeVersionWithSuffix) },
  };
}

const hasMethod: Method = {
  name: 'Has',
  params: [types.string],
  result: types.bool,
  call: (receiver, [version]) => receiver instanceof GoSlice && receiver.items.some((item) => item === version),
};

function textMethod(name: string, read: (value: GoStruct) => ByteString): Method {
  return {
    name,
    params: [],
    result: types.string,
    call(receiver) {
      const target = receiver instanceof GoPointer ? receiver.target : receiver;
      return target instanceof GoStruct ? read(target) : '';
    },
  };
}

const helm3 = typesFor('chartutil');
const helm4 = typesFor('common');

function buildInfo(profile: Profile): Map<string, Value> {
  const info = new Map<string, Value>([
    ['Version', `v${profile.version}`],
    ['GitCommit', ''],
    ['GitTreeState', ''],
    ['GoVersion', `go1.${profile.goMinor}`],
  ]);
  if (profile.major === 4) info.set('KubeClientVersion', `v1.${profile.clientMinor}`);
  return info;
}
