{{- define "common.name" -}}
{{ .Release.Name }}-{{ .Chart.Name | trunc 10 }}
{{- end -}}
