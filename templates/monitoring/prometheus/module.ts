import { defineModule } from '../../../src/core/contract.ts';

const CHECKED = '2026-11-20';

export default defineModule({
  choice: 'monitoring',
  id: 'prometheus',
  title: 'Prometheus and Grafana',
  summary: 'Scrapes the service, alerts on service levels, drift and freshness, and shows them on a dashboard.',
  docs: 'https://prometheus.io/docs/introduction/overview/',
  status: 'active',
  home: 'monitoring/, docs/runbooks/, slo.yaml',
  needs: {
    servingApp: { because: 'runbooks name the address of the service' },
    deployment: { take: 'all', because: 'runbooks say how a service that is down is started again' },
  },
  reads: ['scrape'],
  provides: { metricsBackend: () => ({ ingest: 'scrape', runbooks: 'docs/runbooks/README.md' }) },
  contributes: ({ cap }) => [
    { slot: 'scrape', key: 'service', value: { port: cap.servingApp.port, path: cap.servingApp.metricsPath } },
    { slot: 'compose-include', key: 'deploy/compose/monitoring.yaml', value: { path: 'deploy/compose/monitoring.yaml' } },
    { slot: 'port', key: '9090', value: { name: 'Prometheus', variable: '' } },
    { slot: 'port', key: '9093', value: { name: 'Alertmanager', variable: '' } },
    { slot: 'port', key: '3001', value: { name: 'Grafana', variable: 'GF_SERVER_HTTP_PORT' } },
    { slot: 'env', key: 'GRAFANA_ADMIN_PASSWORD', value: { default: '', comment: 'Password of the user admin in Grafana.', secret: true, generate: true } },
    { slot: 'env', key: 'ALERT_WEBHOOK_URL', value: { default: '', comment: 'Where Alertmanager posts alerts as JSON; empty shows them only.', secret: true } },
    { slot: 'docs', key: 'docs/tools/prometheus.md', value: { title: 'Monitoring: what is watched, and how to change it' } },
    { slot: 'docs', key: 'docs/runbooks/README.md', value: { title: 'Runbooks: what to do when an alert fires' } },
  ],
  pins: {
    'prom/prometheus': { kind: 'image', version: 'v3.15.0', digest: 'sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e', checked: CHECKED },
    'prom/alertmanager': { kind: 'image', version: 'v0.34.1', digest: 'sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a', checked: CHECKED },
    'grafana/grafana': { kind: 'image', version: '13.2.3', digest: 'sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572', checked: CHECKED },
  },
  owners: { 'slo.yaml': 'tuned' },
  traces: ['monitoring/prometheus.yml', 'prom/prometheus', 'grafana/grafana'],
  leftovers: [
    { what: 'recorded metrics, silences and Grafana users in the volumes of compose', carry: 'promtool tsdb dump-openmetrics exports the metrics', remove: 'make monitoring-down, then docker volume rm the volumes named prometheus, alertmanager and grafana' },
  ],
});
