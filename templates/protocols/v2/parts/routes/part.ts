import { definePart } from '../../../../../src/core/contract.ts';

/** The routes of the Open Inference Protocol in the application, and tests with an independent client. */
export default definePart({
  onDemand: true,
  needs: {
    routeHost: { because: 'the application answers the requests of the protocol' },
    protocolTensors: { because: 'the routes convert tensors to columns' },
  },
  provides: { protocolRoutes: () => ({ module: 'v2' }) },
  // Earlier, the client and the routes of a protocol were one file.
  moved: {
    '/protocols/v2/files/src/__package__/serving/protocols/v2.py': 'src/__package__/serving/protocols/v2.py',
    '/protocols/v2/files/tests/serving/test_v2.py.ejs': 'tests/serving/test_v2.py.ejs',
    '/protocols/v2/files/tests/serving/test_v2_client.py.ejs': 'tests/serving/test_v2_client.py.ejs',
  },
  pins: {
    tritonclient: {
      version: '2.73.0',
      checked: '2026-11-21',
      groups: ['dev'],
      extras: ['http'],
      because: 'an independent client of the protocol, for tests',
    },
  },
  tests: {
    'tests/serving/test_v2.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_v2_client.py': { varies: ['servingApp', 'wireProtocol'] },
  },
});
