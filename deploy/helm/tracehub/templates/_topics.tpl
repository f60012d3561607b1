{{/*
Every topic, as JSON: {"topics": {name: compacted}}, named as the hub names them.
*/}}
{{- define "tracehub.topics" -}}
{{- $found := dict "state.exchange" true "control.replay" false "control.audit" false "control.catalogue" true "control.rules" true "control.connections" true -}}
{{- range $id, $connection := .Values.connections -}}
{{- $settings := $connection.settings | default dict -}}
{{- $dotted := replace "/" "." $id -}}
{{- $direction := $settings.direction | default "both" -}}
{{- range $category := include "tracehub.categories" $settings | fromJsonArray -}}
{{- $_ := set $found (printf "event.%s" $category) false -}}
{{- if ne $direction "out" }}{{ $_ := set $found (printf "raw.%s.%s" $category $dotted) false }}{{ end -}}
{{- end -}}
{{- if ne $direction "in" -}}
{{- $_ := set $found (printf "deliver.%s" $dotted) false -}}
{{- $_ := set $found (printf "receipt.%s" $dotted) false -}}
{{- $_ := set $found (printf "state.deliver.%s" $dotted) true -}}
{{- end -}}
{{- if and $settings.collect_every_s (ne $direction "out") -}}
{{- $_ := set $found (printf "state.collect.%s" $dotted) true -}}
{{- end -}}
{{- $_ := set $found (printf "dead-letter.%s" $dotted) false -}}
{{- $_ := set $found (printf "state.connection.%s" $dotted) true -}}
{{- end -}}
{{- dict "topics" $found | toJson -}}
{{- end -}}

{{/* The categories that a connection deals in: all without a list. */}}
{{- define "tracehub.categories" -}}
{{- .categories | default (list "agri-food" "food" "drug" "agri-input" "special-equipment" "hazardous" "rare-earth" "maternal-child" "building-material" "appliance-auto" "local-specialty") | toJson -}}
{{- end -}}

{{/* One ACL entry on a topic: literal, never a wildcard. */}}
{{- define "tracehub.acl" -}}
- resource: {type: topic, name: {{ .topic }}, patternType: literal}
  operations: [{{ join ", " .operations }}]
{{ end -}}

{{/*
What a workload may do (least privilege, as `tracehub rights` says it): exchange alone writes event and
deliver topics; the gateway writes raw ones and reads them back; the index reads what became of
events; the console reads, and asks for what operators want; deliver and collect see their own
connection's. Called with the root and a workload.
*/}}
{{- define "tracehub.acls" -}}
{{- $workload := .workload -}}
{{- range $name, $_ := (include "tracehub.topics" .root | fromJson).topics -}}
{{- $operations := list -}}
{{- $own := hasSuffix (printf ".%s" $workload.label) $name -}}
{{- if eq $workload.service "exchange" -}}
{{- if or (hasPrefix "raw." $name) (hasPrefix "control." $name) }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if has $name (list "control.rules" "control.catalogue") }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if or (hasPrefix "event." $name) (hasPrefix "deliver." $name) }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if or (hasPrefix "dead-letter." $name) (eq "state.exchange" $name) }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- else if eq $workload.service "gateway" -}}
{{- if or (hasPrefix "raw." $name) (eq "control.connections" $name) }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- if hasPrefix "state.connection." $name }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if eq "control.audit" $name }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- else if eq $workload.service "index" -}}
{{- if or (hasPrefix "event." $name) (hasPrefix "receipt." $name) (hasPrefix "dead-letter." $name) }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- else if eq $workload.service "console" -}}
{{- if or (hasPrefix "raw." $name) (hasPrefix "deliver." $name) (hasPrefix "dead-letter." $name) (hasPrefix "state.connection." $name) }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if has $name (list "control.replay" "control.connections" "control.audit") }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- else if eq $workload.service "deliver" -}}
{{- if and $own (hasPrefix "deliver." $name) }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if and $own (or (hasPrefix "dead-letter." $name) (hasPrefix "receipt." $name)) }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if eq "control.connections" $name }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if and $own (hasPrefix "state.connection." $name) }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if and $own (hasPrefix "state.deliver." $name) }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- else if eq $workload.service "collect" -}}
{{- if and $own (hasPrefix "raw." $name) }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- if eq "control.connections" $name }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if and $own (hasPrefix "state.connection." $name) }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if and $own (hasPrefix "state.collect." $name) }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- end -}}
{{- if $operations -}}
{{ include "tracehub.acl" (dict "topic" $name "operations" $operations) }}
{{- end -}}
{{- end -}}
{{- with $workload.group -}}
- resource: {type: group, name: {{ . }}, patternType: literal}
  operations: [Read]
{{ end -}}
{{- if eq $workload.service "exchange" -}}
- resource: {type: group, name: exchange.replay, patternType: literal}
  operations: [Read]
{{ end -}}
{{- end -}}
