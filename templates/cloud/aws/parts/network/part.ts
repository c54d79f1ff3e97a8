import { type Contribution, definePart, type Slots } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * A private network: `aws_vpc.main`, `aws_subnet.private` by zone, `aws_security_group.endpoints`. It reaches S3
     * and the
     * services of the slot `aws-endpoint`, and the internet only where `var.has_internet` says so.
     */
    awsNetwork: true;
  }
}

export default definePart({
  onDemand: true,
  needs: { awsLogs: { because: 'who talked to whom is logged' } },
  reads: ['aws-endpoint'],
  provides: { awsNetwork: true },
  contributes: ({ project }) => [
    ...mayApply('network', 'logs', 'roles'),
    ...project.environments.flatMap((environment, index) => {
      const sizes: [string, Slots['tfvars']['value'], string][] = [
        [
          'network_cidr',
          `10.${20 + index}.0.0/20`,
          'Addresses of the network; those of environments that are connected must not overlap',
        ],
        ['zones', ['a', 'b'], 'Zones of the region that it spans, by their letter'],
        [
          'has_internet',
          false,
          'A NAT gateway, for services outside AWS: a tracking server, the keys of an issuer of tokens. Costs by the hour',
        ],
      ];
      return sizes.map(
        ([key, value, comment]): Contribution => ({ slot: 'tfvars', key, value: { value, comment }, environment }),
      );
    }),
    {
      slot: 'cost-line',
      key: 'endpoints',
      value: {
        what: 'Endpoints of services in the network',
        basis: 'month',
        each: 'aws-endpoint',
        quantity: 1460,
        unit: 'endpoint-hour',
        how: '2 zones × 730 h',
        grows: '`zones`, and services that the stack talks to',
        price: 'endpoint-hour',
      },
    },
    {
      slot: 'doctor',
      key: 'aws-5-networks',
      value: {
        title: 'one more network can be made in the region',
        kind: 'account',
        value: 'vpcs 1',
        hint: 'ask AWS for more VPCs per Region under Service Quotas',
      },
    },
    {
      slot: 'cost',
      key: 'Private network',
      value: {
        here: 'nothing',
        grows:
          'with interface endpoints: each × zones × 730 hours a month, plus GB; a NAT gateway only with `has_internet`',
        elsewhere: 'peering or a transit gateway to a network that has these already',
      },
    },
    {
      slot: 'threat',
      key: 'Data leaves through the network',
      value: {
        area: 'permissions',
        measure:
          'Workloads have no public address and no way to the internet; S3 and other services are reached through endpoints',
        test: 'infra/terraform/tests/network.tftest.hcl',
        left: 'with `has_internet` they reach any address: put a firewall or a proxy in front where that matters',
      },
    },
  ],
});
