import type { Contribution } from '../../../src/core/contract.ts';

/**
 * Permissions of the user who runs Terraform, by concern: the resource types of the concern, and the actions that
 * create, read, change and remove them. In `resources`, `${account}`, `${name}` and `${region}` are placeholders for
 * values of the environment. `*` requires a `why`, which the page prints.
 */
export type Statement = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly why?: string;
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};
export type Permission = { readonly types: readonly string[]; readonly statements: readonly Statement[] };

/** A statement in the form of an IAM policy. */
export const policyStatement = ({ actions, resources, condition }: Statement): object => ({
  Effect: 'Allow',
  Action: [...actions].sort(),
  Resource: resources,
  ...(condition && { Condition: condition }),
});

const of = (service: string, names: string): string[] => names.split(' ').map((name) => `${service}:${name}`);
const arn = (service: string, ...ends: string[]): string[] =>
  ends.map((end) => `arn:aws:${service}:\${region}:\${account}:${end}`);
const open = (why: string, ...actions: string[]): Statement => ({ actions, resources: ['*'], why });

const BUCKET = of(
  's3',
  'CreateBucket DeleteBucket DeleteBucketPolicy GetAccelerateConfiguration GetBucketAcl GetBucketCORS ' +
    'GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls ' +
    'GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning ' +
    'GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ' +
    'ListBucket ListBucketVersions ListTagsForResource PutBucketLogging PutBucketOwnershipControls ' +
    'PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration ' +
    'PutLifecycleConfiguration TagResource UntagResource',
);
const BUCKET_TYPES = [
  '',
  '_lifecycle_configuration',
  '_logging',
  '_ownership_controls',
  '_policy',
  '_public_access_block',
  '_server_side_encryption_configuration',
  '_versioning',
].map((end) => `aws_s3_bucket${end}`);
const KEY: Permission = {
  types: ['aws_kms_key', 'aws_kms_alias'],
  statements: [
    open('A key has no ARN before it is created, and a list contains all keys', ...of('kms', 'CreateKey ListAliases')),
    {
      actions: of(
        'kms',
        'CreateAlias DeleteAlias DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ' +
          'ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateAlias ' +
          'UpdateKeyDescription',
      ),
      resources: arn('kms', 'key/*', 'alias/${name}-*'),
    },
  ],
};
const ROLE_READS = of(
  'iam',
  'GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies ListRoleTags',
);
const ROLE = 'arn:aws:iam::${account}:role/${name}-*';
/**
 * Use of a key through AWS services only. A condition on the alias of the key would refuse requests for some minutes
 * after the alias was created.
 */
const usesKey = (services: readonly string[], ...actions: string[]): Statement => ({
  actions,
  resources: arn('kms', 'key/*'),
  condition: { StringEquals: { 'kms:ViaService': services.map((service) => `${service}.\${region}.amazonaws.com`) } },
});
/** A grant that an AWS service creates for itself when it creates a resource with the key. */
const grantsKey = (service: string): Statement => ({
  actions: ['kms:CreateGrant'],
  resources: arn('kms', 'key/*'),
  condition: {
    Bool: { 'kms:GrantIsForAWSResource': 'true' },
    StringEquals: { 'kms:ViaService': `${service}.\${region}.amazonaws.com` },
  },
});

