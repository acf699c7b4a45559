/**
 * What people may type into pushgate.yaml, as a schema: the published JSON Schema is generated from it, and
 * `shape.ts` turns its findings into sentences. What the words mean together is checked in `check.ts`.
 */
import * as z from 'zod/mini';

function described<T extends z.ZodMiniType>(schema: T, description: string): T {
  return schema.check(z.meta({ description })) as T;
}

const text = z.string().check(z.minLength(1));
const environmentVariable = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/));
const releaseName = z
  .string()
  .check(z.maxLength(53), z.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/));
const environmentName = z.string().check(z.maxLength(63), z.regex(/^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$/));

const chart = described(
  z.union([
    text,
    z.strictObject({
      repository: described(text, 'Address of a Helm chart repository, https://…'),
      name: described(text, 'Name of the chart in the repository'),
      version: described(text, 'Version of the chart, exactly'),
    }),
    z.strictObject({
      git: described(text, 'Address of a Git repository'),
      ref: described(text, 'Branch, tag or commit; a commit is the only one that cannot move'),
      path: z.optional(described(text, 'Folder of the chart in that repository; its top when left out')),
    }),
  ]),
  'Folder or file in this repository, oci://… with a version, a chart of a Helm repository, or a folder of another Git repository. {environment} stands for the environment.',
);

const values = described(
  z.array(text),
  'Values files in order, relative to the repository. {environment} stands for the environment; such a file may be missing.',
);
const set = described(z.record(z.string(), z.unknown()), 'Single values by dotted path, stronger than values files');
const late = described(
  z.record(
    z.string(),
    z.strictObject({
      env: described(environmentVariable, 'Environment variable of the apply job that holds the value'),
      matches: z.optional(described(text, 'Regular expression that the whole value must match')),
    }),
  ),
  'Values known only at apply, by dotted path: shown as ‹bound at apply› until then',
);
const secrets = described(
  z.record(z.string(), environmentVariable),
  'Names of environment variables by dotted path; their values are masked everywhere',
);
const version = described(text, 'Version of the chart, for oci:// and Helm repositories');
const namespace = described(text, 'Namespace of the release; {environment} stands for the environment');
const namesOfReleases = z.array(text);

const helm = described(
  z.strictObject({
    version: z.optional(described(text, 'Helm version whose output is matched, e.g. 4.2.4')),
    kubeVersion: z.optional(described(text, 'Kubernetes version that charts see as .Capabilities.KubeVersion')),
    apiVersions: z.optional(described(z.array(text), 'Further API versions that charts see in .Capabilities')),
    includeCrds: z.optional(
      described(z.boolean(), 'Whether the crds folder of charts is included; true when left out'),
    ),
  }),
  'How Helm charts are rendered',
);

const release = z.strictObject({
  name: described(releaseName, 'Name of the release, unique in the configuration'),
  chart,
  version: z.optional(version),
  namespace: z.optional(namespace),
  values: z.optional(values),
  set: z.optional(set),
  late: z.optional(late),
  secrets: z.optional(secrets),
  needs: z.optional(described(namesOfReleases, 'Releases that must be applied before this one')),
  helm: z.optional(helm),
});

const override = z.strictObject({
  version: z.optional(version),
  namespace: z.optional(namespace),
  values: z.optional(described(z.array(text), 'Further values files, after those of the release')),
  set: z.optional(set),
  late: z.optional(late),
  secrets: z.optional(secrets),
});

const times = z.array(
  z.strictObject({
    schedule: described(text, 'When it begins: five cron fields in local time, e.g. 0 8 * * 1-5'),
    duration: described(text, 'How long it lasts, e.g. 9h, 90m, 14d'),
    zone: z.optional(described(text, 'IANA time zone, e.g. Europe/Berlin; UTC when left out')),
    reason: z.optional(described(text, 'Why; whoever is refused reads this')),
  }),
);

