import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    protocols: 'many';
  }
  interface Capabilities {
    /**
     * A format of requests: `client/protocols/<module>.py` exports `request` and `reply`, which every client of the
     * service uses. A server names the formats that it speaks by their `format`.
     */
    wireProtocol: { readonly module: string; readonly format: string };
    /**
     * The routes of a format in the application of this project: `serving/protocols/<module>.py` exports `routes` and
     * `documents`. They join for an application that mounts them (`routeHost`).
     */
    protocolRoutes: { readonly module: string };
  }
}

export default defineChoice({
  id: 'protocols',
  title: 'Protocols',
  question: 'Which protocols does the service support?',
  group: 'Serving',
  order: 90,
  asked: 'later',
  takes: 'many',
  per: 'project',
  contract: ['wireProtocol'],
  owes: ['docs', 'diagram-edge'],
  default: () => ['rest', 'v2'],
  // A server speaks the protocols that it declares.
  narrows: true,
});
