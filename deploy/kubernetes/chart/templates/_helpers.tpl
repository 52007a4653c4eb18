{{- define "qbr.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{- define "qbr.labels" -}}
app.kubernetes.io/name: qbr
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "qbr.pod" -}}
serviceAccountName: {{ .Release.Name }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  - {name: home, emptyDir: {}}
  - {name: tmp, emptyDir: {}}
  - {name: dagster, configMap: {name: {{ .Release.Name }}-dagster}}
{{- end }}

{{- define "qbr.container" -}}
image: {{ include "qbr.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - {secretRef: {name: {{ .Values.secretName }}}}
  - {configMapRef: {name: {{ .Release.Name }}-environment}}
volumeMounts:
  - {name: home, mountPath: /var/lib/qbr}
  - {name: tmp, mountPath: /tmp}
  - {name: dagster, mountPath: /etc/qbr/dagster}
resources: {{- toJson .Values.resources.service | nindent 2 }}
{{- end }}
