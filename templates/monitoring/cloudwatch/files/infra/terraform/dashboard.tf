# One dashboard for all models. Its widgets use search expressions, so that a new model or version needs
# no change here.

locals {
  # Title -> search: labels, metric, statistic, period in seconds, and the threshold line from slo.yaml.
  panels = [
    { title = "Requests by status", labels = "model,status_class", metric = "prediction_requests_total", stat = "Sum", period = 60, line = null },
    { title = "Latency, 95th percentile", labels = "model", metric = "prediction_latency_seconds", stat = "p95", period = 60, line = local.slo.latency.seconds },
    { title = "Requests by version", labels = "model,status,model_version", metric = "prediction_requests_total", stat = "Sum", period = 60, line = null },
    { title = "Rows scored", labels = "model", metric = "prediction_rows_total", stat = "Sum", period = 60, line = null },
    { title = "Scores, median", labels = "model", metric = "prediction_score", stat = "p50", period = 300, line = null },
    { title = "Served version", labels = "model,version", metric = "model_info", stat = "Maximum", period = 60, line = null },
    { title = "Drift by input", labels = "model,feature", metric = "feature_drift_psi", stat = "Maximum", period = 300, line = local.slo.drift.psi },
    { title = "Quality", labels = "model,metric", metric = "model_quality", stat = "Minimum", period = 300, line = null },
    { title = "Data contract failures, total", labels = "model", metric = "data_validation_failures_total", stat = "Maximum", period = 300, line = null },
    { title = "Last success of pipelines", labels = "model,pipeline", metric = "pipeline_last_success_timestamp_seconds", stat = "Maximum", period = 300, line = null },
    { title = "Lost entries of the prediction log", labels = "model", metric = "prediction_log_lost_total", stat = "Sum", period = 300, line = null },
    { title = "Last look-up of the champion", labels = "model", metric = "registry_last_lookup_timestamp_seconds", stat = "Maximum", period = 60, line = null },
    { title = "Wait for the archive of the prediction log", labels = "model", metric = "prediction_log_waiting_seconds", stat = "Maximum", period = 60, line = local.prediction_archive_seconds },
    { title = "Failed look-ups of the champion", labels = "model,reason", metric = "registry_lookup_failures_total", stat = "Sum", period = 300, line = null },
    { title = "Evicted connections", labels = "reason", metric = "connections_evicted_total", stat = "Sum", period = 300, line = null },
    { title = "Refused connections", labels = "reason", metric = "connections_refused_total", stat = "Sum", period = 300, line = null },
  ]

  panel_width  = 12
  panel_height = 6
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "${var.name}-models"

  dashboard_body = jsonencode({
    widgets = [
      for index, panel in local.panels : {
        type   = "metric"
        x      = index % 2 * local.panel_width
        y      = floor(index / 2) * local.panel_height
        width  = local.panel_width
        height = local.panel_height
        properties = {
          title  = panel.title
          region = var.region
          view   = "timeSeries"
          metrics = [[{
            id         = "found"
            expression = "SEARCH('{\"${local.metrics_namespace}\",${panel.labels}} MetricName=\"${panel.metric}\"', '${panel.stat}', ${panel.period})"
          }]]
          annotations = { horizontal = panel.line == null ? [] : [{ label = "slo.yaml", value = panel.line }] }
        }
      }
    ]
  })
}
