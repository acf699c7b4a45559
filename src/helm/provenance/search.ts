import type { YamlPath } from '../../yaml/index.ts';
import { type ByteString, toText } from '../bytes.ts';
import type { AnyNode } from '../template/ast.ts';
import type { Frame } from '../template/run.ts';
import {
  type CallOrigin,
  type Condition,
  type EntryOrigin,
  holderOf,
  type LiteralOrigin,
  type Origin,
  type OutputOrigin,
  type Segment,
  type Trace,
} from '../template/trace.ts';
import { GoMap, GoSlice, type Value } from '../value.ts';
import { scalarText, takenFrom } from './align.ts';
import type { DataTexts } from './data-text.ts';
import type { Explanation, TakenBranch, UsedValue, Written } from './explanation.ts';
import { type Place, placeOf } from './place.ts';
import { sameValue, selectedOrigin, valueAt } from './selection.ts';
import type { Span } from './span.ts';
import type { ValuePaths } from './value-paths.ts';

/** Functions whose result differs from run to run, by the evaluator's table. */
export type IsVarying = (name: ByteString) => boolean;

/** Deeper chains of origins than this are cut: they are circular or of no use to anyone. */
const deepest = 200;

/** One question on its way through the origins. */
export class Search {
  readonly #paths: ValuePaths;
  readonly #texts: DataTexts;
  readonly #isVarying: IsVarying;
  readonly #trace: Trace;
  readonly #written = new Map<string, Written>();
  readonly #values = new Map<string, UsedValue>();
  readonly #conditions = new Map<Condition, TakenBranch>();
  readonly #literals = new Map<string, Place>();
  readonly #varying = new Set<string>();
  // Origins form a graph, not a tree: `$x := printf "%s%s" $x $x` over and over has few nodes and endless paths.
  readonly #seenInputs = new Set<Origin>();
  readonly #seenTexts = new Map<Origin, Set<string>>();
  #depth = 0;

  constructor(paths: ValuePaths, texts: DataTexts, isVarying: IsVarying, trace: Trace) {
    this.#paths = paths;
    this.#texts = texts;
    this.#isVarying = isVarying;
    this.#trace = trace;
  }

