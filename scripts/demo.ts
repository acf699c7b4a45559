/**
 * `npm run demo`: the story of Pushgate in under a minute, in a temporary repository, with nothing but Node and Git.
 * The forge is a small GitHub on loopback; the repository, the commits and the commands are real. With `--cluster` the
 * story is told on a Kubernetes cluster.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openStage, type Stage } from './demo-stage.ts';

const started = Date.now();
if (process.argv.includes('--cluster')) {
  const { tellOnCluster } = await import('./demo-cluster.ts');
  process.exitCode = await tellOnCluster();
} else {
  await using stage = await openStage({ files: filesOf('examples/mygoodies'), env: {} });
  await tell(stage);
}

async function tell(stage: Stage): Promise<void> {
  const { repository, propose, approve, merge, say, show, apply, edited } = stage;
  stage.tell('A shop in microservices stands in a Git repository, with two environments: staging and production.');
  stage.tell('Each is a branch of rendered manifests. Ann opens merge requests, Rita reviews, Omar has his own ways.');
  const opening = await propose('Deploy the shop', { 'README.md': '# The shop\n' });
  approve(opening);
  merge(opening);
  await apply('Its first merge request was shown, approved and merged. The job on main applies it:', 'releases');

  const values = 'values/catalog.yaml';
  const replicas = await propose('Two replicas are enough', edited(values, 'replicaCount: 3', 'replicaCount: 2'));
  say('Ann changes 3 replicas to 2. This is the comment on her merge request:');
  show(stage.commentOn(replicas));

  merge(replicas);
  await apply('Nobody has approved it, and Ann merges it all the same. The job on main refuses:');

  approve(replicas);
  await apply('Rita looks at the comment and approves. The same job, run again, applies exactly what she saw:');

  const edit = deployedFile(stage, 'catalog', /deployment/i);
  repository.commit({
    branch: 'deploy/production',
    files: {
      [edit]: (repository.file('refs/heads/deploy/production', edit) ?? '').replace('replicas: 2', 'replicas: 5'),
    },
    message: 'Quick fix, back soon',
    author: { name: 'Omar', email: 'omar@mygoodies.example' },
  });
  say('Omar edits the deployed branch by hand. The scheduled job finds it, and knows who and when:');
  const drift = await stage.run(['drift', '--environment', 'production', '--detailed-exitcode']);
  show(drift.stdout, drift.exitCode);

  const first = await propose('A newer catalog', edited(values, 'tag: 1.12.8', 'tag: 1.13.0'));
  const second = await propose('nginx 1.25', edited('infra/nginx-deployment.yaml', 'nginx:1.14.2', 'nginx:1.25.5'));
  for (const pull of [first, second]) approve(pull);
  for (const pull of [first, second]) merge(pull);
  await apply('Two approved merge requests are merged within a minute. One job applies both:');

  const clone = join(stage.folder, 'shop');
  execFileSync('git', ['clone', '--quiet', repository.path, clone], { stdio: 'pipe' });
  stage.tell(`\nThat was ${Math.round((Date.now() - started) / 1000)} seconds. The repository is yours to look at:`);
  console.log(`
  cd ${clone}
  git log --oneline origin/deploy/production
  ${process.execPath} ${join(process.cwd(), 'src/cli.ts')} plan --lines

Next: docs/getting-started.md puts it into your own repository; npm run demo -- --cluster tells it on a cluster.`);
}

function deployedFile({ repository }: Stage, release: string, name: RegExp): string {
  const files = repository.git('ls-tree', '-r', '--name-only', 'refs/heads/deploy/production').split('\n');
  const found = files.find((file) => file.includes(`${release}/`) && name.test(file));
  if (found === undefined) throw new Error(`nothing like ${name} is deployed in ${release}`);
  return found;
}

/** The example without its kustomization: that needs a program which may not be there, and the story does not. */
function filesOf(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('metrics'));
  const files = names.filter((name) => statSync(join(root, name)).isFile());
  const texts = files.map((name) => [name, readFileSync(join(root, name), 'utf8')] as const);
  return Object.fromEntries(texts.map(([name, text]) => [name, text.replace(/^include:.*\n/m, '')]));
}
