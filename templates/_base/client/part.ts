import { definePart } from '../../../src/core/contract.ts';

const checked = '2026-11-21';

/** The client of the service: requests, the load test and the smoke test, whatever server answers them. */
export default definePart({
  needs: {
    inferenceServer: { because: 'the client sends requests to it, and runs it to test it' },
    wireProtocol: { many: true, because: 'the client sends its requests in a protocol of the service' },
    serviceLevels: { because: 'the load test tests the service against the service levels' },
  },
  // Earlier, there was one server, and its files included the client.
  moved: {
    '/server/fastapi/files/mk/serve.mk': 'mk/serve.mk.ejs',
    '/server/fastapi/files/src/__package__/serving/client.py': 'src/__package__/client/service.py',
    '/server/fastapi/files/src/__package__/serving/load.py': 'src/__package__/client/load.py',
    '/server/fastapi/files/src/__package__/serving/load_test.py': 'src/__package__/client/load_test.py',
  },
  pins: {
    httptools: { version: '0.9.0', checked, groups: ['dev'] },
    uvloop: { version: '0.23.0', checked, groups: ['dev'] },
  },
  contributes: () => [
    {
      slot: 'env',
      key: 'SERVICE_API_KEY',
      value: {
        default: '',
        comment: 'Your API key, which make predict sends.',
        secret: true,
        localBecause: 'only the client on your machine sends it',
      },
    },
  ],
  tests: { 'tests/client/test_client.py': { varies: [] } },
});
