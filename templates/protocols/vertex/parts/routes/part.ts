import { definePart } from '../../../../../src/core/contract.ts';

/** The routes of Vertex AI in the application, and the command that starts it in a container of the platform. */
export default definePart({
  onDemand: true,
  needs: { routeHost: { because: 'the application answers the requests of the protocol' } },
  provides: { protocolRoutes: () => ({ module: 'vertex' }) },
  // Earlier, the client and the routes of a protocol were one file.
  moved: {
    '/protocols/vertex/files/docs/tools/vertex-protocol.md.ejs': 'docs/tools/vertex-protocol.md.ejs',
    '/protocols/vertex/files/src/__package__/serving/protocols/vertex.py':
      'src/__package__/serving/protocols/vertex.py',
    '/protocols/vertex/files/src/__package__/serving/vertex.py': 'src/__package__/serving/vertex.py',
    '/protocols/vertex/files/tests/serving/test_vertex.py.ejs': 'tests/serving/test_vertex.py.ejs',
  },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/vertex-protocol.md', value: { title: 'Vertex AI protocol' } },
    {
      slot: 'threat',
      key: 'A caller bypasses the platform and reaches the container',
      value: {
        area: 'authentication',
        measure:
          'The platform authenticates callers and passes no token, so one route is open ' +
          '(`auth.platform_paths`); all others require a token or key',
        test: 'tests/serving/test_auth.py',
        left: 'configure the network so that only the platform reaches the container',
      },
    },
  ],
});
