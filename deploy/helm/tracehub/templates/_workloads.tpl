{{/*
Every workload, as JSON: {"workloads": [{service, connection, name, label, group, topic, secrets, egress}]}.
One exchange; for each connection a deliver and a collect where its settings ask for them.
*/}}
{{- define "tracehub.workloads" -}}
{{- $full := include "tracehub.fullname" . -}}
{{- $found := list (dict "service" "exchange" "connection" "" "name" (printf "%s-exchange" $full) "label" "exchange" "group" "exchange" "secrets" dict "egress" list) -}}
{{- range $id, $connection := .Values.connections -}}
{{- $settings := $connection.settings | default dict -}}
{{- $label := replace "/" "." $id -}}
{{- $common := dict "connection" $id "label" $label "secrets" ($connection.secrets | default dict) "egress" ($connection.egress | default list) -}}
{{- $short := ternary (replace "/" "-" $id) (printf "%s-%s" (replace "/" "-" $id | trunc 5 | trimSuffix "-") (sha256sum $id | trunc 8)) (le (len $id) 14) -}}
{{- if and $settings.url (ne ($settings.direction | default "both") "in") -}}
{{- $found = append $found (merge (dict "service" "deliver" "name" (printf "%s-deliver-%s" $full $short) "group" (printf "deliver.%s" $label)) $common) -}}
{{- end -}}
{{- if and $settings.collect_every_s (ne ($settings.direction | default "both") "out") -}}
{{- $found = append $found (merge (dict "service" "collect" "name" (printf "%s-collect-%s" $full $short) "group" (printf "collect.%s" $label)) $common) -}}
{{- end -}}
{{- end -}}
{{- dict "workloads" $found | toJson -}}
{{- end -}}

{{/* What tells one workload's pods from another's. */}}
{{- define "tracehub.component" -}}
app.kubernetes.io/component: {{ .service }}
tracehub/connection: {{ .label | quote }}
{{- end -}}

{{/* How a service is scaled; collect is one pod. Called with the root and a workload. */}}
{{- define "tracehub.scaling" -}}
{{- $by := dig .workload.service "autoscaling" "by" "none" .root.Values.services -}}
{{- if and (ne $by "none") (gt (int (dig .workload.service "autoscaling" "max" 1 .root.Values.services)) (int .root.Values.kafka.partitions)) -}}
{{- fail (printf "services.%s.autoscaling.max is more than kafka.partitions (%d): a pod without a partition has nothing to do" .workload.service (int .root.Values.kafka.partitions)) -}}
{{- end -}}
{{- $by -}}
{{- end -}}

{{/* hub.yaml: one file for all pods, secrets by the path they are mounted at. */}}
{{- define "tracehub.hub" -}}
{{- $kafka := .Values.kafka -}}
{{- $bus := dict "engine" "kafka" "servers" $kafka.servers "partitions" (int $kafka.partitions) "replication" (int $kafka.replication) "min_insync" (int $kafka.minInsync) "security" $kafka.security -}}
{{- if hasPrefix "SASL" $kafka.security -}}
{{- $bus = merge $bus (dict "username" $kafka.username "password" (dict "file" "/run/secrets/kafka/password")) -}}
{{- end -}}
{{- if and (hasSuffix "SSL" $kafka.security) $kafka.caSecret.name -}}
{{- $bus = merge $bus (dict "ca_file" "/run/secrets/kafka-ca/ca.crt") -}}
{{- end -}}
{{- $services := dict "http_host" "0.0.0.0" "http_port" 9464 "drain_s" (.Values.hub.drainSeconds) "batch_records" (int .Values.hub.batchRecords) "log_level" .Values.hub.logLevel -}}
{{- $connections := dict -}}
{{- range $id, $connection := .Values.connections -}}
{{- $secrets := dict -}}
{{- range $name, $_ := $connection.secrets -}}
{{- $_ := set $secrets $name (dict "file" (printf "/run/secrets/connection/%s" $name)) -}}
{{- end -}}
{{- $_ := set $connections $id (merge (dict "secrets" $secrets) ($connection.settings | default dict)) -}}
{{- end -}}
{{- $hub := dict "bus" $bus "services" $services "connections" $connections -}}
{{- with .Values.hub.registryUrl }}{{ $_ := set $hub "registry_url" . }}{{ end -}}
{{- if .Values.hub.rules }}{{ $_ := set $hub "rules" "rules.yaml" }}{{ end -}}
{{- if .Values.hub.places }}{{ $_ := set $hub "places" "places.yaml" }}{{ end -}}
{{- toYaml $hub -}}
{{- end -}}
