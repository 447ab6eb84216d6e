{{/* hub/image:tag[-variant]; an image with a slash is the whole reference. */}}
{{- define "cni.image" -}}
{{- if contains "/" .v.image -}}
{{ .v.image }}
{{- else -}}
{{- $tag := default .root.Chart.AppVersion (default .v.global.tag .v.tag) -}}
{{- $variant := default .v.global.variant .v.variant -}}
{{ default .v.global.hub .v.hub }}/{{ .v.image }}:{{ $tag }}{{ if $variant }}-{{ $variant }}{{ end }}
{{- end -}}
{{- end -}}

{{/* The agent's settings; a change of them rolls the DaemonSet. */}}
{{- define "cni.settings" -}}
{{- $settings := dict
  "CURRENT_AGENT_VERSION" (default .root.Chart.AppVersion (default .v.global.tag .v.tag))
  "AMBIENT_ENABLED" .v.ambient.enabled
  "AMBIENT_ENABLEMENT_SELECTOR" (toYaml .v.ambient.enablementSelectors)
  "AMBIENT_DNS_CAPTURE" .v.ambient.dnsCapture
  "AMBIENT_IPV6" .v.ambient.ipv6
  "AMBIENT_RECONCILE_POD_RULES_ON_STARTUP" .v.ambient.reconcileIptablesOnStartup
  "AMBIENT_RELEASE_ON_UNINSTALL" .v.ambient.releaseOnUninstall
  "ENABLE_AMBIENT_DETECTION_RETRY" .v.ambient.enableAmbientDetectionRetry
  "NATIVE_NFTABLES" .v.global.nativeNftables
  "CHAINED_CNI_PLUGIN" .v.chained
  "CNI_CONF_NAME" .v.cniConfFileName
  "ISTIO_OWNED_CNI_CONFIG" .v.istioOwnedCNIConfig
  "ISTIO_OWNED_CNI_CONFIG_FILENAME" .v.istioOwnedCNIConfigFileName
  "EXCLUDE_NAMESPACES" (join "," .v.excludeNamespaces)
  "SYSTEM_NAMESPACE" .root.Release.Namespace
  "REPAIR_ENABLED" false
-}}
{{- range $name, $value := .v.env -}}
{{- $_ := set $settings $name $value -}}
{{- end -}}
{{- range $name, $value := $settings }}
{{ $name }}: {{ toString $value | quote }}
{{- end -}}
{{- end -}}
