import { writeYaml } from '../../yaml/index.ts';
import type { AccessObject } from './roles.ts';

/** YAML documents for `kubectl apply -f -`, each below the sentence on why it is there. */
export function accessText(preface: readonly string[], objects: readonly AccessObject[]): string {
  const documents = objects.map(({ about, object }) => `---\n${comment(about)}${writeYaml(object)}`);
  return `${comment(preface.join('\n'))}${documents.join('')}`;
}

function comment(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '#\n' : `# ${line}\n`))
    .join('');
}
