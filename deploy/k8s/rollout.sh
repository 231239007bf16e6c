#!/bin/sh
# Brings an overlay to a cluster, in order: what all stand on, the migrations, then the services.
#   deploy/k8s/rollout.sh deploy/k8s/overlays/district
# May be repeated at any time. A migration that fails ends it: the services that run go on as they were.
set -eu
overlay=${1:?"用法 Usage: rollout.sh OVERLAY"}
namespace=${NAMESPACE:-dutyclock}
patience=${PATIENCE:-900s}
stage=app.kubernetes.io/component

say() { printf '· %s\n' "$1"; }
apply() { kubectl apply --server-side --field-manager=dutyclock -k "$overlay" -l "$1"; }

say "基础设施 The foundation: network, authority, database, bus"
apply "$stage notin (service,auditor,migrations)"
kubectl -n "$namespace" wait --for=condition=Ready --timeout="$patience" cluster.postgresql.cnpg.io/postgres
kubectl -n "$namespace" rollout status --timeout="$patience" statefulset/nats

say "数据库迁移 The migrations"
kubectl -n "$namespace" delete job/migrations --ignore-not-found --wait
apply "$stage=migrations"
if ! kubectl -n "$namespace" wait --for=condition=Complete --timeout="$patience" job/migrations; then
  kubectl -n "$namespace" logs job/migrations --tail=20 >&2 || true
  echo "✗ 迁移未完成，服务保持原状。The migrations did not complete; the services stay as they are." >&2
  exit 1
fi

say "服务 The services"
apply "$stage in (service,auditor)"
for service in registration testing alerts reporting auditor; do
  kubectl -n "$namespace" rollout status --timeout="$patience" "deployment/$service"
done

say "告警 Who is told when something fails"
for watching in statefulset/alertmanager deployment/watchdog; do
  kubectl -n "$namespace" rollout status --timeout="$patience" "$watching"
done
say "就绪 Ready"