const APPLY = {
  state: {
    types: [],
    statements: [
      { actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::${name}-state-${account}'] },
      {
        actions: of('s3', 'DeleteObject GetObject PutObject'),
        resources: ['arn:aws:s3:::${name}-state-${account}/terraform/*'],
      },
      usesKey(['s3'], 'kms:Decrypt', 'kms:GenerateDataKey'),
    ],
  },
  doctor: {
    types: [],
    statements: [
      open(
        'Regions, networks and quotas are read without an ARN',
        ...of('ec2', 'DescribeRegions DescribeVpcs'),
        'servicequotas:GetServiceQuota',
      ),
      {
        actions: of('iam', 'GetRole SimulatePrincipalPolicy'),
        resources: ['arn:aws:iam::${account}:role/*', 'arn:aws:iam::${account}:user/*'],
      },
    ],
  },
  storage: {
    types: BUCKET_TYPES,
    statements: [
      {
        actions: BUCKET,
        resources: ['arn:aws:s3:::${name}-artifacts-${account}', 'arn:aws:s3:::${name}-access-${account}'],
      },
      {
        actions: of('s3', 'DeleteObject DeleteObjectVersion'),
        resources: ['arn:aws:s3:::${name}-artifacts-${account}/*', 'arn:aws:s3:::${name}-access-${account}/*'],
      },
    ],
  },
  keys: KEY,
  budget: {
    types: ['aws_budgets_budget', 'aws_ce_anomaly_monitor', 'aws_ce_anomaly_subscription'],
    statements: [
      {
        actions: of('budgets', 'ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget'),
        resources: ['arn:aws:budgets::${account}:budget/${name}-*'],
      },
      open(
        'Cost monitors have no ARN before they are created',
        ...of('ce', 'CreateAnomalyMonitor CreateAnomalySubscription'),
      ),
      {
        actions: of(
          'ce',
          'DeleteAnomalyMonitor DeleteAnomalySubscription GetAnomalyMonitors GetAnomalySubscriptions ' +
            'ListTagsForResource TagResource UntagResource UpdateAnomalyMonitor UpdateAnomalySubscription',
        ),
        resources: ['arn:aws:ce::${account}:anomalymonitor/*', 'arn:aws:ce::${account}:anomalysubscription/*'],
      },
    ],
  },
  roles: {
    types: ['aws_iam_role', 'aws_iam_role_policy'],
    statements: [
      {
        actions: [
          ...ROLE_READS,
          ...of('iam', 'DeleteRole DeleteRolePolicy PassRole TagRole UntagRole UpdateAssumeRolePolicy UpdateRole'),
        ],
        resources: [ROLE],
      },
      {
        actions: of('iam', 'CreateRole PutRolePolicy'),
        resources: [ROLE],
        condition: { StringEquals: { 'iam:PermissionsBoundary': 'arn:aws:iam::${account}:policy/${name}-boundary' } },
      },
    ],
  },
  network: {
    types: [
      'aws_vpc',
      'aws_default_security_group',
      'aws_subnet',
      'aws_route_table',
      'aws_route_table_association',
      'aws_route',
      'aws_internet_gateway',
      'aws_nat_gateway',
      'aws_eip',
      'aws_vpc_endpoint',
      'aws_security_group',
      'aws_vpc_security_group_ingress_rule',
      'aws_vpc_security_group_egress_rule',
      'aws_flow_log',
    ],
    statements: [
      open(
        'A description contains all networks',
        ...of(
          'ec2',
          'DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs ' +
            'DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces ' +
            'DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups ' +
            'DescribeSubnets DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs',
        ),
      ),
      {
        actions: of(
          'ec2',
          'AllocateAddress AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress ' +
            'AuthorizeSecurityGroupIngress CreateFlowLogs CreateInternetGateway CreateNatGateway CreateRoute ' +
            'CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags CreateVpc CreateVpcEndpoint ' +
            'DeleteFlowLogs DeleteInternetGateway DeleteNatGateway DeleteRoute DeleteRouteTable ' +
            'DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway ' +
            'DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules ModifySubnetAttribute ' +
            'ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress RevokeSecurityGroupEgress ' +
            'RevokeSecurityGroupIngress',
        ),
        resources: arn(
          'ec2',
          'elastic-ip/*',
          'internet-gateway/*',
          'natgateway/*',
          'route-table/*',
          'security-group/*',
          'security-group-rule/*',
          'subnet/*',
          'vpc/*',
          'vpc-endpoint/*',
          'vpc-flow-log/*',
        ),
      },
    ],
  },
  logs: {
    types: [
      'aws_cloudwatch_log_group',
      'aws_cloudwatch_log_resource_policy',
      'aws_cloudwatch_log_metric_filter',
      'aws_cloudwatch_query_definition',
    ],
    statements: [
      open(
        'A description contains all log groups, policies and queries of a region',
        ...of(
          'logs',
          'DeleteQueryDefinition DeleteResourcePolicy DescribeLogGroups DescribeQueryDefinitions ' +
            'DescribeResourcePolicies PutQueryDefinition PutResourcePolicy',
        ),
      ),
      {
        actions: of(
          'logs',
          'AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteMetricFilter DeleteRetentionPolicy ' +
            'DescribeMetricFilters DisassociateKmsKey ListTagsForResource PutMetricFilter PutRetentionPolicy ' +
            'TagResource UntagResource',
        ),
        resources: arn('logs', 'log-group:*'),
      },
    ],
  },
  images: {
    types: ['aws_ecr_repository', 'aws_ecr_lifecycle_policy', 'aws_ecr_repository_policy'],
    statements: [
      {
        actions: of(
          'ecr',
          'BatchDeleteImage CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy ' +
            'DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy ListImages ListTagsForResource ' +
            'PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy ' +
            'TagResource UntagResource',
        ),
        resources: arn('ecr', 'repository/${name}*'),
      },
      grantsKey('ecr'),
      usesKey(['ecr'], 'kms:RetireGrant'),
    ],
  },
  alerts: {
    types: ['aws_sns_topic', 'aws_sns_topic_policy', 'aws_sns_topic_subscription'],
    statements: [
      {
        actions: of(
          'sns',
          'CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource ' +
            'SetTopicAttributes Subscribe TagResource UntagResource',
        ),
        resources: arn('sns', '${name}-*'),
      },
      open(
        'Subscriptions are read and deleted without an ARN',
        ...of('sns', 'GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe'),
      ),
    ],
  },
  queues: {
    types: ['aws_sqs_queue', 'aws_sqs_queue_policy'],
    statements: [
      {
        actions: of(
          'sqs',
          'CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue UntagQueue',
        ),
        resources: arn('sqs', '${name}-*'),
      },
    ],
  },
  alarms: {
    types: ['aws_cloudwatch_metric_alarm', 'aws_cloudwatch_composite_alarm', 'aws_cloudwatch_dashboard'],
    statements: [
      open(
        'CloudWatch permits composite alarms for all alarms only',
        ...of('cloudwatch', 'DescribeAlarms PutCompositeAlarm'),
      ),
      {
        actions: of('cloudwatch', 'DeleteAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource'),
        resources: arn('cloudwatch', 'alarm:${name}-*'),
      },
      {
        actions: of('cloudwatch', 'DeleteDashboards GetDashboard PutDashboard'),
        resources: ['arn:aws:cloudwatch::${account}:dashboard/${name}-*'],
      },
    ],
  },
  cluster: {
    types: ['aws_ecs_cluster', 'aws_ecs_cluster_capacity_providers', 'aws_ecs_task_definition', 'aws_ecs_service'],
    statements: [
      open(
        'Task revisions are deregistered and read without an ARN',
        ...of('ecs', 'DeregisterTaskDefinition DescribeTaskDefinition ListTaskDefinitions'),
      ),
      {
        actions: ['ecs:ListTasks'],
        resources: arn('ecs', 'container-instance/${name}/*'),
      },
      { actions: ['ecs:DescribeTasks'], resources: arn('ecs', 'task/${name}/*') },
      {
        actions: of(
          'ecs',
          'CreateCluster CreateService DeleteCluster DeleteService DescribeClusters DescribeServiceDeployments ' +
            'DescribeServiceRevisions DescribeServices ListServiceDeployments ListTagsForResource ' +
            'PutClusterCapacityProviders RegisterTaskDefinition StopServiceDeployment TagResource UntagResource ' +
            'UpdateCluster UpdateClusterSettings UpdateService',
        ),
        resources: arn(
          'ecs',
          'cluster/${name}*',
          'service/${name}*',
          'service-deployment/${name}*',
          'service-revision/${name}*',
          'task-definition/${name}*',
        ),
      },
      {
        actions: ['iam:CreateServiceLinkedRole'],
        resources: [
          'arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/*',
          'arn:aws:iam::${account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*',
          'arn:aws:iam::${account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/*',
        ],
      },
    ],
  },
  scaling: {
    types: ['aws_appautoscaling_target', 'aws_appautoscaling_policy', 'aws_appautoscaling_scheduled_action'],
    statements: [
      open(
        'A description contains all targets of a service',
        ...of('application-autoscaling', 'DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions'),
      ),
      {
        actions: of(
          'application-autoscaling',
          'DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget ListTagsForResource ' +
            'PutScalingPolicy PutScheduledAction RegisterScalableTarget TagResource UntagResource',
        ),
        resources: arn('application-autoscaling', 'scalable-target/*'),
      },
    ],
  },
  loadBalancer: {
    types: ['aws_lb', 'aws_lb_listener', 'aws_lb_listener_rule', 'aws_lb_target_group'],
    statements: [
      open(
        'A description contains all load balancers',
        ...of(
          'elasticloadbalancing',
          'DescribeCapacityReservation DescribeListenerAttributes DescribeListeners ' +
            'DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules DescribeTags ' +
            'DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth',
        ),
      ),
      {
        actions: of(
          'elasticloadbalancing',
          'AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener ' +
            'DeleteLoadBalancer DeleteRule DeleteTargetGroup ModifyListener ModifyListenerAttributes ' +
            'ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup ModifyTargetGroupAttributes RemoveTags ' +
            'SetRulePriorities SetSecurityGroups SetSubnets',
        ),
        resources: arn(
          'elasticloadbalancing',
          'listener/app/${name}*',
          'listener-rule/app/${name}*',
          'loadbalancer/app/${name}*',
          'targetgroup/${name}*',
        ),
      },
    ],
  },
  names: {
    types: [
      'aws_route53_zone',
      'aws_route53_record',
      'aws_service_discovery_private_dns_namespace',
      'aws_service_discovery_service',
    ],
    statements: [
      open('A hosted zone has no ARN before it is created', 'route53:CreateHostedZone'),
      {
        actions: of(
          'route53',
          'AssociateVPCWithHostedZone ChangeResourceRecordSets ChangeTagsForResource DeleteHostedZone ' +
            'GetChange GetHostedZone ListResourceRecordSets ListTagsForResource UpdateHostedZoneComment',
        ),
        resources: ['arn:aws:route53:::change/*', 'arn:aws:route53:::hostedzone/*'],
      },
      { actions: ['ec2:DescribeVpcs'], resources: ['*'], why: 'A description contains all networks' },
    ],
  },
  database: {
    types: ['aws_db_instance', 'aws_db_parameter_group', 'aws_db_subnet_group'],
    statements: [
      open('Terraform reads an instance by its resource ID, and RDS checks this for all', 'rds:DescribeDBInstances'),
      {
        actions: of(
          'rds',
          'AddTagsToResource CreateDBInstance CreateDBParameterGroup CreateDBSnapshot CreateDBSubnetGroup ' +
            'DeleteDBInstance DeleteDBParameterGroup DeleteDBSubnetGroup DescribeDBParameterGroups ' +
            'DescribeDBParameters DescribeDBSubnetGroups ListTagsForResource ModifyDBInstance ' +
            'ModifyDBParameterGroup ModifyDBSubnetGroup RemoveTagsFromResource ResetDBParameterGroup',
        ),
        resources: arn('rds', 'db:${name}-*', 'pg:${name}-*', 'snapshot:${name}-*', 'subgrp:${name}-*'),
      },
      grantsKey('rds'),
      usesKey(['rds', 'secretsmanager'], 'kms:Decrypt', 'kms:GenerateDataKey'),
      {
        actions: ['iam:CreateServiceLinkedRole'],
        resources: ['arn:aws:iam::${account}:role/aws-service-role/rds.amazonaws.com/*'],
      },
      {
        actions: of('secretsmanager', 'CreateSecret TagResource'),
        resources: arn('secretsmanager', 'secret:rds!db-*'),
      },
    ],
  },
  secrets: {
    types: ['aws_secretsmanager_secret', 'aws_secretsmanager_secret_policy', 'aws_secretsmanager_secret_rotation'],
    statements: [
      {
        actions: of(
          'secretsmanager',
          'CreateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy PutResourcePolicy ' +
            'TagResource UntagResource UpdateSecret',
        ),
        resources: arn('secretsmanager', 'secret:${name}*'),
      },
    ],
  },
  function: {
    types: [
      'aws_lambda_function',
      'aws_lambda_alias',
      'aws_lambda_function_url',
      'aws_lambda_permission',
      'aws_lambda_provisioned_concurrency_config',
    ],
    statements: [
      {
        actions: of(
          'lambda',
          'AddPermission CreateAlias CreateFunction CreateFunctionUrlConfig DeleteAlias DeleteFunction ' +
            'DeleteFunctionConcurrency DeleteFunctionUrlConfig DeleteProvisionedConcurrencyConfig GetAlias ' +
            'GetFunction GetFunctionCodeSigningConfig GetFunctionConfiguration GetFunctionUrlConfig GetPolicy ' +
            'GetProvisionedConcurrencyConfig ListTags ListVersionsByFunction PublishVersion ' +
            'PutFunctionConcurrency PutProvisionedConcurrencyConfig RemovePermission TagResource UntagResource ' +
            'UpdateAlias UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionUrlConfig',
        ),
        resources: arn('lambda', 'function:${name}-*'),
      },
      { actions: of('ecr', 'BatchGetImage GetDownloadUrlForLayer'), resources: arn('ecr', 'repository/${name}*') },
    ],
  },
  batch: {
    types: ['aws_batch_compute_environment', 'aws_batch_job_queue', 'aws_batch_job_definition'],
    statements: [
      open(
        'Batch environments, queues and job definitions are read without an ARN',
        ...of('batch', 'DescribeComputeEnvironments DescribeJobDefinitions DescribeJobQueues'),
      ),
      {
        actions: of(
          'batch',
          'CreateComputeEnvironment CreateJobQueue DeleteComputeEnvironment DeleteJobQueue ' +
            'DeregisterJobDefinition ListTagsForResource RegisterJobDefinition TagResource UntagResource ' +
            'UpdateComputeEnvironment UpdateJobQueue',
        ),
        resources: arn('batch', 'compute-environment/${name}*', 'job-definition/${name}*', 'job-queue/${name}*'),
      },
      {
        actions: ['iam:CreateServiceLinkedRole'],
        resources: ['arn:aws:iam::${account}:role/aws-service-role/batch.amazonaws.com/*'],
      },
    ],
  },
  pipeline: {
    types: ['aws_sfn_state_machine', 'aws_sfn_alias'],
    statements: [
      open('A definition is validated before its state machine exists', 'states:ValidateStateMachineDefinition'),
      {
        actions: of(
          'states',
          'CreateStateMachine DeleteStateMachine DescribeStateMachine ListStateMachineVersions ' +
            'ListTagsForResource TagResource UntagResource UpdateStateMachine',
        ),
        resources: arn('states', 'stateMachine:${name}-*'),
      },
    ],
  },
  events: {
    types: ['aws_cloudwatch_event_rule', 'aws_cloudwatch_event_target'],
    statements: [
      {
        actions: of(
          'events',
          'DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets ' +
            'TagResource UntagResource',
        ),
        resources: arn('events', 'rule/${name}-*'),
      },
    ],
  },
  schedules: {
    types: ['aws_scheduler_schedule', 'aws_scheduler_schedule_group'],
    statements: [
      {
        actions: of(
          'scheduler',
          'CreateSchedule CreateScheduleGroup DeleteSchedule DeleteScheduleGroup GetSchedule GetScheduleGroup ' +
            'ListTagsForResource TagResource UntagResource UpdateSchedule',
        ),
        resources: arn('scheduler', 'schedule/${name}*/*', 'schedule/default/${name}-*', 'schedule-group/${name}*'),
      },
    ],
  },
} satisfies Record<string, Permission>;

const BOOTSTRAP = {
  state: {
    types: BUCKET_TYPES,
    statements: [
      { actions: BUCKET, resources: ['arn:aws:s3:::${name}-state-${account}'] },
      {
        actions: of('s3', 'DeleteObject GetObject PutObject'),
        resources: ['arn:aws:s3:::${name}-state-${account}/bootstrap/*'],
      },
      usesKey(['s3'], 'kms:Decrypt', 'kms:GenerateDataKey'),
    ],
  },
  keys: KEY,
  boundary: {
    types: ['aws_iam_policy'],
    statements: [
      {
        actions: of(
          'iam',
          'CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ' +
            'ListPolicyVersions TagPolicy UntagPolicy',
        ),
        resources: ['arn:aws:iam::${account}:policy/${name}-*'],
      },
    ],
  },
  ci: {
    types: ['aws_iam_role', 'aws_iam_role_policy', 'aws_iam_role_policy_attachment', 'aws_iam_openid_connect_provider'],
    statements: [
      {
        actions: [
          ...ROLE_READS,
          ...of(
            'iam',
            'AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy PutRolePolicy TagRole ' +
              'UntagRole UpdateAssumeRolePolicy UpdateRole',
          ),
        ],
        resources: ['arn:aws:iam::${account}:role/${name}-ci-*'],
      },
      {
        actions: of(
          'iam',
          'AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider ' +
            'GetOpenIDConnectProvider TagOpenIDConnectProvider UntagOpenIDConnectProvider ' +
            'UpdateOpenIDConnectProviderThumbprint',
        ),
        resources: ['arn:aws:iam::${account}:oidc-provider/*'],
      },
    ],
  },
} satisfies Record<string, Permission>;

/** Permissions that a part adds to the policy for `make infra-apply`. */
export const mayApply = (...concerns: readonly (keyof typeof APPLY)[]): Contribution[] =>
  concerns.map((concern): Contribution => ({ slot: 'apply-actions', key: concern, value: APPLY[concern] }));
/** Permissions that a part adds to the policy of the administrator, who runs `make infra-bootstrap`. */
export const mayBootstrap = (...concerns: readonly (keyof typeof BOOTSTRAP)[]): Contribution[] =>
  concerns.map((concern): Contribution => ({ slot: 'bootstrap-actions', key: concern, value: BOOTSTRAP[concern] }));
/** All permissions of both policies, for tests. */
export const PERMISSIONS: Readonly<Record<'apply' | 'bootstrap', Readonly<Record<string, Permission>>>> = {
  apply: APPLY,
  bootstrap: BOOTSTRAP,
};
