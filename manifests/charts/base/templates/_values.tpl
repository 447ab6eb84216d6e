{{/*
The effective values: chart defaults < profile < compatibility version < platform < the user's own.
In every layer its values keep their prefix, so that one values file serves all charts
and the user's own value wins in either spelling.
*/}}
{{- define "base.values" -}}
{{- if hasKey .Values "defaults" -}}
{{- fail "values below `defaults` have no effect: drop that prefix" -}}
{{- end -}}
{{- $user := include "base.flat" (omit .Values "_internal_defaults_do_not_set") | fromYaml -}}
{{- $values := include "base.flat" (get .Values "_internal_defaults_do_not_set") | fromYaml -}}
{{- $global := default dict .Values.global -}}
{{- $profile := toString (default "ambient" (default $global.profile .Values.profile)) -}}
{{- $platform := toString (default (default (ternary "openshift" "" (hasPrefix "openshift" $profile)) $global.platform) .Values.platform) -}}
{{- $layers := list
  (dict "file" "profiles" "what" "profile" "name" $profile)
  (dict "file" "compatibility" "what" "compatibility version" "name" (default $global.compatibilityVersion .Values.compatibilityVersion))
  (dict "file" "platforms" "what" "platform" "name" $platform) -}}
{{- range $layers -}}
{{- if .name -}}
{{- $known := $.Files.Get (printf "files/%s.yaml" .file) | fromYaml -}}
{{- $name := toString .name -}}
{{- if not (hasKey $known $name) -}}
{{- fail (printf "unknown %s `%s`: known are %s" .what $name (keys $known | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $values = mergeOverwrite $values (include "base.flat" (get $known $name) | fromYaml) -}}
{{- end -}}
{{- end -}}
{{- toYaml (mergeOverwrite $values $user (dict "platform" $platform)) -}}
{{- end -}}

{{- define "base.flat" -}}
{{- toYaml . -}}
{{- end -}}

{{/* Labels of every object (not of pod templates: those carry only what is stable). */}}
{{- define "base.labels" -}}
app.kubernetes.io/name: {{ default "istiod" .name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: istio
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
release: {{ .root.Release.Name }}
istio.io/rev: {{ default "default" .v.revision | quote }}
install.operator.istio.io/owning-resource: {{ default "unknown" .v.ownerName }}
install.operator.istio.io/owning-resource-namespace: {{ .root.Release.Namespace }}
operator.istio.io/component: Base
operator.istio.io/managed: Reconcile
operator.istio.io/version: {{ .root.Chart.AppVersion | quote }}
{{- end -}}

{{/* Whether objects of a scope (`cluster` or `namespace`) are rendered. */}}
{{- define "base.wants" -}}
{{- $scope := default "all" .v.global.resourceScope -}}
{{- if not (has $scope (list "all" "cluster" "namespace")) -}}
{{- fail (printf "unknown resourceScope `%s`: known are all, cluster, namespace" $scope) -}}
{{- end -}}
{{- if or (eq $scope "all") (eq $scope .scope) -}}yes{{- end -}}
{{- end -}}