  found(): Explanation {
    return {
      written: [...this.#written.values()],
      values: [...this.#values.values()].sort((a, b) => Number(a.role === 'input') - Number(b.role === 'input')),
      conditions: [...this.#conditions.values()],
      literals: [...this.#literals.values()],
      varying: [...this.#varying],
    };
  }

  /** A stretch of what a template wrote. */
  output(origin: Origin, span: Span): void {
    if (origin.kind === 'cut') {
      this.output(origin.inner, uncut(origin.cuts, span));
    } else if (origin.kind === 'output') {
      let start = 0;
      for (const segment of origin.segments) {
        const end = start + segment.text.length;
        if (start < span.end && span.start < end) {
          this.#segment(segment, { start: Math.max(span.start - start, 0), end: Math.min(span.end, end) - start });
        }
        if (end >= span.end) break;
        start = end;
      }
    }
  }

  #segment(segment: Segment, span: Span): void {
    const { node, frame, origin, text } = segment;
    this.#branches(segment.condition, frame);
    if (node.kind === 'text') {
      this.#wrote(frame, node, span.start);
      this.#templateText(frame, { start: node.pos + span.start, end: node.pos + span.end });
      return;
    }
    // An include says more precisely what wrote the text; then this action is only on its way there.
    const before = this.#written.size;
    this.#text(origin, text, span);
    if (this.#written.size === before) this.#wrote(frame, node, 0);
    this.#templateText(frame, { start: node.pos, end: node.pos + 1 });
  }

  #wrote(frame: Frame, node: AnyNode, within: number): void {
    const place = placeOf(frame, node, within);
    const includedFrom: Place[] = [];
    for (let at: Frame | undefined = frame; at?.caller !== undefined && at.calledAt !== undefined; at = at.caller) {
      includedFrom.push(placeOf(at.caller, at.calledAt));
    }
    this.#written.set(JSON.stringify([place, includedFrom]), { place, includedFrom });
  }

  /** A template that came from `tpl` was itself a value. */
  #templateText(frame: Frame, span: Span): void {
    if (frame.textOrigin !== undefined) this.#text(frame.textOrigin, frame.definition.source.text, span);
  }

  /** A stretch of the text of a value. */
  #text(origin: Origin | undefined, text: ByteString, span: Span): void {
    if (origin === undefined || this.#depth >= deepest || this.#hasSeen(origin, span)) return;
    this.#depth++;
    switch (origin.kind) {
      case 'output':
      case 'cut':
        this.output(origin, span);
        break;
      case 'entry':
        this.#entry(origin, { text, span, role: 'text' });
        break;
      case 'call':
        this.#call(origin, text, span);
        break;
      case 'literal':
        this.#literal(origin);
        break;
    }
    this.#depth--;
  }

  #hasSeen(origin: Origin, { start, end }: Span): boolean {
    const seen = this.#seenTexts.get(origin) ?? new Set<string>();
    this.#seenTexts.set(origin, seen);
    const key = `${start} ${end}`;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  }

  /** A literal argument may stand in another file than the action that prints it. */
  #literal(origin: LiteralOrigin): void {
    const { node, frame } = origin;
    if (node.kind === 'string') {
      const place = placeOf(frame, node);
      this.#literals.set(JSON.stringify(place), place);
    }
    this.#templateText(frame, { start: node.pos, end: node.pos + 1 });
  }

  #call(call: CallOrigin, text: ByteString, span: Span): void {
    if (call.output !== undefined) {
      this.output(call.output, span);
      return;
    }
    if (this.#isVarying(call.name)) this.#varying.add(toText(call.name));
    const selected = selectedOrigin(call);
    if (selected !== undefined) {
      this.#text(selected, text, span);
      this.#inputs(call);
      return;
    }
    if (
      /^to(?:Yaml|Json|PrettyJson|RawJson|YamlPretty|Toml)$|^mustTo/.test(call.name) &&
      this.#dataText(call, text, span)
    ) {
      return;
    }
    if (this.#file(call)) return;
    const taken = takenFrom(call.name, call.values, text, span);
    for (const { argument, start, end } of taken) {
      this.#text(call.args[argument], scalarText(call.values[argument]) ?? '', { start, end });
    }
    if (taken.length === 0) this.#inputs(call);
  }

  /** `.Files.Get "x"`: the file is the value. */
  #file(call: CallOrigin): boolean {
    const { receiver, values } = call;
    if (receiver?.kind !== 'entry' || !call.name.startsWith('Get') || typeof values[0] !== 'string') return false;
    const path = this.#paths.pathOf(receiver.holder, receiver.key);
    if (path === undefined) return false;
    this.#used({ path: [...path, toText(values[0])], role: 'text' });
    return true;
  }

  /** A value written as YAML or JSON: the entry that stands there. */
  #dataText(call: CallOrigin, text: ByteString, span: Span): boolean {
    const path = this.#texts.pathAt(text, span);
    if (path === undefined) return false;
    let value = call.values[0];
    let origin = call.args[0];
    if (origin?.kind === 'call' && selectedOrigin(origin) !== undefined) this.#keysOf(origin);
    for (const step of path) {
      const key = value instanceof GoSlice ? Number(step) : String(step);
      const next = this.#below(value, key, origin);
      if (next === undefined) break;
      ({ value, origin } = next);
    }
    if (origin?.kind !== 'entry') {
      this.#input(origin);
      return true;
    }
    const own = scalarText(value) ?? '';
    const wanted = text.slice(span.start, span.end);
    const start = Math.max(own.indexOf(wanted), 0);
    const end = own.startsWith(wanted, start) ? start + wanted.length : own.length;
    this.#entry(origin, { text: own, span: { start, end }, role: 'text' });
    return true;
  }

