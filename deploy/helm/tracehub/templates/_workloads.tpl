{{/*
Every workload, as JSON: {"workloads": [{service, connection, name, label, group, topic, secrets, egress}]}.
One exchange; a gateway when it is enabled; for each connection a deliver and a collect where its
settings ask for them.
*/}}
{{- define "tracehub.workloads" -}}
{{- $full := include "tracehub.fullname" . -}}
{{- $found := list (dict "service" "exchange" "connection" "" "name" (printf "%s-exchange" $full) "label" "exchange" "group" "exchange" "secrets" dict "egress" list) -}}
{{- if .Values.gateway.enabled -}}
{{- $found = append $found (dict "service" "gateway" "connection" "" "name" (printf "%s-gateway" $full) "label" "gateway" "group" "" "secrets" dict "egress" list) -}}
{{- end -}}
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
{{- if and (ne $by "none") (ne .workload.service "gateway") (gt (int (dig .workload.service "autoscaling" "max" 1 .root.Values.services)) (int .root.Values.kafka.partitions)) -}}
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
{{- $services := dict "http_host" "0.0.0.0" "http_port" 9464 "drain_s" (.Values.hub.drainSeconds) "batch_records" (int .Values.hub.batchRecords) "log_level" .Values.hub.logLevel "codec" .Values.hub.codec "flood_rest_s" .Values.hub.floodRestSeconds "trace_ratio" .Values.hub.traceRatio -}}
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
{{- if .Values.gateway.enabled }}{{ $_ := set $hub "gateway" (include "tracehub.gateway" . | fromJson) }}{{ end -}}
{{- if .Values.hub.catalogue }}{{ $_ := set $hub "catalogue" (include "tracehub.editions" . | fromJsonArray) }}{{ end -}}
{{- if .Values.hub.regions }}{{ $_ := set $hub "regions" "regions.csv" }}{{ end -}}
{{- if .Values.hub.codes }}{{ $_ := set $hub "codes" "codes.yaml" }}{{ end -}}
{{- if .Values.hub.rules }}{{ $_ := set $hub "rules" "rules.yaml" }}{{ end -}}
{{- if .Values.hub.places }}{{ $_ := set $hub "places" "places.yaml" }}{{ end -}}
{{- toYaml $hub -}}
{{- end -}}

{{/* The files of product lists. */}}
{{- define "tracehub.editions" -}}
{{- $names := list -}}
{{- range $index, $_ := .Values.hub.catalogue }}{{ $names = append $names (printf "catalogue-%d.yaml" $index) }}{{ end -}}
{{- $names | toJson -}}
{{- end -}}

{{/* Every file beside hub.yaml, as JSON: {name: text}. */}}
{{- define "tracehub.files" -}}
{{- $files := dict -}}
{{- range $name, $text := .Values.hub.files }}{{ $_ := set $files $name $text }}{{ end -}}
{{- with .Values.hub.rules }}{{ $_ := set $files "rules.yaml" . }}{{ end -}}
{{- with .Values.hub.places }}{{ $_ := set $files "places.yaml" . }}{{ end -}}
{{- with .Values.hub.regions }}{{ $_ := set $files "regions.csv" . }}{{ end -}}
{{- with .Values.hub.codes }}{{ $_ := set $files "codes.yaml" . }}{{ end -}}
{{- range $index, $text := .Values.hub.catalogue }}{{ $_ := set $files (printf "catalogue-%d.yaml" $index) $text }}{{ end -}}
{{- dict "files" $files | toJson -}}
{{- end -}}

{{/* The gateway's part of hub.yaml: what is secret by the path that it is mounted at. */}}
{{- define "tracehub.gateway" -}}
{{- $gateway := .Values.gateway -}}
{{- if not (or $gateway.principals $gateway.principalsSecret.name) -}}
{{- fail "gateway.enabled: give gateway.principals or gateway.principalsSecret, or nobody can publish" -}}
{{- end -}}
{{- $found := dict "host" "0.0.0.0" "port" 9465 "principals" $gateway.principals -}}
{{- if $gateway.tls.secret -}}
{{- $found = merge $found (dict "certificate" "/run/secrets/gateway/tls.crt" "key" "/run/secrets/gateway/tls.key") -}}
{{- end -}}
{{- if $gateway.tls.clientCaSecret.name }}{{ $_ := set $found "client_ca" "/run/secrets/gateway/client-ca.crt" }}{{ end -}}
{{- if $gateway.signingKeySecret.name }}{{ $_ := set $found "signing_key" (dict "file" "/run/secrets/gateway/signing.pem") }}{{ end -}}
{{- if $gateway.oauth.issuer -}}
{{- $_ := set $found "oauth" (dict "issuer" $gateway.oauth.issuer "audience" $gateway.oauth.audience "keys" "/run/secrets/gateway/issuer.json") -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* What the gateway mounts at /run/secrets/gateway, as JSON: {"sources": [projected sources]}. */}}
{{- define "tracehub.gatewaySources" -}}
{{- $gateway := .Values.gateway -}}
{{- $found := list -}}
{{- with $gateway.tls.secret -}}
{{- $found = append $found (dict "secret" (dict "name" . "items" (list (dict "key" "tls.crt" "path" "tls.crt") (dict "key" "tls.key" "path" "tls.key")))) -}}
{{- end -}}
{{- $places := list (list $gateway.tls.clientCaSecret "client-ca.crt") (list $gateway.signingKeySecret "signing.pem") (list $gateway.oauth.keysSecret "issuer.json") -}}
{{- range $each := $places -}}
{{- $place := index $each 0 -}}
{{- if $place.name -}}
{{- $found = append $found (dict "secret" (dict "name" $place.name "items" (list (dict "key" $place.key "path" (index $each 1))))) -}}
{{- end -}}
{{- end -}}
{{- dict "sources" $found | toJson -}}
{{- end -}}
