{{- /* The chart's name, or what the operator calls it instead. */}}
{{- define "subscribie.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* The name that the objects' names begin with: the release's, with the chart's where that is not in it. */}}
{{- define "subscribie.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trimSuffix "-" }}
{{- else if contains (include "subscribie.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "subscribie.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "subscribie.webhook.name" -}}
{{- include "subscribie.fullname" . }}-webhook
{{- end }}

{{- define "subscribie.deployer.name" -}}
{{- include "subscribie.fullname" . }}-deployer
{{- end }}

{{- /*
The Secret that the webhook's certificate is in. Each mode has one of its own, so that a change of modes leaves the old
one alone for as long as old pods serve it.
*/}}
{{- define "subscribie.webhook.certificateSecret" -}}
{{- if eq .Values.webhook.certificates.mode "secret" }}
{{- required "webhook.certificates.secretName: with mode secret, name the Secret that holds tls.crt and tls.key" .Values.webhook.certificates.secretName }}
{{- else if eq .Values.webhook.certificates.mode "certManager" }}
{{- include "subscribie.webhook.name" . }}-tls
{{- else }}
{{- include "subscribie.webhook.name" . }}-certificate
{{- end }}
{{- end }}

{{- define "subscribie.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* The labels by which a component's pods are selected. Call with (dict "root" $ "component" NAME). */}}
{{- define "subscribie.selectorLabels" -}}
app.kubernetes.io/name: {{ include "subscribie.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "subscribie.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "subscribie.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: subscribie
{{- end }}

{{- /* What a pod needs to be allowed under the Pod Security Standard `restricted`. */}}
{{- define "subscribie.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "subscribie.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end }}

{{- /* Where a component's pods run. Call with the component's values. */}}
{{- define "subscribie.placement" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Values that fit together in no schema. */}}
{{- define "subscribie.checkValues" -}}
{{- if eq .Values.sites.namespace .Release.Namespace }}
{{- fail (printf "sites.namespace: sites cannot live in the chart's own namespace %s, which the webhooks never see; choose another one" .Release.Namespace) }}
{{- end }}
{{- if and .Values.deployer.enabled (not .Values.deployer.couchdb.existingSecret) }}
{{- fail "deployer.couchdb.existingSecret: the deployer needs a Secret that holds the queue's address; create it with: kubectl create secret generic couchdb --from-literal=url=http://user:password@couchdb:5984/subscribie" }}
{{- end }}
{{- if lt (int .Values.webhook.terminationGracePeriodSeconds) (add (int .Values.webhook.shutdownDelaySeconds) 10) }}
{{- fail "webhook.terminationGracePeriodSeconds: has to be at least 10 more than webhook.shutdownDelaySeconds" }}
{{- end }}
{{- end }}

{{- /* The image of a new site, for the test's dry run. */}}
{{- define "subscribie.testSiteImage" -}}
{{- $image := .Values.siteDefaults.image | default dict -}}
{{ $image.repository | default "ghcr.io/subscribie/subscribie" }}:{{ $image.version | default "v0.10" }}
{{- end }}

{{- /* Egress to name servers, wherever they are. */}}
{{- define "subscribie.networkPolicy.dns" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end }}
