import { expect, test } from '@jest/globals';
import type { RenderRequest } from '../helm/index.ts';
import { renderAnyDepth } from './any-depth.ts';

const recursion =
  '{{ define "a" }}{{ if ne (int .n) 0 }}{{ range list 1 }}{{ include "a" (dict "n" (sub $.n 1)) }}{{ end }}{{ else }}end: {{ now | date "2006" }}{{ end }}{{ end }}';

test('templates may nest as deep as with Helm, which is deeper than the stack of a process', async () => {
  const warnings: string[] = [];
  const rendered = await renderAnyDepth({ ...chart(990), warn: (message) => warnings.push(message) });
  expect(rendered.objects.map(({ content }) => content)).toEqual([`end: ${new Date().getUTCFullYear()}`]);
  expect(new TextDecoder().decode(rendered.printed())).toContain('# Source: web/templates/a.yaml');
  expect(rendered.printedFiles().map(({ path }) => path)).toEqual(['web/templates/a.yaml']);
  expect(warnings).toEqual(['this chart is deprecated']);
});

test("and no deeper, in Helm's words", async () => {
  await expect(renderAnyDepth(chart(1100))).rejects.toMatchObject({
    name: 'HelmError',
    stage: 'template',
    file: 'web/templates/a.yaml',
    message: expect.stringMatching(/rendering template has a nested reference name: a: unable to execute template$/),
  });
});

test('what is drawn there is drawn as asked for', async () => {
  const draws = { kind: 'stand-in', seed: 'first', scope: 'x' } as const;
  const rendered = await renderAnyDepth({ ...chart(990), draws });
  expect(rendered.objects[0]?.content).toBe('end: 2001');
  expect(rendered.drawn?.readsClock).toBe(true);
});

test('a chart that reads files by flags is refused for its depth', async () => {
  const values = { setFile: ['a=b'], readFile: () => new Uint8Array() };
  await expect(renderAnyDepth({ ...chart(990), values })).rejects.toMatchObject({ stage: 'limit' });
});

function chart(depth: number): RenderRequest {
  const bytes = (text: string) => new TextEncoder().encode(text);
  return {
    source: {
      kind: 'folder',
      files: new Map([
        ['Chart.yaml', bytes('apiVersion: v2\nname: web\nversion: 1.0.0\ndeprecated: true\n')],
        ['templates/a.yaml', bytes(`${recursion}{{ include "a" (dict "n" ${depth}) }}`)],
      ]),
    },
    values: {},
    release: { name: 'r', namespace: 'n' },
    world: {
      randomBytes: (count) => new Uint8Array(count),
      now: () => BigInt(Date.now()) * 1_000_000n,
      timeZone: 'UTC',
    },
  };
}
