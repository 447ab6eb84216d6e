{{/* `istiod`, or `istiod-REV`. */}}
{{- define "istiod.name" -}}
istiod{{ include "istiod.suffix" . }}
{{- end -}}

{{/* `-REV` if there is a revision. */}}
{{- define "istiod.suffix" -}}
{{- if .v.revision }}-{{ .v.revision }}{{ end -}}
{{- end -}}

{{/* The selector of the pods: immutable in the cluster, so it never changes here. */}}
{{- define "istiod.selector" -}}
{{- if .v.revision -}}
app: istiod
istio.io/rev: {{ .v.revision | quote }}
{{- else -}}
istio: pilot
{{- end -}}
{{- end -}}

{{/* hub/image:tag[-variant]; an image with a slash is the whole reference. */}}
{{- define "istiod.image" -}}
{{- if contains "/" .v.image -}}
{{ .v.image }}
{{- else -}}
{{- $tag := default .root.Chart.AppVersion (default .v.global.tag .v.tag) -}}
{{- $variant := default .v.global.variant .v.variant -}}
{{ default .v.global.hub .v.hub }}/{{ .v.image }}:{{ $tag }}{{ if $variant }}-{{ $variant }}{{ end }}
{{- end -}}
{{- end -}}

{{/* The mesh configuration: what the chart knows, then meshConfig over it. */}}
{{- define "istiod.mesh" -}}
{{- $generated := dict
  "trustDomain" "cluster.local"
  "rootNamespace" .v.global.istioNamespace
  "defaultConfig" (dict "discoveryAddress" (printf "%s.%s.svc:15012" (include "istiod.name" .) .root.Release.Namespace))
-}}
{{- with .v.global.meshID -}}
{{- $_ := set $generated.defaultConfig "meshId" . -}}
{{- end -}}
{{- toYaml (mergeOverwrite $generated (deepCopy .v.meshConfig)) -}}
{{- end -}}
