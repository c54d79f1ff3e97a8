import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    server: 'one';
  }
  interface Capabilities {
    /**
     * The HTTP application: the module of the command, its port, the path of its metrics, and the port of the metrics
     * outside `local`.
     */
    servingApp: {
      readonly module: string;
      readonly port: number;
      readonly metricsPath: string;
      readonly metricsPort: number;
    };
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
  contract: ['servingApp'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node'],
  default: () => 'fastapi',
});
