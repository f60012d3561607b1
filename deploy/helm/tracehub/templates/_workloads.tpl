{{/*
Every workload, as JSON: {"workloads": [{service, connection, name, label, group, secrets, egress}]}.
One exchange; a gateway, an index and a console when they are enabled; for each connection a deliver
and a collect where its settings ask for them.
*/}}
{{- define "tracehub.workloads" -}}
{{- $full := include "tracehub.fullname" . -}}
{{- $found := list (dict "service" "exchange" "connection" "" "name" (printf "%s-exchange" $full) "label" "exchange" "group" "exchange" "secrets" dict "egress" list) -}}
{{- if .Values.gateway.enabled -}}
{{- $found = append $found (dict "service" "gateway" "connection" "" "name" (printf "%s-gateway" $full) "label" "gateway" "group" "" "secrets" dict "egress" list) -}}
{{- end -}}
{{- if .Values.index.enabled -}}
{{- $found = append $found (dict "service" "index" "connection" "" "name" (printf "%s-index" $full) "label" "index" "group" "index" "secrets" dict "egress" .Values.index.egress) -}}
{{- end -}}
{{- if .Values.console.enabled -}}
{{- $found = append $found (dict "service" "console" "connection" "" "name" (printf "%s-console" $full) "label" "console" "group" "" "secrets" dict "egress" (concat .Values.index.egress .Values.console.egress)) -}}
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

{{/* How a service is scaled; collect and index are one pod, which writes alone. Called with the root and a workload. */}}
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
{{- if .Values.index.enabled }}{{ $_ := set $hub "index" (include "tracehub.index" . | fromJson) }}{{ end -}}
{{- if .Values.console.enabled }}{{ $_ := set $hub "console" (include "tracehub.console" . | fromJson) }}{{ end -}}
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

{{/* The index's part of hub.yaml; several pods look into it, so it is no file of one of them. */}}
{{- define "tracehub.index" -}}
{{- if not .Values.index.urlSecret.name -}}
{{- fail "index.enabled: give index.urlSecret, the PostgreSQL that holds it; a pod has no disk of its own" -}}
{{- end -}}
{{- dict "url" (dict "file" "/run/secrets/index/url") "retention_days" (int .Values.index.retentionDays) | toJson -}}
{{- end -}}

{{/* The console's part of hub.yaml. */}}
{{- define "tracehub.console" -}}
{{- $console := .Values.console -}}
{{- $oidc := $console.oidc -}}
{{- if not (and $oidc.issuer $oidc.clientId $oidc.clientSecret.name $oidc.address $oidc.grants $console.sessionKeySecret.name) -}}
{{- fail "console.enabled: give console.sessionKeySecret and issuer, clientId, clientSecret, address and grants of console.oidc: without a login the console listens on the loopback alone" -}}
{{- end -}}
{{- $login := dict "issuer" $oidc.issuer "client_id" $oidc.clientId "client_secret" (dict "file" "/run/secrets/console/client") "address" $oidc.address "claim" $oidc.claim "grants" $oidc.grants -}}
{{- dict "host" "0.0.0.0" "port" 9466 "metrics" (list (printf "http://%s-metrics:9464/metrics" (include "tracehub.fullname" .))) "session_key" (dict "file" "/run/secrets/console/session") "oidc" $login | toJson -}}
{{- end -}}

{{/*
What a workload mounts below /run/secrets beside Kafka's, as JSON: {folder: [[Secret, key, file]]}.
Called with the root and a workload.
*/}}
{{- define "tracehub.mounts" -}}
{{- $values := .root.Values -}}
{{- $service := .workload.service -}}
{{- $found := dict -}}
{{- if eq $service "gateway" -}}
{{- $tls := dict "name" $values.gateway.tls.secret -}}
{{- $_ := set $found "gateway" (list (list (merge (dict "key" "tls.crt") $tls) "tls.crt") (list (merge (dict "key" "tls.key") $tls) "tls.key") (list $values.gateway.tls.clientCaSecret "client-ca.crt") (list $values.gateway.signingKeySecret "signing.pem") (list $values.gateway.oauth.keysSecret "issuer.json")) -}}
{{- end -}}
{{- if and $values.index.enabled (has $service (list "index" "console")) -}}
{{- $_ := set $found "index" (list (list $values.index.urlSecret "url")) -}}
{{- end -}}
{{- if eq $service "console" -}}
{{- $_ := set $found "console" (list (list $values.console.sessionKeySecret "session") (list $values.console.oidc.clientSecret "client")) -}}
{{- end -}}
{{- $own := list -}}
{{- range $name, $place := .workload.secrets -}}
{{- $own = append $own (list (dict "name" $place.secret "key" $place.key) $name) -}}
{{- end -}}
{{- $_ := set $found "connection" $own -}}
{{- $mounts := dict -}}
{{- range $folder, $places := $found -}}
{{- $kept := list -}}
{{- range $each := $places -}}
{{- $secret := index $each 0 -}}
{{- with $secret.name }}{{ $kept = append $kept (list . $secret.key (index $each 1)) }}{{ end -}}
{{- end -}}
{{- with $kept }}{{ $_ := set $mounts $folder . }}{{ end -}}
{{- end -}}
{{- $mounts | toJson -}}
{{- end -}}
