/* Made by generate.py from the service models of botocore; do not edit. */
/* clang-format off */
#include "base/base.h"
#include "schema/internal.h"

const char schema_source[] = "botocore 1.44.5";
const char schema_released[] = "2026-11-17";

#pragma GCC diagnostic ignored "-Woverlength-strings"
const char schema_strings[] =
	"\0"
	"ENABLED\0"
	"DISABLED\0"
	"alternateTargetGroupArn\0"
	"productionListenerRule\0"
	"roleArn\0"
	"testListenerRule\0"
	"advancedConfiguration\0"
	"containerName\0"
	"containerPort\0"
	"loadBalancerName\0"
	"targetGroupArn\0"
	"port\0"
	"registryArn\0"
	"EC2\0"
	"FARGATE\0"
	"EXTERNAL\0"
	"MANAGED_INSTANCES\0"
	"base\0"
	"capacityProvider\0"
	"weight\0"
	"COUNT\0"
	"BOUNDED_PERCENT\0"
	"UNBOUNDED_PERCENT\0"
	"type\0"
	"value\0"
	"enable\0"
	"resetOnHealthyTask\0"
	"rollback\0"
	"thresholdConfiguration\0"
	"alarmNames\0"
	"ROLLING\0"
	"BLUE_GREEN\0"
	"LINEAR\0"
	"CANARY\0"
	"AWS_LAMBDA\0"
	"PAUSE\0"
	"RECONCILE_SERVICE\0"
	"PRE_SCALE_UP\0"
	"POST_SCALE_UP\0"
	"TEST_TRAFFIC_SHIFT\0"
	"POST_TEST_TRAFFIC_SHIFT\0"
	"PRE_PRODUCTION_TRAFFIC_SHIFT\0"
	"PRODUCTION_TRAFFIC_SHIFT\0"
	"POST_PRODUCTION_TRAFFIC_SHIFT\0"
	"ROLLBACK\0"
	"CONTINUE\0"
	"action\0"
	"timeoutInMinutes\0"
	"hookDetails\0"
	"hookTargetArn\0"
	"lifecycleStages\0"
	"targetType\0"
	"timeoutConfiguration\0"
	"stepBakeTimeInMinutes\0"
	"stepPercent\0"
	"canaryBakeTimeInMinutes\0"
	"canaryPercent\0"
	"BLOCKING\0"
	"DEFERRED\0"
	"healthyPercent\0"
	"sourceServiceRevisionCleanup\0"
	"alarms\0"
	"bakeTimeInMinutes\0"
	"canaryConfiguration\0"
	"deploymentCircuitBreaker\0"
	"earlySuccessCriteria\0"
	"lifecycleHooks\0"
	"linearConfiguration\0"
	"maximumPercent\0"
	"minimumHealthyPercent\0"
	"strategy\0"
	"distinctInstance\0"
	"memberOf\0"
	"expression\0"
	"random\0"
	"spread\0"
	"binpack\0"
	"field\0"
	"assignPublicIp\0"
	"securityGroups\0"
	"subnets\0"
	"awsvpcConfiguration\0"
	"REPLICA\0"
	"DAEMON\0"
	"ECS\0"
	"CODE_DEPLOY\0"
	"key\0"
	"TASK_DEFINITION\0"
	"SERVICE\0"
	"NONE\0"
	"exact\0"
	"name\0"
	"header\0"
	"dnsName\0"
	"testTrafficRules\0"
	"idleTimeoutSeconds\0"
	"perRequestTimeoutSeconds\0"
	"awsPcaAuthorityArn\0"
	"issuerCertificateAuthority\0"
	"kmsKey\0"
	"clientAliases\0"
	"discoveryName\0"
	"ingressPortOverride\0"
	"portName\0"
	"timeout\0"
	"tls\0"
	"json-file\0"
	"syslog\0"
	"journald\0"
	"gelf\0"
	"fluentd\0"
	"awslogs\0"
	"splunk\0"
	"awsfirelens\0"
	"valueFrom\0"
	"logDriver\0"
	"options\0"
	"secretOptions\0"
	"TEXT\0"
	"JSON\0"
	"format\0"
	"includeQueryParameters\0"
	"debug\0"
	"info\0"
	"logLevel\0"
	"accessLogConfiguration\0"
	"containerConfigurations\0"
	"enabled\0"
	"logConfiguration\0"
	"namespace\0"
	"services\0"
	"volume\0"
	"propagateTags\0"
	"resourceType\0"
	"tags\0"
	"ext3\0"
	"ext4\0"
	"xfs\0"
	"ntfs\0"
	"encrypted\0"
	"filesystemType\0"
	"iops\0"
	"kmsKeyId\0"
	"sizeInGiB\0"
	"snapshotId\0"
	"tagSpecifications\0"
	"throughput\0"
	"volumeInitializationRate\0"
	"volumeType\0"
	"managedEBSVolume\0"
	"HTTP\0"
	"HTTPS\0"
	"grpcCode\0"
	"httpCode\0"
	"healthCheckIntervalSeconds\0"
	"healthCheckPath\0"
	"healthCheckPort\0"
	"healthCheckProtocol\0"
	"healthCheckTimeoutSeconds\0"
	"healthyThresholdCount\0"
	"matcher\0"
	"unhealthyThresholdCount\0"
	"PUBLIC\0"
	"PRIVATE\0"
	"accessTypes\0"
	"timeoutSeconds\0"
	"deregistrationDelay\0"
	"filters\0"
	"healthCheck\0"
	"metricNames\0"
	"resolutionSeconds\0"
	"metricConfigurations\0"
	"availabilityZoneRebalancing\0"
	"capacityProviderStrategy\0"
	"clientToken\0"
	"cluster\0"
	"deploymentConfiguration\0"
	"deploymentController\0"
	"desiredCount\0"
	"enableECSManagedTags\0"
	"enableExecuteCommand\0"
	"gatewayConnectors\0"
	"healthCheckGracePeriodSeconds\0"
	"launchType\0"
	"loadBalancers\0"
	"monitoring\0"
	"networkConfiguration\0"
	"placementConstraints\0"
	"placementStrategy\0"
	"platformVersion\0"
	"role\0"
	"schedulingStrategy\0"
	"serviceConnectConfiguration\0"
	"serviceName\0"
	"serviceRegistries\0"
	"taskDefinition\0"
	"volumeConfigurations\0"
	"vpcLatticeConfigurations\0"
	"bridge\0"
	"host\0"
	"awsvpc\0"
	"none\0"
	"credentialsParameter\0"
	"tcp\0"
	"udp\0"
	"http\0"
	"http2\0"
	"grpc\0"
	"appProtocol\0"
	"containerPortRange\0"
	"hostPort\0"
	"protocol\0"
	"ignoredExitCodes\0"
	"restartAttemptPeriod\0"
	"s3\0"
	"containerPath\0"
	"readOnly\0"
	"sourceVolume\0"
	"sourceContainer\0"
	"add\0"
	"drop\0"
	"read\0"
	"write\0"
	"mknod\0"
	"hostPath\0"
	"permissions\0"
	"mountOptions\0"
	"size\0"
	"capabilities\0"
	"devices\0"
	"initProcessEnabled\0"
	"maxSwap\0"
	"sharedMemorySize\0"
	"swappiness\0"
	"tmpfs\0"
	"START\0"
	"COMPLETE\0"
	"SUCCESS\0"
	"HEALTHY\0"
	"condition\0"
	"disabled\0"
	"hostname\0"
	"ipAddress\0"
	"core\0"
	"cpu\0"
	"data\0"
	"fsize\0"
	"locks\0"
	"memlock\0"
	"msgqueue\0"
	"nice\0"
	"nofile\0"
	"nproc\0"
	"rss\0"
	"rtprio\0"
	"rttime\0"
	"sigpending\0"
	"stack\0"
	"hardLimit\0"
	"softLimit\0"
	"command\0"
	"interval\0"
	"retries\0"
	"startPeriod\0"
	"GPU\0"
	"InferenceAccelerator\0"
	"NeuronDevice\0"
	"maxComputePercent\0"
	"memory\0"
	"nvidiaMps\0"
	"sharingStrategy\0"
	"fluentbit\0"
	"credentialSpecs\0"
	"dependsOn\0"
	"disableNetworking\0"
	"dnsSearchDomains\0"
	"dnsServers\0"
	"dockerLabels\0"
	"dockerSecurityOptions\0"
	"entryPoint\0"
	"environment\0"
	"environmentFiles\0"
	"essential\0"
	"extraHosts\0"
	"firelensConfiguration\0"
	"image\0"
	"interactive\0"
	"links\0"
	"linuxParameters\0"
	"memoryReservation\0"
	"mountPoints\0"
	"portMappings\0"
	"privileged\0"
	"pseudoTerminal\0"
	"readonlyRootFilesystem\0"
	"repositoryCredentials\0"
	"resourceRequirements\0"
	"restartPolicy\0"
	"secrets\0"
	"startTimeout\0"
	"stopTimeout\0"
	"systemControls\0"
	"ulimits\0"
	"user\0"
	"versionConsistency\0"
	"volumesFrom\0"
	"workingDirectory\0"
	"sourcePath\0"
	"task\0"
	"shared\0"
	"autoprovision\0"
	"driver\0"
	"driverOpts\0"
	"labels\0"
	"scope\0"
	"accessPointId\0"
	"iam\0"
	"authorizationConfig\0"
	"fileSystemId\0"
	"rootDirectory\0"
	"transitEncryption\0"
	"transitEncryptionPort\0"
	"accessPointArn\0"
	"fileSystemArn\0"
	"domain\0"
	"configuredAtLaunch\0"
	"dockerVolumeConfiguration\0"
	"efsVolumeConfiguration\0"
	"fsxWindowsFileServerVolumeConfiguration\0"
	"s3filesVolumeConfiguration\0"
	"APPMESH\0"
	"properties\0"
	"deviceName\0"
	"deviceType\0"
	"X86_64\0"
	"ARM64\0"
	"WINDOWS_SERVER_2019_FULL\0"
	"WINDOWS_SERVER_2019_CORE\0"
	"WINDOWS_SERVER_2016_FULL\0"
	"WINDOWS_SERVER_2004_CORE\0"
	"WINDOWS_SERVER_2022_CORE\0"
	"WINDOWS_SERVER_2022_FULL\0"
	"WINDOWS_SERVER_2025_CORE\0"
	"WINDOWS_SERVER_2025_FULL\0"
	"WINDOWS_SERVER_20H2_CORE\0"
	"LINUX\0"
	"cpuArchitecture\0"
	"operatingSystemFamily\0"
	"SHARED\0"
	"ISOLATED_SANDBOX\0"
	"CONFIDENTIAL_SANDBOX\0"
	"attestationPolicy\0"
	"isolationMode\0"
	"containerDefinitions\0"
	"enableFaultInjection\0"
	"ephemeralStorage\0"
	"executionRoleArn\0"
	"family\0"
	"inferenceAccelerators\0"
	"ipcMode\0"
	"networkMode\0"
	"pidMode\0"
	"proxyConfiguration\0"
	"requiresCompatibilities\0"
	"runtimePlatform\0"
	"taskRoleArn\0"
	"trustedExecutionConfiguration\0"
	"volumes\0"
	"PERCENT\0"
	"unit\0"
	"externalId\0"
	"scale\0"
	"service\0"
	"forceNewDeployment\0"
	"nodejs\0"
	"nodejs4.3\0"
	"nodejs6.10\0"
	"nodejs8.10\0"
	"nodejs10.x\0"
	"nodejs12.x\0"
	"nodejs14.x\0"
	"nodejs16.x\0"
	"nodejs18.x\0"
	"nodejs20.x\0"
	"nodejs22.x\0"
	"nodejs24.x\0"
	"java8\0"
	"java8.al2\0"
	"java11\0"
	"java17\0"
	"java21\0"
	"java25\0"
	"python2.7\0"
	"python3.6\0"
	"python3.7\0"
	"python3.8\0"
	"python3.9\0"
	"python3.10\0"
	"python3.11\0"
	"python3.12\0"
	"python3.13\0"
	"python3.14\0"
	"dotnetcore1.0\0"
	"dotnetcore2.0\0"
	"dotnetcore2.1\0"
	"dotnetcore3.1\0"
	"dotnet6\0"
	"dotnet8\0"
	"dotnet10\0"
	"nodejs4.3-edge\0"
	"go1.x\0"
	"ruby2.5\0"
	"ruby2.7\0"
	"ruby3.2\0"
	"ruby3.3\0"
	"ruby3.4\0"
	"ruby4.0\0"
	"provided\0"
	"provided.al2\0"
	"provided.al2023\0"
	"nodejs26.x\0"
	"python3.15\0"
	"java8.al2023\0"
	"java11.al2023\0"
	"java17.al2023\0"
	"custom\0"
	"COPY\0"
	"REFERENCE\0"
	"ImageUri\0"
	"S3Bucket\0"
	"S3Key\0"
	"S3ObjectStorageMode\0"
	"S3ObjectVersion\0"
	"SourceKMSKeyArn\0"
	"ZipFile\0"
	"LATEST_PUBLISHED\0"
	"Ipv6AllowedForDualStack\0"
	"SecurityGroupIds\0"
	"SubnetIds\0"
	"Zip\0"
	"Image\0"
	"TargetArn\0"
	"Variables\0"
	"Active\0"
	"PassThrough\0"
	"Mode\0"
	"AUTO\0"
	"DirectS3Read\0"
	"Arn\0"
	"LocalMountPath\0"
	"S3FilesConfig\0"
	"Command\0"
	"EntryPoint\0"
	"WorkingDirectory\0"
	"x86_64\0"
	"arm64\0"
	"Size\0"
	"PublishedVersions\0"
	"None\0"
	"ApplyOn\0"
	"Text\0"
	"TRACE\0"
	"DEBUG\0"
	"INFO\0"
	"WARN\0"
	"ERROR\0"
	"FATAL\0"
	"ApplicationLogLevel\0"
	"LogFormat\0"
	"LogGroup\0"
	"SystemLogLevel\0"
	"PER_TENANT\0"
	"TenantIsolationMode\0"
	"CapacityProviderArn\0"
	"ExecutionEnvironmentMemoryGiBPerVCpu\0"
	"PerExecutionEnvironmentMaxConcurrency\0"
	"LambdaManagedInstancesCapacityProviderConfig\0"
	"ExecutionTimeout\0"
	"KMSKeyArn\0"
	"RetentionPeriodInDays\0"
	"RuntimeAlias\0"
	"RuntimeArn\0"
	"AcceleratorMemorySize\0"
	"AcceleratorConfig\0"
	"Architectures\0"
	"CapacityProviderConfig\0"
	"Code\0"
	"CodeSigningConfigArn\0"
	"DeadLetterConfig\0"
	"Description\0"
	"DurableConfig\0"
	"Environment\0"
	"EphemeralStorage\0"
	"FileSystemConfigs\0"
	"FunctionName\0"
	"Handler\0"
	"ImageConfig\0"
	"Layers\0"
	"LoggingConfig\0"
	"MemorySize\0"
	"PackageType\0"
	"Publish\0"
	"PublishTo\0"
	"Role\0"
	"Runtime\0"
	"RuntimeConfig\0"
	"SnapStart\0"
	"Tags\0"
	"TenancyConfig\0"
	"Timeout\0"
	"TracingConfig\0"
	"VpcConfig\0"
	"Pattern\0"
	"Filters\0"
	"EventCount\0"
	"ErrorCount\0"
	"KafkaMetrics\0"
	"Metrics\0"
	"MaximumConcurrency\0"
	"TRIM_HORIZON\0"
	"LATEST\0"
	"AT_TIMESTAMP\0"
	"Destination\0"
	"OnFailure\0"
	"OnSuccess\0"
	"BASIC_AUTH\0"
	"VPC_SUBNET\0"
	"VPC_SECURITY_GROUP\0"
	"SASL_SCRAM_512_AUTH\0"
	"SASL_SCRAM_256_AUTH\0"
	"VIRTUAL_HOST\0"
	"CLIENT_CERTIFICATE_TLS_AUTH\0"
	"SERVER_ROOT_CA_CERTIFICATE\0"
	"OAUTHBEARER_AUTH\0"
	"OAUTHBEARER_SCOPE\0"
	"OAUTHBEARER_AUDIENCE\0"
	"OAUTHBEARER_LOGICAL_CLUSTER\0"
	"OAUTHBEARER_IDENTITY_POOL\0"
	"IAM_AUTH\0"
	"IAM_OAUTHBEARER_AUTH\0"
	"Type\0"
	"URI\0"
	"KAFKA_BOOTSTRAP_SERVERS\0"
	"Endpoints\0"
	"ReportBatchItemFailures\0"
	"SOURCE\0"
	"KEY\0"
	"VALUE\0"
	"Attribute\0"
	"AccessConfigs\0"
	"EventRecordFormat\0"
	"SchemaRegistryURI\0"
	"SchemaValidationConfigs\0"
	"ConsumerGroupId\0"
	"SchemaRegistryConfig\0"
	"Stream\0"
	"Queue\0"
	"ConsumptionMode\0"
	"UpdateLookup\0"
	"Default\0"
	"CollectionName\0"
	"DatabaseName\0"
	"FullDocument\0"
	"MaximumPollers\0"
	"MinimumPollers\0"
	"PollerGroupName\0"
	"AmazonManagedKafkaEventSourceConfig\0"
	"BatchSize\0"
	"BisectBatchOnFunctionError\0"
	"DestinationConfig\0"
	"DocumentDBEventSourceConfig\0"
	"Enabled\0"
	"EventSourceArn\0"
	"FilterCriteria\0"
	"FunctionResponseTypes\0"
	"MaximumBatchingWindowInSeconds\0"
	"MaximumRecordAgeInSeconds\0"
	"MaximumRetryAttempts\0"
	"MetricsConfig\0"
	"ParallelizationFactor\0"
	"ProvisionedPollerConfig\0"
	"Queues\0"
	"ScalingConfig\0"
	"SelfManagedEventSource\0"
	"SelfManagedKafkaEventSourceConfig\0"
	"SourceAccessConfigurations\0"
	"StartingPosition\0"
	"StartingPositionTimestamp\0"
	"Topics\0"
	"TumblingWindowInSeconds\0"
	"AWS_IAM\0"
	"AllowCredentials\0"
	"AllowHeaders\0"
	"AllowMethods\0"
	"AllowOrigins\0"
	"ExposeHeaders\0"
	"MaxAge\0"
	"BUFFERED\0"
	"RESPONSE_STREAM\0"
	"AuthType\0"
	"Cors\0"
	"InvokeMode\0"
	"Qualifier\0"
	"account\0"
	"region\0"
	"ALL_AT_ONCE\0"
	"percent\0"
	"waitInterval\0"
	"percentage\0"
	"wait\0"
	"pollInterval\0"
	"timeoutPerTask\0"
	"failureThresholdPercent\0"
	"failureThreshold\0"
	"failureThresholdPercentage\0"
	"deploy\0"
	"shift\0"
	"before\0"
	"container\0"
	"trafficShiftingConfig\0"
	"gmDeploymentCircuitBreaker\0"
	"targetGroupArnPairs\0"
	"stabilityCheck\0"
	"approval\0"
	"circuitBreaker\0"
	"deleteNewUponFailure\0"
	"deleteNewUponTrafficShiftFailure\0"
	"depends_on\0"
	"fallbackCapacityProviderStrategy\0"
	"readinessCheck\0"
	"replaceService\0"
	"targetGroupPairs\0"
	"trafficShift\0"
	"trafficShifting\0"
	"maxRetries\0"
	"provisionedConcurrentExecutions\0"
	"alias\0"
	"keepVersions\0"
	"provisionedConcurrency\0"
	"elasticloadbalancing.amazonaws.com\0"
	"apigateway.amazonaws.com\0"
	"AliasStageVariableName\0"
	"AlaisStageVariableName\0"
	"ApiId\0"
	"RouteId\0"
	"Service\0"
	"TargetGroupArn\0"
	"EventSourceMapping\0"
	"FunctionUrlConfig\0"
	"FunctionUrl\0"
	"PullEventSources\0"
	"PushEventSources\0"
	"([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)\0"
	"(arn:(aws[a-zA-Z-]*)\077:lambda:)\077((eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1}:)\077(\\d{12}:)\077(function:)\077([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))\077\0"
	"arn:(aws[a-zA-Z-]*)\077:iam::\\d{12}:role/\077[a-zA-Z_0-9+=,.@\\-_/]+\0"
	"[^\\s]+\0"
	"[0-9A-Za-z\\.\\-_]*(\077<!\\.)\0"
	"(arn:(aws[a-zA-Z-]*)\077:[a-z0-9-.]+:.*)|()\0"
	"subnet-[0-9a-z]*\0"
	"sg-[0-9a-zA-Z]*\0"
	"[a-zA-Z]([a-zA-Z0-9_])+\0"
	"((arn:(aws[a-zA-Z-]*)\077:lambda:(eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))\0"
	"arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1}:\\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}\0"
	"/mnt/[a-zA-Z0-9-_.]+\0"
	"arn:(aws[a-zA-Z-]*)\077:lambda:(eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1}:\\d{12}:code-signing-config:csc-[a-z0-9]{17}\0"
	"[\\.\\-_/#A-Za-z0-9]+\0"
	"arn:aws[a-zA-Z-]*:lambda:(eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1}:\\d{12}:capacity-provider:[a-zA-Z0-9-_]+\0"
	"arn:[a-z-]+:lambda:[a-z0-9-]+:\\d{12}:runtime/.+\0"
	"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1})\077:(\\d{12})\077:(.*)\0"
	"(arn:(aws[a-zA-Z-]*)\077:lambda:)\077((eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1}:)\077(\\d{12}:)\077(function:)\077([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)\077|[a-zA-Z0-9-_]+))\077\0"
	"$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1})\077:(\\d{12})\077:(.*)\0"
	"[^.]([a-zA-Z0-9\\-_.]+)\0"
	"[ a-zA-Z0-9-\\/*:_+=.@-]*\0"
	"(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}\0"
	"[a-zA-Z0-9-\\/*:_+=.@-]*\0"
	"[^ /\\.$\\x22]*\0"
	"(^(\077!(system\\x2e)))(^[_a-zA-Z0-9])([^$]*)\0"
	"[a-zA-Z0-9-_]*\0"
	"(arn:(aws[a-zA-Z-]*)\077:lambda:)\077((eusc-)\077[a-z]{2}((-gov)|(-iso([a-z]\077)))\077-[a-z]+-\\d{1}:)\077(\\d{12}:)\077(function:)\077([a-zA-Z0-9-_]{1,64})(:((\077!\\d+$)[0-9a-zA-Z-_]+))\077\0"
	"((\077!^\\d+$)^[0-9a-zA-Z-_]+$)\0"
	"[a-z]{2,}(-[a-z]+)+-[0-9]+\0"
	"[0-9]{12}\0"
	"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+\0"
	"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[^/]+/[0-9a-f]+\0"
	"(\077!^[0-9]+$)([a-zA-Z0-9-_]+)\0"
	"[A-Za-z0-9_]+\0";

