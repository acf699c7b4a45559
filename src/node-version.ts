/** Which Node this needs, said before anything newer than an older one can read is loaded. */
import { Problem } from './problem.ts';

/** The first that reads `await using`. */
const oldest = 24;

/** A Problem where the running Node (as `process.versions.node`) is too old. */
export function nodeProblem(running: string): Problem | undefined {
  const [major = 0] = running.split('.').map(Number);
  if (major >= oldest) return undefined;
  return new Problem({
    reason: 'tool-missing',
    message: `Pushgate needs Node ${oldest} or newer, and this is Node ${running}`,
    hint: `Install Node ${oldest}; in a clone of Pushgate, npm ci brings it as node_modules/.bin/node.`,
  });
}
