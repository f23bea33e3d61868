import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { caseRulesVersion } from '../../src/domain/case/case.ts';

/** By file, what is to be replaced by what. */
type Edits = Record<string, [from: string, to: string][]>;

const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
const editor = fileURLToPath(new URL('./editSource.mjs', import.meta.url));
const scheduled = fileURLToPath(new URL('./scheduled.ts', import.meta.url));
const tracing = fileURLToPath(new URL('../../src/workflows/interceptors/tracing.ts', import.meta.url));
const nothing = () => undefined;

/**
 * This repository's workflows with changes, bundled as a build of its own that tells what it has carried out.
 * @throws where a change finds nothing to change
 */
export function bundleBuild(edits: Edits, { traced = false } = {}): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [...(traced ? [tracing] : []), scheduled],
    preloadModules: [workflowsPath],
    logger: { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: console.error, log: nothing },
    webpackConfigHook: (config) => {
      const rules = config.module?.rules ?? [];
      const edit = { test: /\.ts$/, enforce: 'pre' as const, use: { loader: editor, options: { edits } } };
      return { ...config, module: { ...config.module, rules: [...rules, edit] } };
    },
  });
}

const inOrder = `    this.alarm.set(due?.at, due?.summary ?? '');
    if (!this.skipsPassing || !this.effects.isFirstTrying) this.showAttributes(rules.searchAttributes(state));
`;
const attributesFirst = `    if (!this.skipsPassing || !this.effects.isFirstTrying) this.showAttributes(rules.searchAttributes(state));
    this.alarm.set(due?.at, due?.summary ?? '');
`;
const patchable: [string, string] = ['  condition,\n', '  condition,\n  deprecatePatch,\n'];

/** The shell has Temporal do the same things in another order: with a patch; without one; and with the old way taken out. */
export const shellChange = {
  patched: [[inOrder, `if (patched('attributes-first')) {\n${attributesFirst}} else {\n${inOrder}}\n`]],
  unpatched: [[inOrder, attributesFirst]],
  deprecated: [patchable, [inOrder, `deprecatePatch('attributes-first');\n${attributesFirst}`]],
} satisfies Record<string, [string, string][]>;

const returnIn = "deadlineFrom(policy, 'buyerReturn', by.at)";
const days = (count: number) => `{ ...${returnIn}, at: by.at + ${count * 86_400_000} }`;
const version = (number: number): [string, string] => [
  `caseRulesVersion = ${caseRulesVersion}`,
  `caseRulesVersion = ${number}`,
];
/** The versions of the rules that the builds below bring, one after the other. */
export const [nextRules, rulesAfter] = [caseRulesVersion + 1, caseRulesVersion + 2];

/** Another rule: the consumer has 14 days to send the goods back by the next rules, and 21 by those after; or 14 for everybody at once. */
export const ruleChange = {
  two: {
    'case/case.ts': [version(nextRules)],
    'case/steps.ts': [[returnIn, `state.rulesVersion < ${nextRules} ? ${returnIn} : ${days(14)}`]],
  },
  three: {
    'case/case.ts': [version(rulesAfter)],
    'case/steps.ts': [
      [
        returnIn,
        `state.rulesVersion < ${nextRules} ? ${returnIn} : state.rulesVersion < ${rulesAfter} ? ${days(14)} : ${days(21)}`,
      ],
    ],
  },
  forAll: { 'case/steps.ts': [[returnIn, days(14)]] },
} satisfies Record<string, Edits>;
