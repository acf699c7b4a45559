/**
 * Charts written in Handlebars: a folder with `chart.yaml` or `*.hbs`, as docs/handlebars.md describes them.
 *
 * Only text is ever compiled, never a tree that somebody made; data has no prototype; helpers are the fixed set.
 */
import Handlebars from 'handlebars';
import type { ResolvedRelease } from '../config/config.ts';
import { Problem } from '../problem.ts';
import { isObject, type Json, type JsonObject } from '../resource/resource.ts';
import { below, joined, relative } from './detect.ts';
import { guarded, nestedSigns } from './handlebars-data.ts';
import { helpers } from './handlebars-helpers.ts';
import { callHelper, problemOfTemplate, type TemplateFile, TemplateMistake } from './handlebars-problem.ts';
import { type ChartFiles, placeOf, type RenderedText } from './rendered.ts';
import type { Setting } from './settings.ts';
import { readDocument } from './text.ts';
import { applySettings, mergeValues, parseValues, type ValuesText } from './values.ts';

export interface RenderHandlebarsOptions {
  readonly chart: ChartFiles;
  readonly folder: string;
  readonly release: ResolvedRelease;
  readonly values: readonly ValuesText[];
  readonly settings: readonly Setting[];
}

/** No manifest is this large; a template that loops is stopped by what it writes. */
const maxCharacters = 16 * 1024 * 1024;

export function renderHandlebars(options: RenderHandlebarsOptions): readonly RenderedText[] {
  const { chart, folder, release } = options;
  const found = templatesOf(chart, folder);
  const defaults = textOf(chart, joined(folder, 'values.yaml'));
  const sources = [...(defaults === undefined ? [] : [defaults]), ...options.values];
  const values = applySettings(sources.map(parseValues).reduce(mergeValues, {}), options.settings);
  const context = guarded({
    values,
    release: { name: release.name, namespace: release.namespace, environment: release.environment },
    chart: readMetadata(chart, folder),
  });
  const problems = { context, valuesFiles: sources };
  const engine = Handlebars.create();
  for (const name of ['log', 'helperMissing', 'blockHelperMissing']) engine.unregisterHelper(name);
  for (const [name, row] of Object.entries(helpers)) {
    engine.registerHelper(name, (...args: unknown[]) => callHelper(name, row, args));
  }
  engine.registerHelper('each', definedOnly('each', engine.helpers['each']));
  engine.registerHelper('with', definedOnly('with', engine.helpers['with']));
  const partialNames = [...found.partials.keys()];
  const compiled = (file: TemplateFile) => {
    const template = compile(engine, file, partialNames);
    return (data: unknown, runtime?: object) => {
      try {
        const text = template(data, runtime as Handlebars.RuntimeOptions);
        if (text.length > maxCharacters) throw new TemplateMistake(`it gives more than ${maxCharacters} characters`);
        const sign = nestedSigns(text)[0];
        if (sign !== undefined) throw new TemplateMistake(printsWhole(sign), undefined, sign);
        return text;
      } catch (error) {
        throw problemOfTemplate(error, file, problems);
      }
    };
  };
  for (const [name, file] of found.partials) engine.registerPartial(name, compiled(file) as Handlebars.Template);
  return found.templates.map((file) => ({ source: file.place, text: compiled(file)(context), verbatim: false }));
}

function printsWhole(path: string): string {
  return `${path} is a mapping or a list and cannot be printed as text; write {{json ${path}}}, or name one of its values`;
}

function compile(
  engine: typeof Handlebars,
  file: TemplateFile,
  partialNames: readonly string[],
): (data: unknown, runtime?: Handlebars.RuntimeOptions) => string {
  try {
    refuseUnknownPartials(Handlebars.parse(file.text), partialNames);
    return engine.compile(file.text, {
      noEscape: true,
      strict: true,
      knownHelpersOnly: true,
      knownHelpers: knownHelpers(engine),
    });
  } catch (error) {
    throw problemOfTemplate(error, file, { context: {}, valuesFiles: [] });
  }
}

/** Handlebars takes its own `log` for known even when it is taken away. */
function knownHelpers(engine: typeof Handlebars): NonNullable<CompileOptions['knownHelpers']> {
  const names = Object.fromEntries(Object.keys(engine.helpers).map((name) => [name, true]));
  return { ...names, log: false } as NonNullable<CompileOptions['knownHelpers']>;
}

