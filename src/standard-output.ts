/** Writing to standard output and standard error at once, without opening them as streams. */
import { writeSync } from 'node:fs';

export interface Standard {
  readonly write: (data: Uint8Array | string) => void;
}

/**
 * `process.stdout` brings Node's network with it, which takes longer than to render a chart. Falls back to the stream
 * where the other end does not read fast enough; says nothing more when it is gone.
 */
export function standard(descriptor: 1 | 2): Standard {
  let stream: NodeJS.WriteStream | undefined;
  let gone = false;
  return {
    write(data) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      for (let at = 0; at < bytes.length && !gone; ) {
        if (stream !== undefined) {
          stream.write(bytes.subarray(at));
          return;
        }
        try {
          at += writeSync(descriptor, bytes, at);
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (code === 'EAGAIN') stream = descriptor === 1 ? process.stdout : process.stderr;
          else if (code === 'EPIPE') gone = true;
          else throw error;
        }
      }
    },
  };
}
