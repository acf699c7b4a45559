/** What jobs of GitLab run, in the include and in the child pipeline that `pushgate matrix` prints. */
import type { Shard } from '../config/shards.ts';
import { writeYaml } from '../yaml/index.ts';

/** Fetches the package that the variables name, checks it, and unpacks it beside the job. */
export const installLines = [
  'PUSHGATE_HOME="$(mktemp -d)"',
  'npm pack --silent --pack-destination "$PUSHGATE_HOME" -- "${PUSHGATE_PACKAGE:-pushgate@$PUSHGATE_VERSION}"',
  'if [ -n "$PUSHGATE_CHECKSUM" ]; then echo "$PUSHGATE_CHECKSUM  $(echo "$PUSHGATE_HOME"/*.tgz)" | sha256sum --check --quiet -; fi',
  'tar -xzf "$PUSHGATE_HOME"/*.tgz -C "$PUSHGATE_HOME"',
] as const;

/** The line that runs Pushgate, after `installLines`. */
export function runLine(words: string): string {
  return `node "$PUSHGATE_HOME/package/dist/cli.js" ${words}`;
}

/** Where jobs leave their reports; artefacts are given by fixed paths. */
export const reportFolder = 'pushgate-reports';

const plansFolder = 'pushgate-plans';

/** Masked, but still what a cluster holds: not for guests, and not for ever. */
function artifacts(reports: Readonly<Record<string, string>>): object {
  const files = { junit: 'junit.xml', dotenv: 'pushgate.env', ...reports };
  return {
    when: 'always',
    access: 'developer',
    expire_in: '30 days',
    paths: [`${reportFolder}/`],
    reports: Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `${reportFolder}/${file}`])),
  };
}

/**
 * A child pipeline with a job for each shard. GitLab takes no pipeline without jobs, so there is always one: the report
 * of a merge request, or a word that there is nothing.
 */
export function childPipeline(shards: readonly Shard[], purpose: 'plan' | 'apply'): string {
  const base = {
    image: '$PUSHGATE_IMAGE',
    variables: { GIT_DEPTH: '0' },
    before_script: [...installLines],
  };
  const jobs = purpose === 'plan' ? planJobs(shards) : applyJobs(shards);
  return `# Written by pushgate matrix.\n${writeYaml({ '.pushgate': base, ...jobs })}`;
}

/** Names are the configuration's, whose signs mean nothing to a shell; they stand in quotes all the same. */
function chosen({ environment, releases }: Shard): string {
  return `--environment '${environment}'${releases.length === 0 ? '' : ` --release '${releases.join(',')}'`}`;
}

function planJobs(shards: readonly Shard[]): Readonly<Record<string, object>> {
  const kept = { paths: [`${plansFolder}/`], expire_in: '1 week', access: 'developer' };
  const jobs = shards.map((shard) => [
    `plan ${shard.name}`,
    {
      extends: '.pushgate',
      stage: 'build',
      rules: [{ if: '$CI_MERGE_REQUEST_IID' }],
      script: [runLine(`plan ${chosen(shard)} --out ${plansFolder}/${shard.name}.json`)],
      artifacts: kept,
    },
  ]);
  const report = {
    extends: '.pushgate',
    stage: 'deploy',
    rules: [{ if: '$CI_MERGE_REQUEST_IID', when: 'always' }],
    variables: { PUSHGATE_REPORTS: reportFolder },
    script: [runLine(`report ${plansFolder}`)],
    artifacts: artifacts({ terraform: 'terraform.json', codequality: 'code-quality.json' }),
  };
  return { ...Object.fromEntries(jobs), report };
}

/** A job starts when those before it have ended, well or not: which releases may go on, the gate says by name. */
function applyJobs(shards: readonly Shard[]): Readonly<Record<string, object>> {
  if (shards.length === 0) return { nothing: { script: ['echo "No environment takes this branch."'] } };
  const whole = (environment: string): boolean =>
    shards.filter((other) => other.environment === environment).length === 1;
  return Object.fromEntries(
    shards.map((shard) => [
      `apply ${shard.name}`,
      {
        extends: '.pushgate',
        stage: 'deploy',
        rules: [{ when: 'always' }],
        needs: shard.after.map((name) => `apply ${name}`),
        variables: { PUSHGATE_REPORTS: reportFolder },
        script: [runLine(`apply ${chosen(shard)}`)],
        artifacts: artifacts({}),
        // Jobs of one environment in one pipeline do not wait for each other; the releases have locks.
        ...(whole(shard.environment) ? { resource_group: `pushgate-${shard.environment}` } : {}),
      },
    ]),
  );
}
