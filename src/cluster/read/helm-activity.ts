/** What Helm itself did to a release, told from the labels of its records alone: nothing that they hold is read. */
import type { Notice } from '../../plan/plan.ts';
import { Problem } from '../../problem.ts';
import type { Resource } from '../../resource/resource.ts';
import { labelsOf } from '../../resource/resource.ts';
import type { Client } from './client.ts';
import { secretKind } from './helm-record.ts';
import { listMetadata } from './objects.ts';
import type { Parent, ReleasePlace } from './parent.ts';

export type HelmRecords = ReadonlyMap<string, readonly Resource[]>;

/**
 * Helm's records in a namespace, by release; undefined for a login that may not list Secrets, as most planners may not.
 * Those of revisions that a later one replaced tell nothing about now.
 */
export async function listHelmRecords(client: Client, namespace: string): Promise<HelmRecords | undefined> {
  try {
    const labelSelector = 'owner=helm,status!=superseded';
    const records = await listMetadata(client, secretKind, { namespace, labelSelector });
    return Map.groupBy(records, (record) => labelsOf(record)['name'] ?? '');
  } catch (error) {
    if (error instanceof Problem && error.reason === 'forbidden') return undefined;
    throw error;
  }
}

/** What a reader of the plan should know of it. */
export function helmNotices(
  release: ReleasePlace,
  parent: Parent | undefined,
  records: HelmRecords | undefined,
): readonly Notice[] {
  const ours = parent?.state.revision ?? 0;
  if (records === undefined) return [];
  const newest = sorted(records, release.name).at(-1);
  const warning = (text: string): readonly Notice[] => [{ severity: 'warning', text: `${release.name}: ${text}` }];
  if (newest === undefined) {
    if (ours === 0) return [];
    return warning(`Helm's records of it are gone, as after helm uninstall; Pushgate had written revision ${ours}`);
  }
  const revision = `revision ${newest.version}${newest.at === '' ? '' : ` of ${newest.at}`}`;
  if (newest.status.startsWith('pending-')) {
    return warning(
      `Helm is at work, or was killed at it: ${revision} is ${newest.status}. Once pushgate unlock says that it is gone, or after 15 minutes, an apply repairs that`,
    );
  }
  if (ours === 0) return warning(`it is a release of Helm (${revision}, ${newest.status}), and is taken over`);
  if (newest.version <= ours) return [];
  return warning(`Helm itself wrote ${revision} (${newest.status}) after Pushgate's revision ${ours}`);
}

/**
 * The revision that Helm itself would compare with at its next upgrade: the newest deployed one, or where none is the
 * newest at all. undefined where Helm has no record.
 */
export function newestRevision(records: HelmRecords, release: string): Written | undefined {
  const own = sorted(records, release);
  return own.findLast(({ status }) => status === 'deployed') ?? own.at(-1);
}

function sorted(records: HelmRecords, release: string): readonly Written[] {
  return (records.get(release) ?? []).map(revisionOf).sort((a, b) => a.version - b.version);
}

export interface Written {
  readonly version: number;
  readonly status: string;
  /** ISO time, '' where Helm noted none. */
  readonly at: string;
}

function revisionOf(record: Resource): Written {
  const { version = '', status = '', modifiedAt = '', createdAt = '' } = labelsOf(record);
  const seconds = Number(modifiedAt || createdAt);
  return { version: Number(version), status, at: seconds > 0 ? minuteOf(new Date(seconds * 1000)) : '' };
}

function minuteOf(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
