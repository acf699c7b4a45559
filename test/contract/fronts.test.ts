import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { generatedFiles } from '../../scripts/generate.ts';
import { helpText } from '../../src/cli-help.ts';
import { outputs } from '../../src/commands/telling/outputs.ts';
import type { OptionName, Verb } from '../../src/options.ts';
import { gitlabVerbs, optionRows, variableOf, verbs } from '../../src/options.ts';
import { githubWorkflow } from '../../src/report/first-pipeline.ts';
import { readYaml, readYamlDocuments } from '../../src/yaml/index.ts';

const rows = Object.entries(optionRows) as [OptionName, (typeof optionRows)[OptionName]][];

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

describe('the workflow', () => {
  const input = { branch: 'main', ref: 'v1', version: '1', target: 'cluster' } as const;
  test.each([
    ['of the example', read('examples/mygoodies/.github/workflows/pushgate.yml')],
    ['that init writes', githubWorkflow(input)],
  ])('%s lets no comment wait where an apply waits: a stranger’s would take its place', (_, text) => {
    const { jobs } = readYaml(text) as { jobs: Record<string, { if: string; concurrency?: unknown }> };
    expect(jobs['apply']).toHaveProperty('concurrency');
    expect(jobs['comment']).not.toHaveProperty('concurrency');
    expect(jobs['comment']?.if).toContain("startsWith(github.event.comment.body, '/pushgate')");
  });
});

describe('the fronts say the same as the option table', () => {
  test.each(Object.keys(generatedFiles()))('%s is what the tables give', (path) => {
    expect(read(path)).toBe(generatedFiles()[path]);
  });

  test('action.yml has each input of the table, the outputs, and runs the bundle on Node 24', () => {
    const action = readYaml(read('action.yml')) as {
      inputs: Record<string, { description: string }>;
      outputs: Record<string, unknown>;
      runs: unknown;
    };
    const inputs = rows.filter(([, row]) => row.fronts.includes('action')).map(([name]) => name);
    expect(Object.keys(action.inputs).sort()).toEqual(['command', ...inputs].sort());
    expect(Object.keys(action.outputs).sort()).toEqual(Object.keys(outputs).sort());
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
  });

  test('the GitLab template passes inputs only as variables, never into a script', () => {
    const [spec, jobs] = readYamlDocuments(read('.gitlab-ci-template.yml')).map(({ value }) => value) as [
      { spec: { inputs: Record<string, unknown> } },
      Record<string, { script?: string[]; before_script?: string[]; variables?: Record<string, string> }>,
    ];
    const inputs = rows.filter(([, row]) => row.fronts.includes('gitlab')).map(([name]) => name);
    for (const name of inputs) expect(spec.spec.inputs).toHaveProperty([name]);
    const [base] = Object.values(jobs);
    for (const name of inputs) expect(base?.variables?.[variableOf(name)]).toBe(`$[[ inputs.${name} ]]`);
    for (const { script = [], before_script: before = [] } of Object.values(jobs))
      for (const line of [...script, ...before]) expect(line).not.toContain('$[[');
    expect(Object.keys(jobs).slice(1)).toEqual(gitlabVerbs.map((verb) => `$[[ inputs.prefix ]]-${verb}`));
  });

  test('the GitLab template for fleets puts inputs into variables and names only', () => {
    const [, jobs] = readYamlDocuments(read('templates/pushgate-fleet.yml')).map(({ value }) => value) as [
      unknown,
      Record<string, { script?: string[]; before_script?: string[] }>,
    ];
    for (const { script = [], before_script: before = [] } of Object.values(jobs))
      for (const line of [...script, ...before]) expect(line).not.toContain('$[[');
    expect(Object.keys(jobs).slice(1)).toEqual(
      ['matrix', 'jobs', 'drift'].map((name) => `$[[ inputs.prefix ]]-${name}`),
    );
  });

  test('help names every option of a command, and no other', () => {
    for (const verb of Object.keys(verbs) as Verb[]) {
      const help = helpText(verb);
      for (const [name, row] of rows)
        expect([verb, name, new RegExp(`^ +(-\\w, )?--${name}( |$)`, 'm').test(help)]).toEqual([
          verb,
          name,
          row.verbs.includes(verb),
        ]);
    }
  });

  test('secrets can be given to the Action and never as an input of the GitLab template, which is public text', () => {
    for (const [, row] of rows) if (row.secret === true) expect(row.fronts).toEqual(['action']);
  });
});