const struct shape_member schema_members[] = {
	{ 18, 1, 0, 0 },
	{ 42, 1, 0, 0 },
	{ 65, 1, 0, 0 },
	{ 73, 1, 0, 0 },
	{ 90, 6, 0, 0 },
	{ 112, 1, 0, 0 },
	{ 126, 5, 0, 0 },
	{ 140, 1, 0, 0 },
	{ 157, 1, 0, 0 },
	{ 112, 1, 0, 0 },
	{ 126, 5, 0, 0 },
	{ 172, 5, 0, 0 },
	{ 177, 1, 0, 0 },
	{ 228, 13, 0, 0 },
	{ 233, 1, MEMBER_REQUIRED, 0 },
	{ 250, 12, 0, 0 },
	{ 297, 19, MEMBER_REQUIRED, 0 },
	{ 302, 20, MEMBER_REQUIRED, 0 },
	{ 308, 16, MEMBER_REQUIRED, 0 },
	{ 315, 17, 0, 0 },
	{ 334, 16, MEMBER_REQUIRED, 0 },
	{ 343, 18, 0, 0 },
	{ 366, 22, MEMBER_REQUIRED, 0 },
	{ 308, 16, MEMBER_REQUIRED, 0 },
	{ 334, 16, MEMBER_REQUIRED, 0 },
	{ 617, 33, 0, 0 },
	{ 624, 32, 0, 0 },
	{ 641, 30, 0, 0 },
	{ 653, 1, 0, 0 },
	{ 667, 28, 0, 0 },
	{ 65, 27, 0, 0 },
	{ 683, 26, 0, 0 },
	{ 694, 31, 0, 0 },
	{ 715, 20, 0, 0 },
	{ 737, 35, 0, 0 },
	{ 749, 20, 0, 0 },
	{ 773, 35, 0, 0 },
	{ 308, 16, MEMBER_REQUIRED, 0 },
	{ 805, 38, 0, 0 },
	{ 820, 39, 0, 0 },
	{ 849, 21, 0, 0 },
	{ 856, 5, 0, 0 },
	{ 874, 36, 0, 0 },
	{ 894, 15, 0, 0 },
	{ 919, 37, 0, 0 },
	{ 940, 24, 0, 0 },
	{ 955, 34, 0, 0 },
	{ 975, 5, 0, 0 },
	{ 990, 5, 0, 0 },
	{ 1012, 23, 0, 0 },
	{ 1047, 1, 0, 0 },
	{ 297, 42, 0, 0 },
	{ 1080, 1, 0, 0 },
	{ 297, 45, 0, 0 },
	{ 1086, 48, 0, 0 },
	{ 1101, 22, 0, 0 },
	{ 1116, 22, MEMBER_REQUIRED, 0 },
	{ 1124, 47, 0, 0 },
	{ 297, 51, MEMBER_REQUIRED, 0 },
	{ 1175, 54, 0, 0 },
	{ 302, 55, 0, 0 },
	{ 1208, 1, MEMBER_REQUIRED, 0 },
	{ 1214, 1, MEMBER_REQUIRED, 0 },
	{ 302, 65, 0, 0 },
	{ 1219, 64, MEMBER_REQUIRED, 0 },
	{ 1226, 1, 0, 0 },
	{ 172, 62, MEMBER_REQUIRED, 0 },
	{ 1234, 63, 0, 0 },
	{ 1251, 67, 0, 0 },
	{ 1270, 67, 0, 0 },
	{ 1295, 1, 0, 0 },
	{ 1314, 69, MEMBER_REQUIRED, 0 },
	{ 1341, 1, 0, 0 },
	{ 65, 1, 0, 0 },
	{ 1348, 60, 0, 0 },
	{ 1362, 1, 0, 0 },
	{ 1376, 62, 0, 0 },
	{ 1396, 1, MEMBER_REQUIRED, 0 },
	{ 1405, 66, 0, 0 },
	{ 1413, 68, 0, 0 },
	{ 1214, 1, MEMBER_REQUIRED, 0 },
	{ 1483, 1, MEMBER_REQUIRED, 0 },
	{ 1493, 71, MEMBER_REQUIRED, 0 },
	{ 1503, 72, 0, 0 },
	{ 1511, 73, 0, 0 },
	{ 1535, 76, MEMBER_REQUIRED, 0 },
	{ 1542, 77, 0, 0 },
	{ 1576, 80, 0, 0 },
	{ 1585, 75, 0, 0 },
	{ 1608, 78, 0, 0 },
	{ 1632, 16, MEMBER_REQUIRED, 0 },
	{ 1640, 70, 0, 0 },
	{ 1657, 1, 0, 0 },
	{ 1667, 58, 0, 0 },
	{ 1683, 56, 0, 0 },
	{ 1697, 90, MEMBER_REQUIRED, 0 },
	{ 1710, 52, 0, 0 },
	{ 1734, 17, 0, 0 },
	{ 1744, 91, 0, 0 },
	{ 1759, 5, 0, 0 },
	{ 1764, 85, 0, 0 },
	{ 65, 27, MEMBER_REQUIRED, 0 },
	{ 1773, 5, 0, 0 },
	{ 1783, 87, 0, 0 },
	{ 1794, 88, 0, 0 },
	{ 1812, 5, 0, 0 },
	{ 1823, 5, 0, 0 },
	{ 1848, 86, 0, 0 },
	{ 1859, 84, 0, 0 },
	{ 1214, 83, MEMBER_REQUIRED, 0 },
	{ 18, 1, 0, 0 },
	{ 42, 1, 0, 0 },
	{ 73, 1, 0, 0 },
	{ 90, 94, 0, 0 },
	{ 1396, 1, MEMBER_REQUIRED, 0 },
	{ 65, 27, MEMBER_REQUIRED, 0 },
	{ 157, 1, MEMBER_REQUIRED, 0 },
	{ 1887, 1, 0, 0 },
	{ 1896, 1, 0, 0 },
	{ 1905, 5, 0, 0 },
	{ 1932, 1, 0, 0 },
	{ 1948, 5, 0, 0 },
	{ 1964, 98, 0, 0 },
	{ 1984, 5, 0, 0 },
	{ 2010, 5, 0, 0 },
	{ 2032, 99, 0, 0 },
	{ 2040, 5, 0, 0 },
	{ 2079, 101, 0, 0 },
	{ 2091, 104, 0, 0 },
	{ 2106, 103, 0, 0 },
	{ 2126, 100, 0, 0 },
	{ 2134, 97, 0, 0 },
	{ 1396, 1, MEMBER_REQUIRED, 0 },
	{ 2146, 108, MEMBER_REQUIRED, 0 },
	{ 2158, 110, MEMBER_REQUIRED, 0 },
	{ 2176, 106, 0, 0 },
	{ 2197, 2, 0, 0 },
	{ 2225, 10, 0, 0 },
	{ 2250, 1, 0, 0 },
	{ 2262, 1, 0, 0 },
	{ 2270, 14, 0, 0 },
	{ 2294, 50, 0, 0 },
	{ 2315, 5, 0, 0 },
	{ 2328, 16, 0, 0 },
	{ 2349, 16, 0, 0 },
	{ 2370, 95, 0, 0 },
	{ 2388, 5, 0, 0 },
	{ 2418, 9, 0, 0 },
	{ 2429, 3, 0, 0 },
	{ 2443, 105, 0, 0 },
	{ 2454, 46, 0, 0 },
	{ 2475, 40, 0, 0 },
	{ 2496, 43, 0, 0 },
	{ 2514, 1, 0, 0 },
	{ 1683, 56, 0, 0 },
	{ 2530, 1, 0, 0 },
	{ 2535, 49, 0, 0 },
	{ 2554, 57, 0, 0 },
	{ 2582, 1, MEMBER_REQUIRED, 0 },
	{ 2594, 7, 0, 0 },
	{ 1710, 52, 0, 0 },
	{ 2612, 1, 0, 0 },
	{ 2627, 81, 0, 0 },
	{ 2648, 92, 0, 0 },
	{ 2697, 1, MEMBER_REQUIRED, 0 },
	{ 2742, 119, 0, 0 },
	{ 126, 5, 0, 0 },
	{ 2754, 1, 0, 0 },
	{ 2773, 5, 0, 0 },
	{ 1214, 1, 0, 0 },
	{ 2782, 118, 0, 0 },
	{ 1632, 17, MEMBER_REQUIRED, 0 },
	{ 2791, 121, 0, 0 },
	{ 2808, 5, 0, 0 },
	{ 1214, 1, 0, 0 },
	{ 302, 1, 0, 0 },
	{ 297, 126, MEMBER_REQUIRED, 0 },
	{ 302, 1, MEMBER_REQUIRED, 0 },
	{ 2832, 1, 0, 0 },
	{ 2846, 17, 0, 0 },
	{ 2855, 1, 0, 0 },
	{ 2846, 17, 0, 0 },
	{ 2868, 1, 0, 0 },
	{ 2884, 22, 0, 0 },
	{ 2888, 22, 0, 0 },
	{ 2832, 1, 0, 0 },
	{ 2910, 1, MEMBER_REQUIRED, 0 },
	{ 2919, 135, 0, 0 },
	{ 2832, 1, MEMBER_REQUIRED, 0 },
	{ 2931, 22, 0, 0 },
	{ 2944, 20, MEMBER_REQUIRED, 0 },
	{ 2949, 132, 0, 0 },
	{ 2962, 133, 0, 0 },
	{ 2970, 17, 0, 0 },
	{ 2989, 5, 0, 0 },
	{ 2997, 5, 0, 0 },
	{ 3014, 5, 0, 0 },
	{ 3025, 137, 0, 0 },
	{ 3062, 141, MEMBER_REQUIRED, 0 },
	{ 112, 1, MEMBER_REQUIRED, 0 },
	{ 3081, 1, MEMBER_REQUIRED, 0 },
	{ 3090, 1, MEMBER_REQUIRED, 0 },
	{ 3196, 20, MEMBER_REQUIRED, 0 },
	{ 1214, 148, MEMBER_REQUIRED, 0 },
	{ 3206, 20, MEMBER_REQUIRED, 0 },
	{ 3216, 22, MEMBER_REQUIRED, 0 },
	{ 3224, 5, 0, 0 },
	{ 3233, 5, 0, 0 },
	{ 3241, 5, 0, 0 },
	{ 1405, 5, 0, 0 },
	{ 1657, 1, 0, 0 },
	{ 302, 1, 0, 0 },
	{ 3291, 158, 0, 0 },
	{ 3309, 157, MEMBER_REQUIRED, 0 },
	{ 3316, 156, 0, 0 },
	{ 3326, 155, 0, 0 },
	{ 297, 154, MEMBER_REQUIRED, 0 },
	{ 302, 1, 0, 0 },
	{ 1503, 161, 0, 0 },
	{ 297, 160, MEMBER_REQUIRED, 0 },
	{ 3216, 22, 0, 0 },
	{ 3105, 20, 0, 0 },
	{ 3352, 22, 0, 0 },
	{ 3368, 139, 0, 0 },
	{ 3378, 17, 0, 0 },
	{ 3396, 22, 0, 0 },
	{ 3413, 22, 0, 0 },
	{ 3424, 145, 0, 0 },
	{ 3437, 22, 0, 0 },
	{ 3459, 22, 0, 0 },
	{ 3470, 122, 0, 0 },
	{ 3482, 124, 0, 0 },
	{ 3499, 17, 0, 0 },
	{ 3509, 143, 0, 0 },
	{ 3520, 159, 0, 0 },
	{ 2134, 149, 0, 0 },
	{ 3081, 1, 0, 0 },
	{ 3542, 1, 0, 0 },
	{ 3548, 17, 0, 0 },
	{ 3560, 22, 0, 0 },
	{ 3566, 131, 0, 0 },
	{ 1640, 70, 0, 0 },
	{ 3309, 5, 0, 0 },
	{ 3582, 5, 0, 0 },
	{ 3600, 127, 0, 0 },
	{ 1214, 1, 0, 0 },
	{ 3612, 116, 0, 0 },
	{ 3625, 17, 0, 0 },
	{ 3636, 17, 0, 0 },
	{ 3651, 17, 0, 0 },
	{ 3674, 115, 0, 0 },
	{ 3696, 152, 0, 0 },
	{ 3717, 120, 0, 0 },
	{ 3731, 73, 0, 0 },
	{ 3739, 5, 0, 0 },
	{ 3752, 5, 0, 0 },
	{ 3764, 150, 0, 0 },
	{ 3779, 146, 0, 0 },
	{ 3787, 1, 0, 0 },
	{ 3792, 142, 0, 0 },
	{ 3811, 129, 0, 0 },
	{ 3823, 1, 0, 0 },
	{ 3840, 1, 0, 0 },
	{ 3863, 17, 0, 0 },
	{ 3877, 1, 0, 0 },
	{ 3884, 167, 0, 0 },
	{ 3895, 167, 0, 0 },
	{ 3902, 166, 0, 0 },
	{ 3908, 1, 0, 0 },
	{ 3922, 171, 0, 0 },
	{ 3926, 170, 0, 0 },
	{ 3946, 1, MEMBER_REQUIRED, 0 },
	{ 3959, 1, 0, 0 },
	{ 3973, 169, 0, 0 },
	{ 3991, 5, 0, 0 },
	{ 4013, 1, 0, 0 },
	{ 4028, 1, MEMBER_REQUIRED, 0 },
	{ 3959, 1, 0, 0 },
	{ 3991, 5, 0, 0 },
	{ 2697, 1, MEMBER_REQUIRED, 0 },
	{ 4042, 1, MEMBER_REQUIRED, 0 },
	{ 3926, 174, MEMBER_REQUIRED, 0 },
	{ 3946, 1, MEMBER_REQUIRED, 0 },
	{ 3959, 1, MEMBER_REQUIRED, 0 },
	{ 4049, 17, 0, 0 },
	{ 4068, 165, 0, 0 },
	{ 4094, 168, 0, 0 },
	{ 4117, 173, 0, 0 },
	{ 2680, 164, 0, 0 },
	{ 1214, 1, 0, 0 },
	{ 4157, 172, 0, 0 },
	{ 1047, 1, 0, 0 },
	{ 297, 177, 0, 0 },
	{ 112, 1, MEMBER_REQUIRED, 0 },
	{ 4192, 184, 0, 0 },
	{ 297, 183, 0, 0 },
	{ 4203, 1, MEMBER_REQUIRED, 0 },
	{ 4214, 1, MEMBER_REQUIRED, 0 },
	{ 1773, 20, MEMBER_REQUIRED, 0 },
	{ 4469, 189, 0, 0 },
	{ 4485, 190, 0, 0 },
	{ 4552, 1, 0, 0 },
	{ 4570, 192, MEMBER_REQUIRED, 0 },
	{ 4584, 113, MEMBER_REQUIRED, 0 },
	{ 3105, 1, 0, 0 },
	{ 4605, 17, 0, 0 },
	{ 4626, 187, 0, 0 },
	{ 4643, 1, 0, 0 },
	{ 4660, 1, MEMBER_REQUIRED, 0 },
	{ 4667, 185, 0, 0 },
	{ 4689, 181, 0, 0 },
	{ 3309, 1, 0, 0 },
	{ 4697, 112, 0, 0 },
	{ 4709, 180, 0, 0 },
	{ 2475, 175, 0, 0 },
	{ 4717, 182, 0, 0 },
	{ 4736, 178, 0, 0 },
	{ 4760, 188, 0, 0 },
	{ 1710, 52, 0, 0 },
	{ 4776, 1, 0, 0 },
	{ 4788, 191, 0, 0 },
	{ 4818, 162, 0, 0 },
	{ 4834, 195, 0, 0 },
	{ 302, 35, 0, 0 },
	{ 2225, 10, 0, 0 },
	{ 2250, 1, 0, 0 },
	{ 2262, 1, MEMBER_REQUIRED, 0 },
	{ 4839, 1, 0, 0 },
	{ 2418, 9, 0, 0 },
	{ 2429, 3, 0, 0 },
	{ 2454, 46, 0, 0 },
	{ 2514, 1, 0, 0 },
	{ 4850, 194, 0, 0 },
	{ 4856, 1, MEMBER_REQUIRED, 0 },
	{ 2594, 7, 0, 0 },
	{ 1710, 52, 0, 0 },
	{ 2612, 1, MEMBER_REQUIRED, 0 },
	{ 2197, 2, 0, 0 },
	{ 2225, 10, 0, 0 },
	{ 2262, 1, 0, 0 },
	{ 2270, 14, 0, 0 },
	{ 2294, 50, 0, 0 },
	{ 2315, 5, 0, 0 },
	{ 2328, 17, 0, 0 },
	{ 2349, 17, 0, 0 },
	{ 4864, 16, 0, 0 },
	{ 2370, 95, 0, 0 },
	{ 2388, 5, 0, 0 },
	{ 2429, 3, 0, 0 },
	{ 2443, 105, 0, 0 },
	{ 2454, 46, 0, 0 },
	{ 2475, 40, 0, 0 },
	{ 2496, 43, 0, 0 },
	{ 2514, 1, 0, 0 },
	{ 1683, 56, 0, 0 },
	{ 4856, 1, MEMBER_REQUIRED, 0 },
	{ 2554, 57, 0, 0 },
	{ 2594, 7, 0, 0 },
	{ 2612, 1, 0, 0 },
	{ 2627, 81, 0, 0 },
	{ 2648, 92, 0, 0 },
	{ 5432, 208, 0, 0 },
	{ 5441, 204, 0, 0 },
	{ 5450, 205, 0, 0 },
	{ 5456, 207, 0, 0 },
	{ 5476, 206, 0, 0 },
	{ 5492, 209, 0, 0 },
	{ 5508, 203, 0, 0 },
	{ 5533, 220, 0, 0 },
	{ 5557, 218, 0, 0 },
	{ 5574, 216, 0, 0 },
	{ 5594, 223, 0, 0 },
	{ 5604, 225, 0, 0 },
	{ 5633, 229, 0, 0 },
	{ 5643, 240, 0, 0 },
	{ 5656, 237, MEMBER_REQUIRED, 0 },
	{ 5660, 238, MEMBER_REQUIRED, 0 },
	{ 5675, 239, 0, 0 },
	{ 5689, 243, 0, 0 },
	{ 5697, 243, 0, 0 },
	{ 5708, 244, 0, 0 },
	{ 5738, 248, MEMBER_REQUIRED, 0 },
	{ 5766, 250, 0, 0 },
	{ 5813, 253, 0, 0 },
	{ 5833, 252, 0, 0 },
	{ 5843, 255, 0, 0 },
	{ 5852, 254, 0, 0 },
	{ 5878, 257, MEMBER_REQUIRED, 0 },
	{ 5898, 260, MEMBER_REQUIRED, 0 },
	{ 5918, 262, 0, 0 },
	{ 5955, 261, 0, 0 },
	{ 5993, 259, MEMBER_REQUIRED, 0 },
	{ 6038, 265, 0, 0 },
	{ 6055, 209, 0, 0 },
	{ 6065, 264, 0, 0 },
	{ 6087, 268, MEMBER_REQUIRED, 0 },
	{ 6100, 267, MEMBER_REQUIRED, 0 },
	{ 6111, 270, MEMBER_REQUIRED, 0 },
	{ 6133, 269, 0, 0 },
	{ 6151, 245, 0, 0 },
	{ 6165, 258, 0, 0 },
	{ 6188, 202, MEMBER_REQUIRED, 0 },
	{ 6193, 241, 0, 0 },
	{ 6214, 222, 0, 0 },
	{ 6231, 210, 0, 0 },
	{ 6243, 263, 0, 0 },
	{ 6257, 224, 0, 0 },
	{ 6269, 247, 0, 0 },
	{ 6286, 235, 0, 0 },
	{ 6304, 198, MEMBER_REQUIRED, 0 },
	{ 6317, 201, 0, 0 },
	{ 6325, 242, 0, 0 },
	{ 6055, 209, 0, 0 },
	{ 6337, 233, 0, 0 },
	{ 6344, 251, 0, 0 },
	{ 6358, 212, 0, 0 },
	{ 6369, 221, 0, 0 },
	{ 6381, 213, 0, 0 },
	{ 6389, 214, 0, 0 },
	{ 6399, 200, MEMBER_REQUIRED, 0 },
	{ 6404, 199, 0, 0 },
	{ 6412, 266, 0, 0 },
	{ 6426, 249, 0, 0 },
	{ 6436, 230, 0, 0 },
	{ 6441, 256, 0, 0 },
	{ 6455, 211, 0, 0 },
	{ 6463, 228, 0, 0 },
	{ 6477, 215, 0, 0 },
	{ 6487, 279, 0, 0 },
	{ 6495, 277, 0, 0 },
	{ 6538, 281, 0, 0 },
	{ 5852, 284, 0, 0 },
	{ 6546, 286, 0, 0 },
	{ 6598, 293, 0, 0 },
	{ 6598, 293, 0, 0 },
	{ 6610, 294, 0, 0 },
	{ 6620, 292, 0, 0 },
	{ 6919, 305, 0, 0 },
	{ 6924, 306, 0, 0 },
	{ 6952, 308, 0, 0 },
	{ 6919, 320, 0, 0 },
	{ 6924, 272, 0, 0 },
	{ 7003, 323, 0, 0 },
	{ 7013, 318, 0, 0 },
	{ 7027, 317, 0, 0 },
	{ 7045, 316, 0, 0 },
	{ 7063, 321, 0, 0 },
	{ 7087, 306, 0, 0 },
	{ 7103, 315, 0, 0 },
	{ 7087, 306, 0, 0 },
	{ 7137, 325, 0, 0 },
	{ 7103, 315, 0, 0 },
	{ 7174, 328, 0, 0 },
	{ 7189, 327, 0, 0 },
	{ 7202, 329, 0, 0 },
	{ 7215, 332, 0, 0 },
	{ 7230, 331, 0, 0 },
	{ 7245, 333, 0, 0 },
	{ 7261, 314, 0, 0 },
	{ 7297, 275, 0, 0 },
	{ 7307, 296, 0, 0 },
	{ 7334, 291, 0, 0 },
	{ 7352, 326, 0, 0 },
	{ 7380, 274, 0, 0 },
	{ 7388, 272, 0, 0 },
	{ 7403, 276, 0, 0 },
	{ 6304, 273, MEMBER_REQUIRED, 0 },
	{ 7418, 312, 0, 0 },
	{ 6055, 209, 0, 0 },
	{ 6344, 283, 0, 0 },
	{ 7440, 287, 0, 0 },
	{ 7471, 295, 0, 0 },
	{ 7497, 297, 0, 0 },
	{ 7518, 280, 0, 0 },
	{ 7532, 288, 0, 0 },
	{ 7554, 330, 0, 0 },
	{ 7578, 301, 0, 0 },
	{ 7585, 285, 0, 0 },
	{ 7599, 307, 0, 0 },
	{ 7622, 324, 0, 0 },
	{ 7656, 303, 0, 0 },
	{ 7683, 289, 0, 0 },
	{ 7700, 290, 0, 0 },
	{ 6436, 230, 0, 0 },
	{ 7726, 299, 0, 0 },
	{ 7733, 298, 0, 0 },
	{ 7765, 339, 0, 0 },
	{ 7782, 340, 0, 0 },
	{ 7795, 342, 0, 0 },
	{ 7808, 344, 0, 0 },
	{ 7821, 340, 0, 0 },
	{ 7835, 346, 0, 0 },
	{ 7867, 337, MEMBER_REQUIRED, 0 },
	{ 7876, 338, 0, 0 },
	{ 6304, 335, MEMBER_REQUIRED, 0 },
	{ 7881, 347, 0, 0 },
	{ 7892, 336, 0, 0 },
	{ 7902, 351, 0, 0 },
	{ 7910, 350, 0, 0 },
	{ 65, 352, 0, 0 },
	{ 3224, 356, MEMBER_MISNOMER, 7937 },
	{ 7929, 355, 0, 0 },
	{ 7950, 355, MEMBER_MISNOMER, 7929 },
	{ 297, 354, 0, 0 },
	{ 7961, 356, MEMBER_MISNOMER, 7937 },
	{ 7937, 356, 0, 0 },
	{ 366, 361, 0, 0 },
	{ 3224, 365, MEMBER_MISNOMER, 7966 },
	{ 7966, 365, 0, 0 },
	{ 1405, 365, 0, 0 },
	{ 7979, 356, 0, 0 },
	{ 7937, 365, MEMBER_MISNOMER, 7966 },
	{ 8018, 367, 0, 0 },
	{ 7994, 368, 0, 0 },
	{ 8035, 368, MEMBER_MISNOMER, 7994 },
	{ 334, 363, 0, 0 },
	{ 8075, 370, MEMBER_REQUIRED, 0 },
	{ 1405, 365, 0, 0 },
	{ 3216, 376, MEMBER_REQUIRED, 0 },
	{ 8082, 375, MEMBER_MISNOMER, 112 },
	{ 112, 375, MEMBER_REQUIRED, 0 },
	{ 1214, 375, MEMBER_MISNOMER, 112 },
	{ 1405, 365, 0, 0 },
	{ 3851, 374, MEMBER_REQUIRED, 0 },
	{ 7902, 349, MEMBER_MISNOMER, 3470 },
	{ 849, 360, 0, 0 },
	{ 8176, 369, 0, 0 },
	{ 8075, 373, 0, 0 },
	{ 8185, 366, MEMBER_MISNOMER, 8114 },
	{ 8200, 363, 0, 0 },
	{ 8221, 363, 0, 0 },
	{ 3368, 371, 0, 0 },
	{ 8254, 371, MEMBER_MISNOMER, 3368 },
	{ 894, 366, MEMBER_MISNOMER, 8114 },
	{ 3470, 349, 0, 0 },
	{ 8265, 10, 0, 0 },
	{ 8114, 366, 0, 0 },
	{ 8298, 364, MEMBER_MISNOMER, 8161 },
	{ 7910, 349, MEMBER_MISNOMER, 3470 },
	{ 8313, 363, 0, 0 },
	{ 8161, 364, 0, 0 },
	{ 8141, 357, 0, 0 },
	{ 8328, 357, MEMBER_MISNOMER, 8141 },
	{ 8345, 353, MEMBER_MISNOMER, 8092 },
	{ 8358, 353, MEMBER_MISNOMER, 8092 },
	{ 8092, 353, 0, 0 },
	{ 8374, 367, 0, 0 },
	{ 7966, 365, MEMBER_MISNOMER, 7937 },
	{ 3233, 367, MEMBER_MISNOMER, 8374 },
	{ 7937, 365, 0, 0 },
	{ 7902, 349, MEMBER_MISNOMER, 3470 },
	{ 849, 360, 0, 0 },
	{ 8417, 379, MEMBER_REQUIRED, 0 },
	{ 8176, 369, 0, 0 },
	{ 8200, 363, 0, 0 },
	{ 8221, 363, 0, 0 },
	{ 3368, 371, 0, 0 },
	{ 8254, 371, MEMBER_MISNOMER, 3368 },
	{ 3470, 349, 0, 0 },
	{ 8423, 367, 0, 0 },
	{ 8436, 367, MEMBER_MISNOMER, 8385 },
	{ 8385, 367, 0, 0 },
	{ 8298, 380, 0, 0 },
	{ 7910, 349, MEMBER_MISNOMER, 3470 },
	{ 8161, 380, MEMBER_MISNOMER, 8298 },
	{ 8345, 353, MEMBER_MISNOMER, 8092 },
	{ 8358, 353, MEMBER_MISNOMER, 8092 },
	{ 8092, 353, 0, 0 },
	{ 8542, 385, MEMBER_MISNOMER | MEMBER_ACCEPTED, 8519 },
	{ 8519, 385, 0, 0 },
	{ 8565, 375, 0, 0 },
	{ 8571, 375, 0, 0 },
	{ 8579, 384, MEMBER_REQUIRED, 0 },
	{ 8587, 359, 0, 0 },
	{ 7261, 314, 0, 0 },
	{ 7297, 275, 0, 0 },
	{ 7307, 296, 0, 0 },
	{ 7334, 291, 0, 0 },
	{ 7352, 326, 0, 0 },
	{ 7380, 274, 0, 0 },
	{ 7388, 272, 0, 0 },
	{ 7403, 276, 0, 0 },
	{ 6304, 273, 0, 0 },
	{ 7418, 312, 0, 0 },
	{ 6055, 209, 0, 0 },
	{ 6344, 283, 0, 0 },
	{ 7440, 287, 0, 0 },
	{ 7471, 295, 0, 0 },
	{ 7497, 297, 0, 0 },
	{ 7518, 280, 0, 0 },
	{ 7532, 288, 0, 0 },
	{ 7554, 330, 0, 0 },
	{ 7578, 301, 0, 0 },
	{ 7585, 285, 0, 0 },
	{ 7599, 307, 0, 0 },
	{ 7622, 324, 0, 0 },
	{ 7656, 303, 0, 0 },
	{ 7683, 289, 0, 0 },
	{ 7700, 290, 0, 0 },
	{ 6436, 230, 0, 0 },
	{ 7726, 299, 0, 0 },
	{ 7733, 298, 0, 0 },
	{ 8602, 388, MEMBER_REQUIRED, 0 },
	{ 7867, 337, MEMBER_REQUIRED, 0 },
	{ 7876, 338, 0, 0 },
	{ 7881, 347, 0, 0 },
	{ 8639, 389, MEMBER_MISNOMER, 8621 },
	{ 8621, 389, 0, 0 },
	{ 8651, 386, 0, 0 },
	{ 8668, 382, 0, 0 },
};

