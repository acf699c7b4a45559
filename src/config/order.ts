/** Order among named things that need one another. */

export type Needs = ReadonlyMap<string, readonly string[]>;

/** Names in an order where everything stands after what it needs; else the given order is kept. Names that are not keys are no need. */
export function orderByNeeds(needs: Needs): readonly string[] {
  const ordered = new Set<string>();
  const entered = new Set<string>();
  const visit = (name: string) => {
    if (entered.has(name)) return;
    entered.add(name);
    for (const needed of needs.get(name) ?? []) if (needs.has(needed)) visit(needed);
    ordered.add(name);
  };
  for (const name of needs.keys()) visit(name);
  return [...ordered];
}

/** Every circle once, as the names along it: `[a, b]` when a needs b and b needs a. */
export function circles(needs: Needs): readonly (readonly string[])[] {
  const found: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (name: string) => {
    const at = trail.indexOf(name);
    if (at >= 0) {
      found.push(trail.slice(at));
      return;
    }
    if (done.has(name)) return;
    trail.push(name);
    for (const needed of needs.get(name) ?? []) if (needs.has(needed)) visit(needed);
    trail.pop();
    done.add(name);
  };
  for (const name of needs.keys()) visit(name);
  return found;
}

/** `a → b → a` */
export function formatCircle(circle: readonly string[]): string {
  return [...circle, circle[0]].join(' → ');
}
