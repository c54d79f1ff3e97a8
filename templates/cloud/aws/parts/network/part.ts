import { type Contribution, definePart, type Slots } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * A private network: `aws_vpc.main`, `aws_subnet.private` per zone, `aws_security_group.endpoints`. It reaches S3
     * and the services in the slot `aws-endpoint`, and the internet only if `var.has_internet` is true.
     */
    awsNetwork: true;
  }
}

export default definePart({
  onDemand: true,
  needs: { awsLogs: { because: 'network connections are logged' } },
  reads: ['aws-endpoint'],
  provides: { awsNetwork: true },
  contributes: ({ project }) => [
    ...mayApply('network', 'logs', 'roles'),
    ...project.environments.flatMap((environment, index) => {
      const sizes: [string, Slots['tfvars']['value'], string][] = [
        [
          'network_cidr',
          `10.${20 + index}.0.0/20`,
          'Address range of the network; connected environments must not overlap',
        ],
        ['zones', ['a', 'b'], 'Zones of the region, by their letter'],
        [
          'has_internet',
          false,
          'Whether to create a NAT gateway for services outside AWS, for example a tracking server or the keys ' +
            'of a token issuer; billed per hour',
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
        what: 'Interface endpoints',
        basis: 'month',
        each: 'aws-endpoint',
        quantity: 1460,
        unit: 'endpoint-hour',
        how: '2 zones × 730 h',
        grows: 'with `zones` and the services that the stack uses',
        price: 'endpoint-hour',
      },
    },
    {
      slot: 'doctor',
      key: 'aws-5-networks',
      value: {
        title: 'the VPC quota of the region allows another network',
        kind: 'account',
        value: 'vpcs 1',
        hint: 'request more VPCs per Region under Service Quotas',
      },
    },
    {
      slot: 'cost',
      key: 'Private network',
      value: {
        here: 'nothing',
        grows:
          'with interface endpoints: endpoints × zones × 730 hours per month, plus GB; ' +
          'a NAT gateway only with `has_internet`',
        elsewhere: 'peering or a transit gateway to a network that already has endpoints',
      },
    },
    {
      slot: 'threat',
      key: 'Data is exfiltrated through the network',
      value: {
        area: 'permissions',
        measure:
          'Workloads have no public address and no internet access; they reach S3 and other services through endpoints',
        test: 'infra/terraform/tests/network.tftest.hcl',
        left: 'with `has_internet`, workloads can reach any address: add a firewall or a proxy if necessary',
      },
    },
  ],
});