/** Said before anything runs, because Handlebars itself would not say where. */
function refuseUnknownPartials(program: hbs.AST.Program, known: readonly string[]): void {
  class Names extends Handlebars.Visitor {
    override PartialStatement(partial: hbs.AST.PartialStatement): void {
      this.check(partial.name, partial.loc);
      super.PartialStatement(partial);
    }
    override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
      this.check(partial.name, partial.loc);
      super.PartialBlockStatement(partial);
    }
    check(name: hbs.AST.PathExpression | hbs.AST.SubExpression, loc: hbs.AST.SourceLocation): void {
      if (!('original' in name)) throw new TemplateMistake('the name of a partial must be written out', loc.start);
      const wanted = String(name.original);
      if (known.includes(wanted)) return;
      const hint = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
      throw new TemplateMistake(`there is no partial "${wanted}"; ${hint}`, loc.start);
    }
  }
  new Names().accept(program);
}

/** `each` and `with` over something that nobody defined would quietly leave a part out. */
function definedOnly(name: string, helper: Handlebars.HelperDelegate | undefined): Handlebars.HelperDelegate {
  return function (this: unknown, ...args: Parameters<Handlebars.HelperDelegate>) {
    if (args[0] === undefined) {
      const { loc } = args.at(-1) as { readonly loc?: hbs.AST.SourceLocation };
      throw new TemplateMistake(
        `{{#${name}}} got a value that is not defined; write null in values.yaml for none`,
        loc?.start,
      );
    }
    return helper?.apply(this, args);
  };
}

interface FoundTemplates {
  readonly templates: readonly TemplateFile[];
  readonly partials: ReadonlyMap<string, TemplateFile>;
}

/**
 * `*.hbs` anywhere, and everything in `templates/` that is YAML, are templates; those in `partials/` or with a leading
 * underscore are partials, called by their name without underscore and ending.
 */
function templatesOf(chart: ChartFiles, folder: string): FoundTemplates {
  const templates: TemplateFile[] = [];
  const partials = new Map<string, TemplateFile>();
  for (const file of below(chart.files, folder).toSorted()) {
    const path = relative(folder, file);
    if (path.split('/').some((step) => step.startsWith('.'))) continue;
    const base = path.slice(path.lastIndexOf('/') + 1);
    const template = { place: placeOf(chart, file), text: new TextDecoder().decode(chart.files.get(file)) };
    if (path.startsWith('partials/') || (base.startsWith('_') && base.endsWith('.hbs'))) {
      const name = path
        .replace(/^partials\//, '')
        .replace(/(^|\/)_(?=[^/]*$)/, '$1')
        .replace(/\.hbs$/, '');
      const called =
        base.startsWith('_') && !path.startsWith('partials/') ? name.slice(name.lastIndexOf('/') + 1) : name;
      const other = partials.get(called);
      if (other !== undefined) {
        throw new Problem({
          reason: 'render-failed',
          message: `two partials are called "${called}": ${other.place} and ${template.place}`,
          where: template.place,
        });
      }
      partials.set(called, template);
    } else if (path.endsWith('.hbs') || (path.startsWith('templates/') && /\.(ya?ml|json)$/.test(path))) {
      templates.push(template);
    }
  }
  return { templates, partials };
}

const metadataKeys = ['name', 'version', 'appVersion', 'description'];

/** chart.yaml, with the folder's name where it says none. */
function readMetadata(chart: ChartFiles, folder: string): JsonObject {
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  const file = textOf(chart, joined(folder, 'chart.yaml'));
  if (file === undefined) return { name };
  const { value, at } = readDocument(file.path, file.text);
  if (value === null) return { name };
  if (!isObject(value)) throw at([], 'chart.yaml must be a mapping');
  const metadata: Record<string, Json> = { name };
  for (const [key, entry] of Object.entries(value)) {
    if (!metadataKeys.includes(key)) {
      throw at([key], `unknown key "${key}"; a Handlebars chart has ${metadataKeys.join(', ')}`);
    }
    if (typeof entry !== 'string') throw at([key], `${key} must be text; write it in quotes`);
    metadata[key] = entry;
  }
  return metadata;
}

function textOf(chart: ChartFiles, file: string): ValuesText | undefined {
  const content = chart.files.get(file);
  return content === undefined ? undefined : { path: placeOf(chart, file), text: new TextDecoder().decode(content) };
}
