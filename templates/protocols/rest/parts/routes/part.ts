import { definePart } from '../../../../../src/core/contract.ts';

/** The routes of REST in the application. */
export default definePart({
  onDemand: true,
  needs: { routeHost: { because: 'the application answers the requests of the protocol' } },
  provides: { protocolRoutes: () => ({ module: 'rest' }) },
  // Earlier, the client and the routes of a protocol were one file.
  moved: {
    '/protocols/rest/files/src/__package__/serving/protocols/rest.py': 'src/__package__/serving/protocols/rest.py',
    '/protocols/rest/files/tests/serving/test_rest.py.ejs': 'tests/serving/test_rest.py.ejs',
  },
  tests: {
    'tests/serving/test_rest.py': { varies: ['servingApp', 'wireProtocol'] },
  },
});
