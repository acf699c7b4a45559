/**
 * What differs between Helm releases in the text they render. "Helm 3" is not one behaviour: output changed in patch
 * releases, so every rule that ever changed is a column here and every release of Helm from 3.19.0 is a row.
 */
export type HelmVersion = keyof typeof rows;

/** How a nil given by the user and a nil in a chart's defaults meet (chart/coalesce.ts says what each rule does). */
export type NilRule = 'N0' | 'N1' | 'N2' | 'N3';

/** How a rendered file is cut into documents (assemble-split.ts). */
export type SplitRule = 'S0' | 'S1' | 'S2';

export interface Profile {
  readonly version: HelmVersion;
  readonly major: 3 | 4;
  readonly nil: NilRule;
  readonly split: SplitRule;
  /** Minor of the Kubernetes 1.x that is assumed when none is named. */
  readonly kubeMinor: number;
  /** Minor of the client-go whose API list is known without a cluster. */
  readonly clientMinor: 34 | 35 | 36;
  /** Minor of the Go 1.x that the release was built with; some error texts follow it. */
  readonly goMinor: 24 | 25 | 26;
  /** Kubernetes versions keep suffixes like `-gke.1` in `.Version`. */
  readonly keepsKubeSuffix: boolean;
  /** Chart names `.` and `..` are refused. */
  readonly refusesDotNames: boolean;
}

interface Row {
  readonly nil: NilRule;
  readonly split: SplitRule;
  readonly client: 34 | 35 | 36;
  readonly go: 24 | 25 | 26;
  /** Where it is not the client's minor: 4.0.0 was built with a wrong flag. */
  readonly kube?: number;
  readonly refusesDotNames?: true;
}

const v319: Row = { nil: 'N0', split: 'S0', client: 34, go: 24 };
const v320: Row = { nil: 'N2', split: 'S0', client: 35, go: 25 };
const v321: Row = { nil: 'N2', split: 'S0', client: 36, go: 26, refusesDotNames: true };
const v40: Row = { nil: 'N1', split: 'S0', client: 34, go: 25 };
const v41: Row = { nil: 'N1', split: 'S0', client: 35, go: 25 };
const v42: Row = { nil: 'N3', split: 'S1', client: 36, go: 26, refusesDotNames: true };

const rows = {
  '3.19.0': v319,
  '3.19.1': v319,
  '3.19.2': v319,
  '3.19.3': v319,
  '3.19.4': v319,
  '3.19.5': { ...v319, nil: 'N1' },
  '3.20.0': { ...v320, nil: 'N1' },
  '3.20.1': v320,
  '3.20.2': { ...v320, refusesDotNames: true },
  '3.21.0': { ...v321, client: 35, go: 25 },
  '3.21.1': { ...v321, client: 35 },
  '3.21.2': v321,
  '3.21.3': v321,
  '3.21.4': v321,
  '4.0.0': { ...v40, kube: 20 },
  '4.0.1': v40,
  '4.0.2': v40,
  '4.0.4': v40,
  '4.0.5': v40,
  '4.1.0': v41,
  '4.1.1': v41,
  '4.1.2': v41,
  '4.1.3': { ...v41, nil: 'N2' },
  '4.1.4': { ...v41, nil: 'N2', refusesDotNames: true },
  '4.2.0': v42,
  '4.2.1': v42,
  '4.2.2': v42,
  '4.2.3': v42,
  '4.2.4': { ...v42, split: 'S2' },
} as const satisfies Record<string, Row>;

export const helmVersions = Object.keys(rows) as readonly HelmVersion[];

export const newestHelm: HelmVersion = '4.2.4';

/** The behaviour of one release of Helm, or undefined for one that is not in the table. A leading `v` is accepted. */
export function profileOf(version: string): Profile | undefined {
  const name = version.replace(/^v/, '');
  if (!isKnown(name)) return undefined;
  const row: Row = rows[name];
  const major = name.startsWith('3.') ? 3 : 4;
  return {
    version: name,
    major,
    nil: row.nil,
    split: row.split,
    kubeMinor: row.kube ?? row.client,
    clientMinor: row.client,
    goMinor: row.go,
    keepsKubeSuffix: major === 4 && !name.startsWith('4.0.'),
    refusesDotNames: row.refusesDotNames ?? false,
  };
}

function isKnown(version: string): version is HelmVersion {
  return Object.hasOwn(rows, version);
}
