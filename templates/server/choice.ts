import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    server: 'one';
  }
  interface Capabilities {
    /**
     * The server of predictions, as its clients, operators and deployments see it. Every server has `GET /healthz`,
     * `GET /readyz` (200, or 503 with the models that it waits for) and `GET /version` (for each model, the version
     * that it serves).
     *
     * The server brings the section `serving` of the settings, `platform/sections/serving.py`, and contributes its
     * values to `config`. Deployments and tests set `host`, `port`, `poll_seconds`, `published_on_loopback`, the keys
     * that its facts name and, if it authenticates callers itself, `idle_seconds`. It contributes the nodes `service` and (if it writes
     * one) `prediction_log` to the diagram.
     */
    inferenceServer: {
      /** The port of predictions. */
      readonly port: number;
      /**
       * Where Prometheus reads its metrics. `port` is the one outside `local`. In `local`, metrics are on the port of
       * predictions, unless `setting` is the key of a port of their own in the section `serving`.
       */
      readonly scrape: { readonly path: string; readonly port: number; readonly setting?: string };
      /**
       * `canonical`: it exports the metrics in `client/metrics.py`, which alerts and dashboards read. `recorded`: it
       * exports some of them under other names. The expression of a series computes it from these, with the labels that
       * `client/metrics.py` lists, as a recording rule of Prometheus. All other metrics have their names.
       */
      readonly metrics: 'canonical' | { readonly recorded: Readonly<Record<string, string>> };
      /**
       * The protocols that it speaks, by the `format` of their `wireProtocol`; `routes` if it mounts the routes of any
       * protocol (`routeHost`).
       */
      readonly protocols: 'routes' | readonly string[];
      /**
       * `own`: the image of this repository contains it, with the extra `serve`, and starts `localProcess`. `upstream`:
       * its project publishes an image.
       */
      readonly image: 'own' | 'upstream';
      /**
       * The virtual environment in which it serves, a key of the slot `python-environment`. The image then has this one
       * in place of the shared one, and its extra `native` for models that their framework serves.
       */
      readonly environment?: string;
      /**
       * How a deployment names the versions to serve: in the setting `serving.pinned`, which a variable overrides, or
       * as a folder of files that it mounts.
       */
      readonly pin: 'variable' | 'path';
      /**
       * How a running server gets a promoted version. `alias`: it looks the alias of the champion up every
       * `serving.poll_seconds`. `restart`: only a restart loads it.
       */
      readonly reload: 'alias' | 'restart';
      /**
       * `own`: it requires a token or a key outside `local`, as in `docs/authentication.md`. `gateway`: it trusts its
       * callers, so a gateway in front of it must authenticate them.
       */
      readonly auth: 'own' | 'gateway';
      /** Whether it writes each answer to `serving.prediction_log`, in the format of `platform/prediction_logs.py`. */
      readonly predictionLog: 'in-process' | 'none';
      /**
       * How it runs on this computer: `python -m <module>`, at `serving.host` and `serving.port`, until SIGTERM. `ports`:
       * the keys of further ports that it opens, in the section `serving`.
       */
      readonly localProcess: { readonly module: string; readonly ports?: readonly string[] };
    };
    /**
     * The HTTP application of this project, for parts that run inside it: an exporter of metrics, a planted fault. A
     * part that sends requests, reads metrics or starts a process needs `inferenceServer` instead.
     */
    servingApp: true;
    /** The application mounts the routes of each chosen protocol, and logs, limits and authenticates their requests. */
    routeHost: true;
  }
}

export default defineChoice({
  id: 'server',
  title: 'Inference server',
  question: 'What serves predictions?',
  group: 'Serving',
  order: 80,
  asked: 'first',
  takes: 'one',
  per: 'project',
  contract: ['inferenceServer'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node'],
  default: () => 'fastapi',
});
