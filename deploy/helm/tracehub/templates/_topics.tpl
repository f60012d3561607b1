{{/*
Every topic, as JSON: {"topics": {name: compacted}}, named as the hub names them.
*/}}
{{- define "tracehub.topics" -}}
{{- $found := dict "state.exchange" true "state.deliver" true "state.collect" true -}}
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
{{- end -}}
{{- $_ := set $found (printf "dead-letter.%s" $dotted) false -}}
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
What a workload may do (least privilege): exchange alone writes event and deliver topics; deliver and
collect see their own connection's. Every topic's existence is checked at start, hence Describe.
Called with the root and a workload.
*/}}
{{- define "tracehub.acls" -}}
{{- $workload := .workload -}}
{{- range $name, $_ := (include "tracehub.topics" .root | fromJson).topics -}}
{{- $operations := list "Describe" -}}
{{- $own := hasSuffix (printf ".%s" $workload.label) $name -}}
{{- if eq $workload.service "exchange" -}}
{{- if hasPrefix "raw." $name }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if or (hasPrefix "event." $name) (hasPrefix "deliver." $name) }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if or (hasPrefix "dead-letter." $name) (eq "state.exchange" $name) }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- else if eq $workload.service "deliver" -}}
{{- if and $own (hasPrefix "deliver." $name) }}{{ $operations = append $operations "Read" }}{{ end -}}
{{- if and $own (or (hasPrefix "dead-letter." $name) (hasPrefix "receipt." $name)) }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if eq "state.deliver" $name }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- else if eq $workload.service "collect" -}}
{{- if and $own (hasPrefix "raw." $name) }}{{ $operations = append $operations "Write" }}{{ end -}}
{{- if eq "state.collect" $name }}{{ $operations = concat $operations (list "Read" "Write") }}{{ end -}}
{{- end -}}
{{ include "tracehub.acl" (dict "topic" $name "operations" $operations) }}
{{- end -}}
{{- with $workload.group -}}
- resource: {type: group, name: {{ . }}, patternType: literal}
  operations: [Describe, Read]
{{ end -}}
{{- end -}}
