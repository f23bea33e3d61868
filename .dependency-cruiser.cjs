// Dependencies point inwards only: api, worker → workflows, activities, store → domain (DESIGN, "Layout").
// Each rule says why, because it is read when it fails.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment:
        'The rules are a pure function: no I/O, no Temporal, no database, so that they replay and can be tested without servers. Only libraries that compute may be used.',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', '^node_modules/(zod|tinyduration|dinero\\.js|uuid|ipaddr\\.js)/'] },
    },
    {
      name: 'workflows-are-a-shell',
      severity: 'error',
      comment:
        'Workflow code runs in a sandbox and must replay: it sees the domain, the workflow SDK, and the types of what activities and store take and give. That it takes types only is checked by the linter (no-restricted-imports), which can tell types from code.',
      from: { path: '^src/workflows/' },
      to: {
        path: '^src/|^node_modules/',
        pathNot: [
          '^src/(domain|workflows|activities|store)/',
          '^node_modules/@temporalio/(workflow|common)/',
          '^node_modules/(zod|tinyduration|dinero\\.js|uuid|ipaddr\\.js)/',
        ],
      },
    },
    {
      name: 'no-node-in-workflows',
      severity: 'error',
      comment: 'Node’s own modules are not there in the workflow sandbox, and clocks and files do not replay.',
      from: { path: '^src/(workflows|domain)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'store-knows-the-domain-only',
      severity: 'error',
      comment: 'The store keeps what the domain says; if it knew its callers, they could not be tested without it.',
      from: { path: '^src/store/' },
      to: { path: '^src/', pathNot: '^src/(domain|store)/' },
    },
    {
      name: 'only-the-store-knows-mongodb',
      severity: 'error',
      comment:
        'Write concern, idempotency and guards of the data are decided in one place. The stack starts the server.',
      from: { path: '^src/', pathNot: '^src/(store|stack)/' },
      to: { path: '^node_modules/(mongoose|mongodb)/' },
    },
    {
      name: 'activities-know-store-and-domain',
      severity: 'error',
      comment:
        'Activities are called by workflows; calling back would tie a knot. Names of messages and ids, and how a workflow is started, are shared.',
      from: { path: '^src/activities/' },
      to: {
        path: '^src/',
        pathNot: '^src/(domain|store|activities|workflows/(messages|ids|searchAttributes|starting)\\.ts)',
      },
    },
    {
      name: 'codec-knows-nothing-of-ours',
      severity: 'error',
      comment: 'What is encrypted is none of its business: every client and worker uses the same codec.',
      from: { path: '^src/codec/' },
      to: { path: '^src/', pathNot: '^src/codec/' },
    },
    {
      name: 'provider-stands-alone',
      severity: 'error',
      comment:
        'The sandbox provider plays somebody else’s server: it shares nothing with us, so that it fails apart from us.',
      from: { path: '^src/provider/sandbox/' },
      to: { path: '^src/', pathNot: '^src/provider/sandbox/' },
    },
    {
      name: 'mail-catcher-stands-alone',
      severity: 'error',
      comment:
        'The mail catcher plays somebody else’s mail server: it shares nothing with us, so that it fails apart from us.',
      from: { path: '^src/mail/catcher/' },
      to: { path: '^src/', pathNot: '^src/mail/catcher/' },
    },
    {
      name: 'nothing-needs-the-mail-catcher',
      severity: 'error',
      comment: 'We know a mail server by its URL only. The stack starts the catcher as a process of its own.',
      from: { path: '^src/', pathNot: '^src/mail/catcher/' },
      to: { path: '^src/mail/catcher/' },
    },
    {
      name: 'observing-needs-no-role',
      severity: 'error',
      comment: 'Logs and clocks are looked at in the same way in every role, so this knows none of them.',
      from: { path: '^src/observe/' },
      to: { path: '^src/', pathNot: '^src/observe/' },
    },
    {
      name: 'roles-do-not-know-each-other',
      severity: 'error',
      comment: 'API and worker meet in Temporal and MongoDB only: each can be run, restarted and scaled alone.',
      from: { path: '^src/(api|worker)/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(domain|workflows|activities|store|codec|observe|settings\\.ts)', '^src/$1/'],
      },
    },
    {
      name: 'api-has-no-native-worker',
      severity: 'error',
      comment: 'The API starts workflows by name: it needs neither the native worker nor the workflows’ code.',
      from: { path: '^src/api/' },
      to: { path: '^node_modules/@temporalio/(worker|workflow|core-bridge|testing)/' },
    },
    {
      name: 'nothing-needs-the-stack',
      severity: 'error',
      comment: 'The embedded stack and the commands are for people and tests; in production neither is there.',
      from: { path: '^src/', pathNot: '^src/(cli|stack)/' },
      to: { path: '^src/(cli|stack)/' },
    },
    {
      name: 'nothing-needs-the-console',
      severity: 'error',
      comment:
        'The API serves the built files, and runs without them. What the console itself may import is checked by the linter (no-restricted-imports): this parser reads no .tsx.',
      from: { path: '^src/' },
      to: { path: '^web/' },
    },
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      comment: 'What ships must not need what does not.',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      comment: 'An import that leads nowhere is not judged by the rules above.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API; without this parser .ts files are skipped and everything passes.
    parser: 'swc',
    doNotFollow: { path: ['node_modules', '^web/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
