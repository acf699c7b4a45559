/** `npm run bed [-- up | down | build [names]]`: the bed for a person. */
import { startBedIn, stopBedIn, upFolder } from './bed.ts';
import { BuildError, buildParts } from './build.ts';
import { type PartName, parts } from './parts.ts';

const names = parts.map((part) => part.name);
const usage = `npm run bed                    builds what is missing, starts a control plane, ends with ^C
npm run bed -- up              the same, and leaves it running; prints the KUBECONFIG
npm run bed -- down            ends it
npm run bed -- build [names]   only builds: ${names.join(' ')}`;

const [verb = 'run', ...rest] = process.argv.slice(2);
const say = (line: string) => console.error(`bed: ${line}`);

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  switch (verb) {
    case 'build': {
      const unknown = rest.filter((name) => !(names as readonly string[]).includes(name));
      if (unknown.length > 0) return refuse(`no part is called ${unknown.join(', ')}`);
      await buildParts(rest.length > 0 ? (rest as PartName[]) : names, say);
      return 0;
    }
    case 'run':
    case 'up': {
      if (rest.length > 0) return refuse(`${verb} takes no arguments`);
      await buildParts(names, say);
      say('starting');
      const bed = await startBedIn(upFolder(), verb === 'up' ? 0 : process.pid);
      for (const [login, path] of Object.entries(bed.kubeconfigs)) say(`${login.padEnd(13)} ${path}`);
      console.log(`export KUBECONFIG=${bed.kubeconfigs.administrator}`);
      if (verb === 'up') return 0;
      await new Promise((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
        // A pending promise alone does not keep Node alive.
        setInterval(() => {}, 1 << 30);
      });
      await stopBedIn(upFolder());
      process.exit(0);
      return 0;
    }
    case 'down':
      say((await stopBedIn(upFolder())) ? 'ended' : 'none is running');
      return 0;
    default:
      return refuse(`${verb} is no verb of the bed`);
  }
}

function refuse(message: string): number {
  say(`${message}\n${usage}`);
  return 1;
}