  #below(
    container: Value | undefined,
    key: ByteString | number,
    base: Origin | undefined,
  ): { readonly value: Value; readonly origin: Origin } | undefined {
    const value = valueAt(container, key);
    if (value === undefined || !(container instanceof GoMap || container instanceof GoSlice)) return undefined;
    const holder = container instanceof GoMap ? container.entries : container.items;
    return { value, origin: { kind: 'entry', holder, key, value, base, write: this.#trace.writeOf(holder, key) } };
  }

  /** Everything a call was given, as inputs. */
  #inputs(call: CallOrigin): void {
    this.#input(call.receiver);
    for (const argument of call.args) this.#input(argument);
  }

  /** What a selection was made by: the key of `index $presets .type`. */
  #keysOf(call: CallOrigin): void {
    call.args.forEach((argument, index) => {
      if (holderOf(call.values[index]) === undefined) this.#input(argument);
    });
  }

  /** A value that something was computed from. */
  #input(origin: Origin | undefined): void {
    if (origin === undefined || this.#depth >= deepest || this.#seenInputs.has(origin)) return;
    this.#seenInputs.add(origin);
    this.#depth++;
    if (origin.kind === 'entry') this.#entry(origin, { text: '', span: { start: 0, end: 0 }, role: 'input' });
    else if (origin.kind === 'call') this.#inputCall(origin);
    else if (origin.kind === 'cut') this.#input(origin.inner);
    else if (origin.kind === 'output') this.#inputOutput(origin);
    this.#depth--;
  }

  #inputOutput(output: OutputOrigin): void {
    for (const { origin, frame, condition } of output.segments) {
      this.#input(origin);
      this.#input(frame.textOrigin);
      for (let branch = condition; branch !== undefined; branch = branch.outer) this.#input(branch.origin);
    }
  }

  #inputCall(call: CallOrigin): void {
    if (this.#isVarying(call.name)) this.#varying.add(toText(call.name));
    if (call.output !== undefined) this.#input(call.output);
    else this.#inputs(call);
  }

  #entry(entry: EntryOrigin, use: Use): void {
    if (entry.write !== undefined) {
      this.#writtenEntry(entry.write, use);
      return;
    }
    const path = this.#paths.pathOf(entry.holder, entry.key);
    if (path !== undefined) {
      this.#used({ path, role: use.role });
      return;
    }
    this.#madeEntry(entry, use);
  }

  #writtenEntry(write: NonNullable<EntryOrigin['write']>, use: Use): void {
    const known = this.#values.size;
    if (use.role === 'text') this.#text(write.origin, use.text, use.span);
    else this.#input(write.origin);
    const setAt = placeOf(write.frame, write.node);
    for (const [key, value] of [...this.#values].slice(known)) this.#values.set(key, { ...value, setAt });
  }

  #used(value: UsedValue): void {
    const key = JSON.stringify(value.path);
    const known = this.#values.get(key);
    if (known === undefined || known.role === 'input') this.#values.set(key, value);
  }

  /** An entry of a container that a function made: from the argument it came with, if that can be told. */
  #madeEntry(entry: EntryOrigin, use: Use): void {
    const { call, path } = makerOf(entry, this.#trace);
    if (call === undefined) {
      this.#input(entry.base);
      return;
    }
    const origin = this.#argumentFor(call, path, entry);
    if (origin === undefined) {
      if (!this.#readText(call, path, use)) this.#input(call);
    } else if (use.role === 'text') this.#text(origin, use.text, use.span);
    else this.#input(origin);
  }

  #argumentFor(call: CallOrigin, path: readonly (ByteString | number)[], entry: EntryOrigin): Origin | undefined {
    const [key, ...rest] = path;
    if (key === undefined) return undefined;
    if (call.name === 'dict') {
      for (let at = call.values.length - 2; at >= 0; at -= 2) {
        if (call.values[at] === key) return this.#descend(call.values[at + 1], call.args[at + 1], rest);
      }
      return undefined;
    }
    if (call.name === 'list' || call.name === 'tuple') {
      return typeof key === 'number' ? this.#descend(call.values[key], call.args[key], rest) : undefined;
    }
    // pick, omit, merge, deepCopy, concat …: whichever argument holds the same value at the same place, or anywhere.
    for (const [index, value] of call.values.entries()) {
      const same = this.#descend(value, call.args[index], path);
      if (same?.kind === 'entry' && sameValue(same.value, entry.value)) return same;
    }
    return this.#itemIn(call, entry);
  }

  /** Lists change the place of their items: concat, uniq, append, sortAlpha, values … */
  #itemIn(call: CallOrigin, entry: EntryOrigin): Origin | undefined {
    for (const [index, value] of call.values.entries()) {
      if (sameValue(value, entry.value)) return call.args[index];
      const keys: Iterable<ByteString | number> =
        value instanceof GoSlice ? value.items.keys() : value instanceof GoMap ? value.entries.keys() : [];
      for (const key of keys) {
        const below = this.#below(value, key, call.args[index]);
        if (below !== undefined && sameValue(below.value, entry.value)) return below.origin;
      }
    }
    return undefined;
  }

  #descend(
    value: Value | undefined,
    origin: Origin | undefined,
    path: readonly (ByteString | number)[],
  ): Origin | undefined {
    let at = { value, origin };
    for (const key of path) {
      const next = this.#below(at.value, key, at.origin);
      if (next === undefined) return undefined;
      at = next;
    }
    return at.origin;
  }

  /** fromYaml and fromJson: the text that the entry was read from. */
  #readText(call: CallOrigin, path: readonly (ByteString | number)[], use: Use): boolean {
    const [text] = call.values;
    if (!/^(?:mustF|f)rom(?:Yaml|Json)/.test(call.name) || typeof text !== 'string') return false;
    const steps: YamlPath = path.map((key) => (typeof key === 'string' ? toText(key) : key));
    const span = this.#texts.spanOf(text, steps);
    if (span === undefined) return false;
    if (use.role === 'text') this.#text(call.args[0], text, span);
    else this.#input(call.args[0]);
    return true;
  }

  /** The branches around a piece, and those around everything that led to its template. */
  #branches(condition: Condition | undefined, frame: Frame): void {
    const chain: Condition[] = [];
    let around = condition;
    for (let at: Frame | undefined = frame; at !== undefined; at = at.caller) {
      for (let branch = around; branch !== undefined; branch = branch.outer) chain.push(branch);
      around = at.callerCondition;
    }
    for (const branch of chain.reverse()) {
      if (this.#conditions.has(branch)) continue;
      const asked = new Search(this.#paths, this.#texts, this.#isVarying, this.#trace);
      asked.#input(branch.origin);
      const place = placeOf(branch.frame, branch.node);
      const values = asked.found().values.map(({ path }) => path);
      this.#conditions.set(branch, { place, taken: branch.taken, values });
    }
  }
}

