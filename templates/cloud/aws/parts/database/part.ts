import { type Contribution, definePart, type Slots } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * A PostgreSQL database in the private network: `aws_db_instance.main`, with its password in the secret of the
     * instance. A part that uses it adds an ingress rule to `aws_security_group.database`, and the right to read that
     * secret to a role.
     */
    awsDatabase: true;
  }
}

export default definePart({
  onDemand: true,
  needs: {
    awsNetwork: { because: 'the database is reachable only from the private network' },
    awsLogs: { because: 'its log has the same retention as other logs' },
  },
  provides: { awsDatabase: true },
  contributes: ({ project }) =>
    project.environments
      .flatMap((environment, index): Contribution[] => {
        const guarded = index === project.environments.length - 1;
        const sizes: [string, Slots['tfvars']['value'], string][] = [
          ['database_class', guarded ? 'db.t4g.small' : 'db.t4g.micro', 'Instance class of the database'],
          ['database_backup_days', guarded ? 35 : 7, 'Days for which the database can be restored to any second'],
        ];
        const zones = guarded ? 2 : 1;
        const how = guarded ? '2 zones × ' : '';
        return [
          ...sizes.map(
            ([key, value, comment]): Contribution => ({
              slot: 'tfvars',
              key,
              value: { value, comment },
              environment,
            }),
          ),
          {
            slot: 'cost-line',
            key: 'database',
            environment,
            value: {
              what: 'Database',
              basis: 'month',
              quantity: zones * 730,
              unit: guarded ? 'db.t4g.small-hour' : 'db.t4g.micro-hour',
              how: `${how}730 h`,
              grows: '`database_class`',
              price: guarded ? 'db-t4g-small-hour' : 'db-t4g-micro-hour',
            },
          },
          {
            slot: 'cost-line',
            key: 'database storage',
            environment,
            value: {
              what: 'Storage of the database',
              basis: 'month',
              quantity: zones * 20,
              unit: 'gp3 GB-month',
              how: `${how}20 GB`,
              grows: 'with runs; grows automatically up to 100 GB',
              price: 'db-storage-gb',
            },
          },
        ];
      })
      .concat(mayApply('database', 'logs', 'network'))
      .concat([
        {
          slot: 'terraform-remains',
          key: 'aws_kms_key.data',
          value: {
            why:
              'the final snapshot of the database is encrypted with it. Without the snapshot, schedule its deletion: ' +
              'aws kms schedule-key-deletion --key-id <id>',
          },
        },
        {
          slot: 'cost',
          key: 'Database',
          value: {
            here: 'nothing',
            grows: 'hardly: records are small, and storage grows automatically up to 100 GB',
            elsewhere: 'hours of `database_class`, doubled in the protected environment (a second zone), and 20 GB',
          },
        },
        {
          slot: 'threat',
          key: 'The database is read or deleted',
          value: {
            area: 'permissions',
            measure:
              'It has no public address, accepts TLS only and is encrypted; AWS generates and rotates its password',
            test: 'infra/terraform/tests/database.tftest.hcl',
            left: 'users who can read its secret and start workloads in the network',
          },
        },
      ]),
});
