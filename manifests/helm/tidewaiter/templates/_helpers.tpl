{{- define "tidewaiter.labels" -}}
app.kubernetes.io/name: tidewaiter
{{ include "tidewaiter.release" . }}
{{- end }}

{{- define "tidewaiter.release" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "tidewaiter.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "tidewaiter.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tidewaiter.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "tidewaiter.gitSync" -}}
image: {{ .Values.gitSync.image }}
envFrom:
- configMapRef: {name: tidewaiter-git}
- secretRef: {name: {{ .Values.gitSync.credentialsSecret }}, optional: true}
resources:
  requests: {cpu: 10m, memory: 32Mi}
  limits: {cpu: 500m, memory: 256Mi}
securityContext:
  {{- include "tidewaiter.containerSecurity" . | nindent 2 }}
volumeMounts:
- {name: git, mountPath: /git}
- {name: git-temporary, mountPath: /tmp}
{{- end }}

{{- /* A container that runs kubectl: it alone of its pod has the token. */}}
{{- define "tidewaiter.kubectl" -}}
resources:
  requests: {cpu: 10m, memory: 32Mi}
  limits: {cpu: 500m, memory: 128Mi}
securityContext:
  {{- include "tidewaiter.containerSecurity" . | nindent 2 }}
volumeMounts:
- {name: made, mountPath: /made, readOnly: true}
- {name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
{{- end }}