const uint32_t schema_enums[] = {
	1, 9, 189, 193, 201, 210, 257, 263, 279, 377, 385, 396, 403, 410, 421, 427,
	445, 458, 472, 491, 515, 544, 569, 599, 608, 787, 796, 1021, 1038, 1058, 1065, 1072,
	1, 9, 1144, 1152, 1159, 1163, 201, 1179, 1195, 1203, 1417, 1427, 1434, 1443, 1448, 1456,
	1464, 1471, 1525, 1530, 9, 1, 1565, 1571, 1676, 1715, 1720, 1725, 1729, 1876, 1881, 2064,
	2071, 2673, 2680, 2685, 2692, 2718, 2722, 2726, 2731, 2737, 2829, 2893, 2898, 2904, 3031, 3037,
	3046, 3054, 1632, 3072, 3100, 3105, 3109, 3114, 3120, 3126, 3134, 3143, 3148, 3155, 3161, 3165,
	3172, 3179, 3190, 3253, 3257, 3278, 1448, 3342, 3851, 3856, 1, 9, 1, 9, 1038, 189,
	193, 201, 210, 2680, 3851, 2680, 3851, 2692, 4184, 4225, 4232, 4238, 4263, 4288, 4313, 4338,
	4363, 4388, 4413, 4438, 4463, 4507, 4514, 4531, 4826, 4883, 4890, 4900, 4911, 4922, 4933, 4944,
	4955, 4966, 4977, 4988, 4999, 5010, 5016, 5026, 5033, 5040, 5047, 5054, 5064, 5074, 5084, 5094,
	5104, 5115, 5126, 5137, 5148, 5159, 5173, 5187, 5201, 5215, 5223, 5231, 5240, 5255, 5261, 5269,
	5277, 5285, 5293, 5301, 5309, 5318, 5331, 5347, 5358, 5369, 5382, 5396, 5410, 5417, 5422, 5516,
	5584, 5588, 5614, 5621, 1, 9, 5638, 5725, 5732, 5743, 5761, 1530, 5774, 5779, 5785, 5791,
	5796, 5801, 5807, 5785, 5791, 5796, 5867, 6503, 6514, 6525, 5785, 5791, 5796, 6565, 6578, 6585,
	6630, 6641, 6652, 6671, 6691, 6711, 6724, 6752, 6779, 6796, 6814, 6835, 6863, 6889, 6898, 6928,
	6962, 1530, 6986, 6630, 6724, 6752, 6779, 6993, 6997, 7124, 7131, 7153, 7166, 1203, 7757, 7842,
	7851, 403, 396, 7917, 8062, 8069, 8459, 8494,
};

