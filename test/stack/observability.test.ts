import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { versions } from '../../src/stack/versions.ts';
import { alertsFile, hasPromtool } from '../api/alerting.ts';

type Rule = {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
};

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const rules = (parse(read('deploy/observability/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const runbook = read('docs/runbook.md');

describe('alerts', () => {
  it('each says for how long, how bad, what it means, and where the runbook goes on', () => {
    expect(rules.length).toBeGreaterThan(10);
    for (const rule of rules) {
      expect(rule.for, rule.alert).toMatch(/^\d+[sm]$/);
      expect(['critical', 'warning'], rule.alert).toContain(rule.labels.severity);
      expect(rule.annotations, rule.alert).toEqual({
        summary: expect.any(String),
        description: expect.any(String),
        runbook: `docs/runbook.md#${rule.alert.toLowerCase()}`,
      });
    }
  });

  it('each has its section in the runbook, and no other has one', () => {
    const sections = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });

  it('each section of the runbook says whether it was tried', () => {
    const sections = runbook.split(/^## /m).slice(1);
    expect(sections.filter((text) => !/^(Tried|Not tried|Seen)[:,.]/m.test(text))).toEqual([]);
  });

  it.skipIf(!hasPromtool)('Prometheus’ own checker takes rules and configuration', () => {
    const check = (...args: string[]) => execFileSync('promtool', ['check', ...args], { stdio: 'pipe' }).toString();
    expect(check('rules', alertsFile)).toContain(`${rules.length} rules found`);
    check('config', new URL('deploy/observability/prometheus.yml', root).pathname);
  });

  it('the jobs they name are the ones that are scraped', () => {
    const { scrape_configs: jobs } = parse(read('deploy/observability/prometheus.yml')) as {
      scrape_configs: { job_name: string }[];
    };
    const named = rules.flatMap(({ expr }) => [...expr.matchAll(/job="([^"]+)"/g)].map(([, job]) => job));
    expect([...new Set(named)].toSorted()).toEqual(jobs.map(({ job_name: name }) => name).toSorted());
  });
});

describe('containers', () => {
  type Compose = { services: Record<string, { image: string; volumes: string[] }> };
  const compose = parse(read('docker-compose.observability.yml')) as Compose;

  it('run the pinned versions', () => {
    expect(compose.services['prometheus']?.image).toBe(`prom/prometheus:v${versions.prometheus}`);
    expect(compose.services['grafana']?.image).toBe(`grafana/grafana:${versions.grafana}`);
  });

  it('mount files that are there', () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes }) =>
      volumes.filter((one) => one.startsWith('./')).map((one) => one.split(':')[0]!),
    );
    expect(mounted).toHaveLength(4);
    expect(mounted.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  it('the dashboard asks the data source that is provisioned', () => {
    const { datasources } = parse(read('deploy/observability/grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: { uid: string }[];
    };
    const { panels } = JSON.parse(read('deploy/observability/grafana/dashboard.json')) as {
      panels: { type: string; datasource?: { uid: string }; targets?: unknown[] }[];
    };
    for (const { type, datasource, targets } of panels.filter(({ type: kind }) => kind !== 'row')) {
      expect(type).toMatch(/^(timeseries|stat)$/);
      expect(datasource?.uid).toBe(datasources[0]?.uid);
      expect(targets?.length).toBeGreaterThan(0);
    }
  });
});
