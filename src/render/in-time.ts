/** Ends what runs too long, wherever it is: a schema can keep a library busy for ever, and no library counts. */
import { type Context, createContext, Script } from 'node:vm';

const call = new Script('work()');
let context: (Context & { work?: () => unknown }) | undefined;

/** `late` makes the error to throw when the time is over. What `work` throws itself comes through as it is. */
export function inTime<Result>(milliseconds: number, work: () => Result, late: () => Error): Result {
  context ??= createContext({});
  const outer = context.work;
  context.work = work;
  try {
    return call.runInContext(context, { timeout: milliseconds }) as Result;
  } catch (error) {
    throw isTimeout(error) ? late() : error;
  } finally {
    if (outer === undefined) delete context.work;
    else context.work = outer;
  }
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
