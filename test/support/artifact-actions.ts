/** Stand-ins for actions/upload-artifact and actions/download-artifact: act has no storage that the real ones know. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const upload = `import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
const path = process.env.INPUT_PATH;
const place = join(process.env.ARTIFACTS_FOLDER, process.env.INPUT_NAME);
if (existsSync(path)) { mkdirSync(place, { recursive: true }); cpSync(path, join(place, basename(path))); }
else console.log('no files were found');
`;

const download = `import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
const all = process.env.ARTIFACTS_FOLDER;
const prefix = process.env.INPUT_PATTERN.replace(/[*]$/, '');
mkdirSync(process.env.INPUT_PATH, { recursive: true });
for (const name of existsSync(all) ? readdirSync(all) : [])
  if (name.startsWith(prefix)) cpSync(join(all, name), process.env.INPUT_PATH, { recursive: true });
`;

/** Folders of the two by the names that a workflow gives them; jobs need ARTIFACTS_FOLDER. */
export function artifactActions(folder: string, workflow: string): Readonly<Record<string, string>> {
  const programs = { upload, download };
  return Object.fromEntries(
    Object.entries(programs).map(([verb, program]) => {
      const name = new RegExp(`actions/${verb}-artifact@[0-9a-f]{40}`).exec(workflow)?.[0];
      if (name === undefined) throw new Error(`the workflow does not ${verb} anything`);
      const place = join(folder, verb);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'action.yml'), `name: ${verb}\nruns: { using: node24, main: index.mjs }\n`);
      writeFileSync(join(place, 'index.mjs'), program);
      return [name, place];
    }),
  );
}
