"""CloudNativePG's Cluster and ScheduledBackup, and the ObjectStore of its Barman Cloud plugin.

Written by hand after the types in `api/v1/cluster_types.go` and `scheduledbackup_types.go` of
cloudnative-pg/cloudnative-pg (1.28) and the CRD `barmancloud.cnpg.io_objectstores.yaml` of
cloudnative-pg/plugin-barman-cloud: only the fields that we set, so that a field more is looked up before it
is added. No package carries these CRDs.
"""

from typing import Annotated, Literal

from pydantic import Field

from tests.kubernetes.schemas.strictness import KeyOfSecret, Metadata, Named, Strict

Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?$")]
Compression = Literal["bzip2", "gzip", "snappy"]


class InitDb(Strict):
    database: str
    owner: str
    secret: Named
    dataChecksums: bool
    encoding: str
    localeProvider: Literal["builtin", "icu", "libc"]
    builtinLocale: str
    localeCollate: str
    localeCType: str


class Bootstrap(Strict):
    initdb: InitDb


class Role(Strict):
    name: str
    ensure: Literal["present", "absent"]
    login: bool
    inherit: bool
    createrole: bool
    passwordSecret: Named


class Managed(Strict):
    roles: list[Role]


class Synchronous(Strict):
    method: Literal["any", "first"]
    number: Annotated[int, Field(ge=1)]
    dataDurability: Literal["required", "preferred"]
    failoverQuorum: bool


class Postgresql(Strict):
    synchronous: Synchronous
    pg_hba: list[str]
    parameters: dict[str, str]


class Affinity(Strict):
    enablePodAntiAffinity: bool
    topologyKey: str
    podAntiAffinityType: Literal["preferred", "required"]


class Storage(Strict):
    size: Quantity
    resizeInUseVolumes: bool


class Resources(Strict):
    requests: dict[str, Quantity]
    limits: dict[str, Quantity]


class InheritedMetadata(Strict):
    labels: dict[str, str]


class Seccomp(Strict):
    type: Literal["RuntimeDefault", "Localhost", "Unconfined"]


class Plugin(Strict):
    name: str
    isWALArchiver: bool
    parameters: dict[str, str]


class MonitoringTls(Strict):
    enabled: bool


class Monitoring(Strict):
    tls: MonitoringTls


class ClusterSpec(Strict):
    instances: Annotated[int, Field(ge=1)]
    imageName: str
    inheritedMetadata: InheritedMetadata
    bootstrap: Bootstrap
    managed: Managed
    enableSuperuserAccess: bool
    monitoring: Monitoring
    postgresql: Postgresql
    primaryUpdateStrategy: Literal["unsupervised", "supervised"]
    primaryUpdateMethod: Literal["switchover", "restart"]
    enablePDB: bool
    affinity: Affinity
    storage: Storage
    walStorage: Storage
    resources: Resources
    seccompProfile: Seccomp
    plugins: list[Plugin]


class Cluster(Strict):
    apiVersion: Literal["postgresql.cnpg.io/v1"]
    kind: Literal["Cluster"]
    metadata: Metadata
    spec: ClusterSpec


class ScheduledBackupSpec(Strict):
    schedule: Annotated[str, Field(pattern=r"^(\S+ ){5}\S+$")]
    immediate: bool
    backupOwnerReference: Literal["none", "self", "cluster"]
    cluster: Named
    target: Literal["primary", "prefer-standby"]
    method: Literal["barmanObjectStore", "volumeSnapshot", "plugin"]
    pluginConfiguration: Named


class ScheduledBackup(Strict):
    apiVersion: Literal["postgresql.cnpg.io/v1"]
    kind: Literal["ScheduledBackup"]
    metadata: Metadata
    spec: ScheduledBackupSpec


class S3Credentials(Strict):
    accessKeyId: KeyOfSecret
    secretAccessKey: KeyOfSecret


class WalArchive(Strict):
    compression: Compression
    maxParallel: Annotated[int, Field(ge=1)]


class DataBackup(Strict):
    compression: Compression
    jobs: Annotated[int, Field(ge=1)]
    immediateCheckpoint: bool


class ObjectStoreConfiguration(Strict):
    destinationPath: Annotated[str, Field(min_length=1)]
    endpointURL: Annotated[str, Field(pattern="^https://")]
    s3Credentials: S3Credentials
    wal: WalArchive
    data: DataBackup


class ObjectStoreSpec(Strict):
    retentionPolicy: Annotated[str, Field(pattern="^[1-9][0-9]*[dwm]$")]
    configuration: ObjectStoreConfiguration


class ObjectStore(Strict):
    apiVersion: Literal["barmancloud.cnpg.io/v1"]
    kind: Literal["ObjectStore"]
    metadata: Metadata
    spec: ObjectStoreSpec
