import * as z from 'zod';
import { defineModule, defineSlot } from '../../../src/core/contract.ts';
import { q } from '../../../src/core/quote.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'monitoring/prometheus': true;
  }
  interface Slots {
    'prometheus-targets': readonly string[];
    'prometheus-record': { readonly expression: string };
  }
}

const CHECKED = '2026-11-20';
const PROMETHEUS = {
  kind: 'image',
  version: 'v3.15.0',
  digest: 'sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e',
  checked: CHECKED,
} as const;
const ALERTMANAGER = {
  kind: 'image',
  version: 'v0.34.1',
  digest: 'sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a',
  checked: CHECKED,
} as const;
/** A program of an image, which CI needs to check the rules. */
const program = (name: string, image: string, { version, digest }: typeof PROMETHEUS | typeof ALERTMANAGER) =>
  ({
    slot: 'ci-program',
    key: name,
    value: { image: `${image}:${version}@${digest}`, path: `/bin/${name}`, install: 'monitoring-tools' },
  }) as const;

const targets = defineSlot({
  id: 'prometheus-targets',
  meaning: 'Addresses that Prometheus scrapes in an environment. The key is the job.',
  path: 'monitoring/targets/{environment}.yml',
  header: ['Addresses of the service in this environment, for Prometheus; one line per instance.'],
  schema: z.array(z.string()),
  sameKey: 'equal',
  owner: 'starter',
  render: (entries) =>
    entries
      .map(({ value }) => ['- targets:', ...value.map((address) => `    - ${q.yaml(address)}`)].join('\n'))
      .join('\n'),
});

const record = defineSlot({
  id: 'prometheus-record',
  meaning:
    'A series that alerts and dashboards read, and that Prometheus computes from metrics with other names. The key is ' +
    'its name in `client/metrics.py`.',
  path: 'monitoring/rules/recorded.yml',
  header: ['The metrics of client/metrics.py that the server exports under other names.'],
  schema: z.object({ expression: z.string().min(1) }).strict(),
  sameKey: 'equal',
  owner: 'managed',
  render: (entries) =>
    [
      'groups:',
      '  - name: recorded',
      '    rules:',
      ...entries.flatMap(({ key, value }) => [
        `      - record: ${q.yaml(key)}`,
        '        expr: |',
        ...value.expression.split('\n').map((line) => `          ${line.trimEnd()}`.trimEnd()),
      ]),
    ].join('\n'),
});