const gate = described(
  z.strictObject({
    mode: z.optional(
      described(
        z.enum(['merge', 'environment', 'comment', 'none']),
        'What allows an apply: a reviewed and merged merge request, the approval of a forge environment, a comment, or nothing',
      ),
    ),
    approvals: z.optional(
      described(z.int().check(z.minimum(0), z.maximum(100)), 'People who must have approved the planned head'),
    ),
    selfApproval: z.optional(described(z.boolean(), "Whether the author's own approval counts")),
    committerApproval: z.optional(
      described(z.boolean(), 'Whether people with commits in the merge request count; true when left out'),
    ),
    codeOwners: z.optional(
      described(z.boolean(), 'Whether the owners of every changed file must have approved, by CODEOWNERS'),
    ),
    teams: z.optional(
      described(
        z.array(
          z.strictObject({
            team: described(
              z.string().check(z.regex(/^@[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/)),
              '@organisation/team on GitHub, @group or @group/subgroup on GitLab',
            ),
            approvals: z.optional(
              described(z.int().check(z.minimum(1), z.maximum(100)), 'How many of its members; 1 when left out'),
            ),
          }),
        ),
        'Teams that must have approved',
      ),
    ),
    breakGlass: z.optional(
      described(
        z.array(
          z
            .string()
            .check(
              z.regex(
                /^(?:@[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*|[A-Za-z0-9_][A-Za-z0-9_.-]*)$/,
              ),
            ),
        ),
        'Accounts, and teams with @, that may pass the gate with a reason: pushgate apply --break-glass REASON',
      ),
    ),
    windows: z.optional(described(times, 'Times at which may be applied here; at any time when left out')),
    freezes: z.optional(described(times, 'Times at which nothing is applied here, whatever the windows say')),
  }),
  'What must be true before anything is applied here. Left out: merge with one approval.',
);

const prune = described(
  z.strictObject({
    brake: z.optional(
      z.strictObject({
        objects: z.optional(described(z.int().check(z.minimum(0)), 'Deletions in one release that are still allowed')),
        percent: z.optional(
          described(
            z.number().check(z.minimum(0), z.maximum(100)),
            'Share of the objects of a release that may go at once; counts from 10 objects up',
          ),
        ),
      }),
    ),
    protect: z.optional(described(z.array(text), 'Kinds that are never deleted')),
  }),
  'Limits of deletion',
);

const ignoreRule = z.strictObject({
  kind: z.optional(text),
  name: z.optional(text),
  namespace: z.optional(text),
  path: described(text, 'Path of the field, e.g. spec.replicas'),
  reason: described(text, 'Why the difference is fine'),
  until: z.optional(described(text, 'Day on which the rule ends, YYYY-MM-DD')),
});

const drift = described(
  z.strictObject({
    mode: z.optional(
      described(
        z.enum(['report', 'heal']),
        'report: say it; heal: put it back to what was applied. report when left out',
      ),
    ),
    ignore: z.optional(z.array(ignoreRule)),
  }),
  'What happens when live differs from what was applied',
);

const wait = described(
  z.strictObject({
    timeout: described(
      z.string().check(z.regex(/^(0|(\d+(ms|s|m|h))+)$/)),
      'How long, e.g. 90s, 10m, 1h30m; --timeout goes before it',
    ),
  }),
  'How long an apply waits until what it wrote to the cluster is ready; 5m when left out',
);

const environment = z.strictObject({
  cluster: z.optional(
    described(
      z.strictObject({
        context: z.optional(described(text, 'Context of the kubeconfig; the current one when left out')),
        planner: z.optional(
          described(
            z.literal('pinned'),
            'Refuse to plan with a login that could write; left out: the plan says that it could',
          ),
        ),
      }),
      'The environment is a Kubernetes cluster',
    ),
  ),
  manifests: z.optional(
    described(
      z.strictObject({
        repository: described(text, '`.` for this repository, or the address of another'),
        branch: described(text, 'Branch that holds the rendered manifests'),
        path: z.optional(described(text, 'Folder in that branch; its top when left out')),
      }),
      'The environment is a Git branch of rendered manifests',
    ),
  ),
  refs: z.optional(
    described(z.array(text), 'Branches that may be applied here, as names or globs; main and master when left out'),
  ),
  after: z.optional(described(z.array(text), 'Environments where the same commit must have been applied before')),
  releases: z.optional(described(namesOfReleases, 'Releases that live here; all when left out')),
  overrides: z.optional(described(z.record(z.string(), override), 'What differs here, by release')),
  gate: z.optional(gate),
  prune: z.optional(prune),
  drift: z.optional(drift),
  wait: z.optional(wait),
  namespaces: z.optional(
    described(z.array(text), 'Namespaces that may be written, as names or globs; all when left out'),
  ),
});

export const rawConfig = described(
  z.strictObject({
    version: described(z.literal(1), 'Version of this format'),
    include: z.optional(
      described(z.array(text), 'Further files of this format, as paths or globs relative to the repository'),
    ),
    defaults: z.optional(
      described(
        z.strictObject({ namespace: z.optional(namespace), helm: z.optional(helm) }),
        'For the releases of this file',
      ),
    ),
    releases: z.optional(described(z.array(release), 'One chart in one namespace each')),
    environments: z.optional(described(z.record(environmentName, environment), 'Places with their rules, by name')),
  }),
  'Configuration of Pushgate',
);

export type RawConfig = z.output<typeof rawConfig>;
export type RawRelease = z.output<typeof release>;
export type RawOverride = z.output<typeof override>;
export type RawEnvironment = z.output<typeof environment>;
export type RawChart = z.output<typeof chart>;
export type RawHelm = z.output<typeof helm>;