/** What an entry is looked up for. */
interface Use {
  readonly role: UsedValue['role'];
  readonly text: ByteString;
  readonly span: Span;
}

/** The call that made the container an entry is in, perhaps some levels up, and the keys from there. */
function makerOf(
  entry: EntryOrigin,
  trace: Trace,
): { readonly call: CallOrigin | undefined; readonly path: readonly (ByteString | number)[] } {
  const path = [entry.key];
  let at = entry;
  for (let steps = 0; steps < deepest; steps++) {
    const made = trace.makers.get(at.holder);
    if (made !== undefined) return { call: made, path };
    const base = at.base?.kind === 'call' ? (selectedOrigin(at.base) ?? at.base) : at.base;
    if (base?.kind === 'call') return { call: base, path };
    if (base?.kind !== 'entry') break;
    at = base;
    path.unshift(at.key);
  }
  return { call: undefined, path };
}

/** From offsets after the deletion of `<no value>` to those before. */
function uncut(cuts: readonly number[], span: Span): Span {
  const width = '<no value>'.length;
  const before = (offset: number): number => {
    let at = offset;
    for (const cut of cuts) {
      if (cut > at) break;
      at += width;
    }
    return at;
  };
  return { start: before(span.start), end: before(span.end - 1) + 1 };
}