export default defineModule({
  choice: 'monitoring',
  id: 'prometheus',
  title: 'Prometheus and Grafana',
  summary: 'Scrapes the service, alerts on service levels, drift and freshness, and shows them on dashboards.',
  docs: 'https://prometheus.io/docs/introduction/overview/',
  why:
    'Rules, their tests and dashboards are files in this repository. You review them like code, ' +
    'and any Prometheus can load them.',
  watch:
    'Prometheus stores 45 days on one disk and monitors one machine. Remove alerts that do not lead to an ' +
    'action. Each alert has a runbook: add one for each new alert.',
  status: 'active',
  home: 'monitoring/, docs/runbooks/',
  needs: {
    containerEngine: { because: 'Prometheus, Alertmanager and Grafana run in containers' },
    inferenceServer: { because: 'Prometheus scrapes it, and computes the metrics that have other names there' },
    serviceLevels: { because: 'alerts are generated from the service levels' },
  },
  sees: {
    deployment: { many: true, because: 'runbooks describe how to restart the service' },
  },
  slots: [record.slot, targets.slot],
  provides: { metricsBackend: () => ({ ingest: 'scrape', runbooks: 'docs/runbooks/README.md' }) },
  contributes: ({ cap, project }) => [
    ...Object.entries(cap.inferenceServer.metrics === 'canonical' ? {} : cap.inferenceServer.metrics.recorded).map(
      ([series, expression]) => record(series, { expression }),
    ),
    targets(
      'service',
      [`127.0.0.1:${cap.inferenceServer.scrape.setting ? cap.inferenceServer.scrape.port : cap.inferenceServer.port}`],
      'local',
    ),
    // Without a target that it can scrape, `make monitoring-up` reports that there is nothing to monitor.
    ...(cap.deployment.length > 0 && cap.deployment.every(({ unreachable }) => unreachable)
      ? []
      : project.environments
    ).map((environment) => targets('service', [`127.0.0.1:${cap.inferenceServer.scrape.port}`], environment)),
    program('promtool', 'prom/prometheus', PROMETHEUS),
    program('amtool', 'prom/alertmanager', ALERTMANAGER),
    {
      slot: 'compose-include',
      key: 'deploy/compose/monitoring.yaml',
      value: { path: 'deploy/compose/monitoring.yaml' },
    },
    { slot: 'port', key: '9090', value: { name: 'Prometheus', variable: '' } },
    { slot: 'port', key: '9093', value: { name: 'Alertmanager', variable: '' } },
    { slot: 'port', key: '3001', value: { name: 'Grafana', variable: 'GF_SERVER_HTTP_PORT' } },
    {
      slot: 'env',
      key: 'GRAFANA_ADMIN_PASSWORD',
      value: {
        default: '',
        comment: 'Password of the user admin in Grafana.',
        secret: true,
        localBecause: 'Grafana runs on your machine',
        generate: true,
      },
    },
    {
      slot: 'env',
      key: 'ALERT_WEBHOOK_URL',
      value: {
        default: '',
        comment: 'URL to which Alertmanager posts alerts as JSON. If empty, alerts are only displayed.',
        secret: true,
        localBecause: 'Alertmanager runs on your machine',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/prometheus.md',
      value: { title: 'Prometheus and Grafana: alerts, dashboards, configuration' },
    },
    { slot: 'docs', key: 'docs/runbooks/README.md', value: { title: 'Runbooks: what to do when an alert fires' } },
    {
      slot: 'diagram-node',
      key: 'prometheus',
      value: { title: 'Prometheus', detail: '45 days', group: 'monitoring', shape: 'store' },
    },
    {
      slot: 'diagram-node',
      key: 'alertmanager',
      value: { title: 'Alertmanager', group: 'monitoring', shape: 'process' },
    },
    { slot: 'diagram-node', key: 'grafana', value: { title: 'Grafana', group: 'monitoring', shape: 'process' } },
    { slot: 'diagram-node', key: 'on_call', value: { title: 'On call', group: 'monitoring', shape: 'person' } },
    { slot: 'diagram-edge', key: 'prometheus service', value: { label: 'scrapes /metrics', watches: true } },
    { slot: 'diagram-edge', key: 'prometheus alertmanager', value: { label: 'alerts' } },
    { slot: 'diagram-edge', key: 'grafana prometheus', value: { label: 'queries', watches: true } },
    { slot: 'diagram-edge', key: 'alertmanager on_call', value: { label: 'alert with its runbook' } },
    {
      slot: 'cost',
      key: 'Metrics',
      value: {
        here:
          'about 100 series for the first model, including recorded series, at 15 s: ' +
          '100 × 5,760 samples per day × 2 bytes = 1.2 MB per day, 52 MB over 45 days; the limit is 2 GB',
        grows: 'with models, versions and features; each is a separate series',
        elsewhere: 'hosted backends bill active series or samples: 100 series, 17 million samples per month',
      },
    },
    {
      slot: 'cost',
      key: 'Prometheus, Alertmanager, Grafana',
      value: {
        here:
          'memory of at most 1 GB (Prometheus), 256 MB (Alertmanager) and 512 MB (Grafana), ' +
          'while `make monitoring-up` runs',
        grows: 'with series and dashboards',
        elsewhere: 'a machine with one core and 2 GB × 730 hours per month',
      },
    },
    {
      slot: 'threat',
      key: 'An unauthorized user opens the dashboards',
      value: {
        area: 'authentication',
        measure: 'All three services listen on 127.0.0.1 only; `make setup` generates the Grafana password',
        left: 'Prometheus and Alertmanager have no authentication; TLS and single sign-on are not configured',
      },
    },
  ],
  pins: {
    'prom/prometheus': PROMETHEUS,
    'prom/alertmanager': ALERTMANAGER,
    'grafana/grafana': {
      kind: 'image',
      version: '13.2.3',
      digest: 'sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572',
      checked: CHECKED,
    },
  },
  traces: ['monitoring/prometheus.yml', 'prom/prometheus', 'grafana/grafana'],
  leftovers: [
    {
      what: 'recorded metrics, silences and Grafana users in the volumes of compose',
      carry: 'promtool tsdb dump-openmetrics exports the metrics',
      remove: 'make monitoring-down, then docker volume rm the volumes named prometheus, alertmanager and grafana',
    },
  ],
  tests: {
    'tests/monitoring/test_slo_rules.py': { varies: ['metricsBackend', 'serviceLevels'] },
  },
});
