import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/v2': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'v2',
  title: 'Open Inference Protocol v2',
  summary: 'Named tensors in, a tensor of scores out: the protocol of KServe, Triton and MLServer.',
  docs: 'https://github.com/kserve/open-inference-protocol',
  why: 'A caller written for another inference server that speaks the standard calls this one unchanged.',
  watch: 'Tensors come as JSON. Callers that insist on the binary extension or gRPC are not served.',
  status: 'active',
  home: 'src/__package__/serving/protocols/v2.py',
  provides: { wireProtocol: () => ({ module: 'v2' }) },
  pins: {
    tritonclient: {
      version: '2.73.0',
      checked: '2026-11-21',
      groups: ['dev'],
      extras: ['http'],
      because: 'a client of the protocol that is not of this repository, for its tests',
    },
  },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/v2.md', value: { title: 'The Open Inference Protocol' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'Open Inference Protocol' } },
  ],
  traces: ['open-inference-protocol'],
  tests: {
    'tests/serving/test_v2.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_v2_client.py': { varies: ['servingApp', 'wireProtocol'] },
  },
});
