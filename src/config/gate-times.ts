import type { GateTime } from './config.ts';
import type { RawEnvironment } from './raw.ts';
import { type Checked, wrong } from './release.ts';
import { scheduleMistake } from './schedule.ts';
import type { Mistake, Path } from './shape.ts';

type RawTimes = NonNullable<RawEnvironment['gate']>['windows'];

/** Windows or freezes as typed → valid ones. An empty list would say neither always nor never, so it is a mistake. */
export function checkTimes(raw: RawTimes, path: Path): Checked<readonly GateTime[]> {
  if (raw?.length === 0)
    return { value: undefined, mistakes: [wrong(path, `${String(path.at(-1))} is empty`, 'Leave it out instead.')] };
  const mistakes: Mistake[] = [];
  const value = raw?.map(({ schedule, duration, zone = 'UTC', reason }, index): GateTime => {
    const mistake = scheduleMistake({ schedule, duration, zone });
    if (mistake !== undefined) mistakes.push(wrong([...path, index, mistake.key], mistake.message, mistake.hint));
    return { schedule, duration, zone, reason };
  });
  return { value, mistakes };
}
