/** A thread of `pushgate template --batch`. */
import { parentPort, workerData } from 'node:worker_threads';
import { runShift, type Shift } from './template-jobs.ts';

parentPort?.postMessage(await runShift(workerData as Shift, () => {}));
