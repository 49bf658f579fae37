{{- /* What an entry of either configuration has in common. Call with (dict "root" $ "path" P "half" VALUES). */}}
{{- define "subscribie.webhook.entry" -}}
{{- $certificates := .root.Values.webhook.certificates -}}
admissionReviewVersions: ["v1"]
sideEffects: None
matchPolicy: Equivalent
failurePolicy: {{ .half.failurePolicy }}
timeoutSeconds: {{ .half.timeoutSeconds }}
clientConfig:
  service:
    namespace: {{ .root.Release.Namespace }}
    name: {{ include "subscribie.webhook.name" .root }}
    path: {{ .path }}
    port: {{ .root.Values.webhook.servicePort }}
  {{- if and (eq $certificates.mode "secret") $certificates.caBundle }}
  caBundle: {{ $certificates.caBundle | b64enc }}
  {{- end }}
{{- end }}

{{- /* The namespaces where Deployments are sites. */}}
{{- define "subscribie.webhook.enforcedNamespaces" -}}
namespaceSelector:
  matchExpressions:
    - key: subscribie.co.uk/sites
      operator: In
      values: ["enforced"]
    {{- include "subscribie.webhook.neverIn" . | nindent 4 }}
{{- end }}

{{- /* Sites in other namespaces, by their own label. */}}
{{- define "subscribie.webhook.labelledElsewhere" -}}
namespaceSelector:
  matchExpressions:
    - key: subscribie.co.uk/sites
      operator: NotIn
      values: ["enforced"]
    {{- include "subscribie.webhook.neverIn" . | nindent 4 }}
objectSelector:
  matchLabels:
    subscribie: site
{{- end }}

{{- /* Whatever their labels say: the webhook's own namespace, or it could keep itself from starting, and the cluster's. */}}
{{- define "subscribie.webhook.neverIn" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values:
    - {{ .Release.Namespace }}
    - kube-system
    - kube-node-lease
    - kube-public
    {{- range .Values.webhook.excludedNamespaces }}
    - {{ . }}
    {{- end }}
{{- end }}

{{- /* The users whose pods are not asked about: controllers make what was asked about before, and do not cope with a refusal. */}}
{{- define "subscribie.webhook.workloadConditions" -}}
{{- $controllers := list "system:kube-controller-manager" -}}
{{- range list "cronjob-controller" "daemon-set-controller" "deployment-controller" "generic-garbage-collector" "job-controller" "namespace-controller" "pod-garbage-collector" "replicaset-controller" "replication-controller" "statefulset-controller" "ttl-after-finished-controller" }}
{{- $controllers = append $controllers (printf "system:serviceaccount:kube-system:%s" .) }}
{{- end }}
{{- $workloads := .Values.limits.workloads | default dict }}
{{- $exempt := $workloads.exemptUsers | default list }}
{{- if has "cert-manager" ($workloads.presets | default list) }}
{{- $exempt = append $exempt "system:serviceaccount:cert-manager:cert-manager" }}
{{- end -}}
matchConditions:
  - name: not-a-built-in-controller
    expression: '!(request.userInfo.username in {{ toJson $controllers }})'
  - name: not-a-kubelet
    expression: '!request.userInfo.username.startsWith("system:node:")'
  {{- with $exempt }}
  - name: not-an-exempt-user
    expression: {{ printf "!(request.userInfo.username in %s)" (toJson .) | toJson }}
  {{- end }}
{{- end }}

{{- /*
AKS must not rewrite the configurations; kubectl subscribie doctor learns where the certificate is and who renews it;
cert-manager's injector learns whose CA to fill in.
*/}}
{{- define "subscribie.webhook.configurationAnnotations" -}}
admissions.enforcer/disabled: "true"
subscribie.co.uk/certificate-mode: {{ .Values.webhook.certificates.mode }}
subscribie.co.uk/certificate-secret: {{ include "subscribie.webhook.certificateSecret" . }}
{{- if eq .Values.webhook.certificates.mode "certManager" }}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "subscribie.webhook.name" . }}
{{- end }}
{{- end }}
