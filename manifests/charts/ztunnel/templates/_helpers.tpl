{{/* `ztunnel`, unless named otherwise. */}}
{{- define "ztunnel.name" -}}
{{ default "ztunnel" .v.resourceName }}
{{- end -}}

{{/* hub/image:tag[-variant]; an image with a slash is the whole reference. */}}
{{- define "ztunnel.image" -}}
{{- if contains "/" .v.image -}}
{{ .v.image }}
{{- else -}}
{{ .v.hub }}/{{ .v.image }}:{{ default .root.Chart.AppVersion .v.tag }}{{ with .v.variant }}-{{ . }}{{ end }}
{{- end -}}
{{- end -}}
