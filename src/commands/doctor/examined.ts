/** What `doctor` looks at. */
import type { Forge } from '../../forge/forge.ts';
import type { Host } from '../host.ts';
import type { Repository, Revision } from '../run/repository.ts';

export interface Examined {
  readonly host: Host;
  readonly repository: Repository;
  readonly forge: Forge | undefined;
  readonly revision: Revision;
  readonly environments: readonly string[];
}