const struct shape schema_shapes[] = {
	{ SHAPE_STRUCTURE, 0, 28, 136, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 4, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 5, 4, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 8, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 9, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 4, 2, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 11, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 13, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(1000000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(100000000) },
	{ SHAPE_STRUCTURE, 0, 10, 40, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 18, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 16, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 6, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 22, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 1, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 4, 9, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 25, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 6, 27, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 13, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 29, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 8, 15, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, SHAPE_DOCUMENT, 0, 25, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 25, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(20160000) },
	{ SHAPE_STRING, 0, 2, 23, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 33, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_NUMBER, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 35, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 37, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(100000) },
	{ SHAPE_STRING, 0, 2, 25, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 41, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 50, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 27, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 44, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 52, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 29, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 57, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 54, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 32, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 34, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 58, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 36, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 53, 0, 0, INT64_C(0), INT64_C(50000) },
	{ SHAPE_STRUCTURE, 0, 2, 59, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 1, INT64_C(1000), INT64_C(128000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 1, INT64_C(0), INT64_C(256000) },
	{ SHAPE_STRING, 0, 3, 39, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 6, 88, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 59, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 6, 74, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 61, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 65, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(65535000) },
	{ SHAPE_STRUCTURE, 0, 1, 64, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 62, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 61, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 68, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(2147483647000) },
	{ SHAPE_STRUCTURE, 0, 3, 71, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 70, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 82, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 8, 42, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_MAP, 0, 0, 0, 1, 1, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 74, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 80, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 85, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 50, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 52, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 79, 0, 0, INT64_C(0), INT64_C(10000) },
	{ SHAPE_STRUCTURE, SHAPE_UNION, 1, 87, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 54, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 82, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 108, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 11, 97, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 89, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 94, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 1, 56, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 4, 57, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 93, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 113, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 110, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 96, 0, 0, INT64_C(0), INT64_C(1000) },
	{ SHAPE_STRUCTURE, 0, 4, 129, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 8, 119, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 61, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 117, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 127, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 102, 0, 0, INT64_C(0), INT64_C(2000) },
	{ SHAPE_STRING, 0, 2, 63, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 128, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(3600000) },
	{ SHAPE_STRUCTURE, 0, 1, 135, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 107, 0, 0, INT64_C(0), INT64_C(5000) },
	{ SHAPE_STRUCTURE, 0, 2, 133, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 109, 0, 0, INT64_C(1000), INT64_C(5000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(255000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(20000), INT64_C(60000) },
	{ SHAPE_STRUCTURE, 0, 19, 303, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 4, 65, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 114, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 42, 220, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 164, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 117, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 6, 165, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 69, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 71, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 171, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 5, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 123, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 174, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 125, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 176, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 1, 74, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 128, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 178, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 130, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 181, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 7, 191, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 183, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 134, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 185, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 136, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 75, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 138, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 188, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 140, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 198, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 4, 78, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 82, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 144, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 200, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_MAP, 0, 0, 0, 1, 1, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 147, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 202, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 15, 84, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 5, 205, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 151, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 210, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 153, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 215, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 99, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, SHAPE_UNION, 1, 214, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 212, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(100000) },
	{ SHAPE_STRUCTURE, 0, 2, 218, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 102, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_MAP, 0, 0, 0, 1, 1, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 163, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 7, 284, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 262, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 5, 263, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 104, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_MAP, 0, 0, 0, 1, 1, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 5, 270, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 106, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 268, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 108, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 275, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 281, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 279, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 176, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 291, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 1, 110, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 179, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 4, 111, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 115, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 117, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 293, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 1, 120, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 123, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 186, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 296, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 298, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 299, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 121, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 10, 123, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 301, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 133, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 13, 324, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 322, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 1, 136, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 24, 337, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 30, 398, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 2, INT64_C(1000), INT64_C(140000) },
	{ SHAPE_STRING, 0, 52, 137, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 3, INT64_C(0), INT64_C(10000000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 4, INT64_C(0), INT64_C(128000) },
	{ SHAPE_STRUCTURE, 0, 7, 361, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_BLOB, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 5, INT64_C(3000), INT64_C(63000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(1024000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(1024000) },
	{ SHAPE_STRING, 0, 2, 189, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 6, INT64_C(0), INT64_C(10000000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(256000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(5400000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(128000), INT64_C(32768000) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 1, 191, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 368, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 217, 0, 0, INT64_C(0), INT64_C(16000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 7, INT64_C(0), INT64_C(1024000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 219, 0, 0, INT64_C(0), INT64_C(5000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 8, INT64_C(0), INT64_C(1024000) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 192, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 371, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 6, INT64_C(0), INT64_C(10000000) },
	{ SHAPE_STRUCTURE, 0, 1, 372, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_MAP, 0, 0, 0, 226, 227, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 9, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 373, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 194, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_MAP, 0, 0, 0, 231, 232, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 1, INT64_C(0), INT64_C(256000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 1, INT64_C(1000), INT64_C(128000) },
	{ SHAPE_LIST, 0, 0, 0, 234, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 10, INT64_C(1000), INT64_C(2048000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 236, 0, 0, INT64_C(0), INT64_C(1000) },
	{ SHAPE_STRUCTURE, 0, 3, 375, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 11, INT64_C(0), INT64_C(256000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 12, INT64_C(0), INT64_C(160000) },
	{ SHAPE_STRUCTURE, 0, 1, 374, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 196, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 13, INT64_C(0), INT64_C(200000) },
	{ SHAPE_STRUCTURE, 0, 3, 378, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 208, 0, 0, INT64_C(0), INT64_C(1500000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(1000000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 246, 0, 0, INT64_C(1000), INT64_C(1000) },
	{ SHAPE_STRING, 0, 2, 199, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 381, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(512000), INT64_C(32768000) },
	{ SHAPE_STRUCTURE, 0, 1, 382, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 201, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 383, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 203, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 6, 205, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 211, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 14, INT64_C(1000), INT64_C(512000) },
	{ SHAPE_STRUCTURE, 0, 1, 387, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 1, 214, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 391, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 388, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 15, INT64_C(1000), INT64_C(140000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(1600000) },
	{ SHAPE_NUMBER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(2000), INT64_C(8000) },
	{ SHAPE_STRUCTURE, 0, 3, 392, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(90000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(31622400000) },
	{ SHAPE_STRUCTURE, 0, 2, 395, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 16, INT64_C(48000), INT64_C(2048000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(128000) },
	{ SHAPE_STRUCTURE, 0, 1, 397, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 28, 458, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 17, INT64_C(0), INT64_C(10000000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 18, INT64_C(1000), INT64_C(256000) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(10000000) },
	{ SHAPE_STRUCTURE, 0, 1, 429, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 278, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 428, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(4096000) },
	{ SHAPE_STRUCTURE, 0, 1, 430, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 282, 0, 0, INT64_C(0), INT64_C(3000) },
	{ SHAPE_STRING, 0, 3, 215, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 431, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 218, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 432, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(2000), INT64_C(1000000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(300000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(10000) },
	{ SHAPE_STRING, 0, 3, 221, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_TIMESTAMP, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 435, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 433, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 19, INT64_C(0), INT64_C(350000) },
	{ SHAPE_STRUCTURE, 0, 1, 434, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(-1000), INT64_C(604800000) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(-1000), INT64_C(10000000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(900000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 300, 0, 0, INT64_C(1000), INT64_C(1000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 20, INT64_C(1000), INT64_C(249000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 302, 0, 0, INT64_C(1000), INT64_C(1000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(1000000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 304, 0, 0, INT64_C(0), INT64_C(23000) },
	{ SHAPE_STRUCTURE, 0, 2, 437, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 15, 224, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 21, INT64_C(1000), INT64_C(200000) },
	{ SHAPE_STRUCTURE, 0, 1, 439, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_MAP, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 309, 311, 0, INT64_C(1000), INT64_C(2000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 310, 0, 0, INT64_C(1000), INT64_C(10000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 22, INT64_C(1000), INT64_C(300000) },
	{ SHAPE_STRING, 0, 1, 239, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 313, 0, 0, INT64_C(0), INT64_C(1000) },
	{ SHAPE_STRING, 0, 1, 240, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 447, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 443, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 23, INT64_C(1000), INT64_C(10000000) },
	{ SHAPE_STRING, 0, 2, 241, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 319, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 2, 440, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 4, 243, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 322, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 442, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 247, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 449, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 249, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 452, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 24, INT64_C(1000), INT64_C(63000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 25, INT64_C(1000), INT64_C(57000) },
	{ SHAPE_STRING, 0, 2, 251, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 455, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(200000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(10000000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 26, INT64_C(0), INT64_C(128000) },
	{ SHAPE_STRUCTURE, 0, 5, 492, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 27, INT64_C(1000), INT64_C(140000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 28, INT64_C(1000), INT64_C(128000) },
	{ SHAPE_STRING, 0, 2, 253, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 6, 486, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 341, 0, 0, INT64_C(0), INT64_C(100000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(1024000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 343, 0, 0, INT64_C(0), INT64_C(6000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(6000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 345, 0, 0, INT64_C(0), INT64_C(100000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(253000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(86400000) },
	{ SHAPE_STRING, 0, 2, 255, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 22, 524, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 497, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 29, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 30, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 31, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 6, 500, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 3, 257, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(100000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(604800000) },
	{ SHAPE_LIST, 0, 0, 0, 358, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 359, 0, 0, INT64_C(2000), INT64_C(2000) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 32, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 506, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MAX, 0, 0, 362, 0, 0, INT64_C(0), INT64_C(100000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(255000) },
	{ SHAPE_BOOLEAN, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 5, 507, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(604800000) },
	{ SHAPE_STRUCTURE, 0, 4, 512, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(1000000000) },
	{ SHAPE_INTEGER, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(100000) },
	{ SHAPE_STRUCTURE, 0, 2, 516, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 260, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 372, 0, 0, INT64_C(1000), INT64_C(100000) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(1024000) },
	{ SHAPE_STRUCTURE, 0, 1, 523, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 5, 518, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 0, INT64_C(1000), INT64_C(128000) },
	{ SHAPE_LIST, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 377, 0, 0, INT64_C(1000), INT64_C(100000) },
	{ SHAPE_STRING, 0, 0, 0, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 18, 550, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 33, INT64_C(1000), INT64_C(128000) },
	{ SHAPE_STRUCTURE, 0, 4, 546, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 4, 606, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_LIST, 0, 0, 0, 383, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 6, 568, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, 0, 2, 262, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRING, SHAPE_HAS_MIN | SHAPE_HAS_MAX, 0, 0, 0, 0, 34, INT64_C(1000), INT64_C(128000) },
	{ SHAPE_LIST, SHAPE_SINGLE_ALLOWED, 0, 0, 387, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 1, 602, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 28, 574, 0, 0, 0, INT64_C(0), INT64_C(0) },
	{ SHAPE_STRUCTURE, 0, 3, 603, 0, 0, 0, INT64_C(0), INT64_C(0) },
};

const uint32_t schema_patterns[SCHEMA_PATTERNS] = {
	8685,
	8715,
	8871,
	8933,
	8940,
	8965,
	9006,
	9023,
	9039,
	9063,
	9237,
	9467,
	9488,
	9614,
	9634,
	9753,
	9801,
	9913,
	10085,
	10238,
	10261,
	10286,
	10403,
	10427,
	10441,
	10483,
	10498,
	10658,
	10686,
	10713,
	10723,
	10779,
	10864,
	10893,
};

const struct schema_root schema_roots[SCHEMA_INPUT_NR] = {
	[SCHEMA_CREATE_SERVICE] = { 0, "ecs:CreateService" },
	[SCHEMA_REGISTER_TASK_DEFINITION] = { 111, "ecs:RegisterTaskDefinition" },
	[SCHEMA_CREATE_TASK_SET] = { 193, "ecs:CreateTaskSet" },
	[SCHEMA_UPDATE_SERVICE] = { 196, "ecs:UpdateService" },
	[SCHEMA_CREATE_FUNCTION] = { 197, "lambda:CreateFunction" },
	[SCHEMA_CREATE_EVENT_SOURCE_MAPPING] = { 271, "lambda:CreateEventSourceMapping" },
	[SCHEMA_CREATE_FUNCTION_URL_CONFIG] = { 334, "lambda:CreateFunctionUrlConfig" },
	[SCHEMA_ECS_SETTINGS] = { 348, "EcsSettings" },
	[SCHEMA_LAMBDA_SETTINGS] = { 378, "LambdaSettings" },
	[SCHEMA_LAMBDA_EVENT_SOURCES] = { 381, "EventSources" },
};
