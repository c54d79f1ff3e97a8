import { defineModule } from '../../../src/core/contract.ts';
import routes from './parts/routes/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/lambda': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'lambda',
  title: 'AWS Lambda',
  summary:
    'A handler for the Lambda runtime that accepts API Gateway, function URL and direct events without an HTTP server.',
  docs: 'https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html',
  why: 'Without requests, nothing runs and nothing is billed.',
  watch:
    'A cold start loads the libraries and the model before the first response. Tested against a stub of the ' +
    'Lambda runtime API, not on AWS.',
  status: 'active',
  home: 'src/__package__/client/protocols/lambda_.py, src/__package__/serving/lambda_handler.py, deploy/lambda/',
  parts: { routes },
  needs: {
    inferenceServer: {
      where: ({ protocols }) => protocols === 'routes' || protocols.includes('lambda-events'),
      because: 'the server has to answer requests of this protocol',
    },
  },
  provides: { wireProtocol: () => ({ module: 'lambda_', format: 'lambda-events' }) },
  contributes: () => [{ slot: 'diagram-edge', key: 'caller service', value: { label: 'Lambda events' } }],
  traces: ['docs/tools/lambda-protocol.md', 'awslambdaric'],
});
