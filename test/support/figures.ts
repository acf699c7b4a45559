/** What a suite measured or counted, one line each; `npm test` prints them at its end, after what was not run. */
import { appendFileSync } from 'node:fs';

export function reportFigure(text: string): void {
  const file = process.env['PUSHGATE_FIGURES'];
  if (file === undefined) process.stderr.write(`${text}\n`);
  else appendFileSync(file, `${text}\n`);
}
