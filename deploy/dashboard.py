"""The Grafana dashboard: what an operator looks at first, top to bottom.

Must not know how Grafana gets it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

WIDTH: Final = 8
HEIGHT: Final = 8
COLUMNS: Final = 3


class Panel(NamedTuple):
    """One plot: its title, what it draws for each label, and the unit of its axis."""

    title: str
    query: str
    legend: str
    unit: str


_QUANTILE: Final = (
    "histogram_quantile({0}, sum by (connection, le) (rate(tracehub_delivery_delay_seconds_bucket"
    '{{connection=~"$connection"}}[$__rate_interval])))'
)

PANELS: Final = (
    Panel(
        "Events read · 读入事件",
        'sum by (category, connection) (rate(tracehub_events_total{connection=~"$connection"}'
        "[$__rate_interval]))",
        "{{category}} {{connection}}",
        "ops",
    ),
    Panel(
        "Refused share · 拒收率",
        'sum by (connection) (rate(tracehub_events_total{verdict="quarantine",'
        'connection=~"$connection"}[$__rate_interval])) / sum by (connection) '
        '(rate(tracehub_events_total{connection=~"$connection"}[$__rate_interval]))',
        "{{connection}}",
        "percentunit",
    ),
    Panel(
        "Dead letters by reason · 死信原因",
        "sum by (stage, connection, code) (rate(tracehub_rejects_total"
        '{connection=~"$connection"}[$__rate_interval]))',
        "{{stage}} {{connection}} {{code}}",
        "ops",
    ),
    Panel(
        "Deliveries by outcome · 投递结果",
        "sum by (connection, category, status) (rate(tracehub_deliveries_total"
        '{connection=~"$connection"}[$__rate_interval]))',
        "{{connection}} {{category}} {{status}}",
        "ops",
    ),
    Panel("Delay, median · 延迟中位数", _QUANTILE.format("0.5"), "{{connection}}", "s"),
    Panel("Delay, 99th percentile · 延迟 P99", _QUANTILE.format("0.99"), "{{connection}}", "s"),
    Panel(
        "Lag · 积压",
        "sum by (topic) (tracehub_lag_records)",
        "{{topic}}",
        "short",
    ),
    Panel(
        "Age of the oldest record in hand · 在手最早记录的时长",
        "time() - min by (service) (tracehub_oldest_record_timestamp_seconds > 0)",
        "{{service}}",
        "s",
    ),
    Panel(
        "Waiting for another try · 等待重试",
        "sum by (service) (tracehub_held_records)",
        "{{service}}",
        "short",
    ),
    Panel(
        "Breaker not closed · 熔断状态",
        'max by (connection, state) (tracehub_connection_state{state!="closed",'
        'connection=~"$connection"})',
        "{{connection}} {{state}}",
        "bool",
    ),
    Panel(
        "Repeats passed over · 跳过的重复",
        'sum by (connection) (rate(tracehub_repeats_total{connection=~"$connection"}'
        "[$__rate_interval]))",
        "{{connection}}",
        "ops",
    ),
    Panel(
        "Partitions behind a gap · 因缺失而停止的分区",
        'sum by (connection) (tracehub_gap{connection=~"$connection"})',
        "{{connection}}",
        "short",
    ),
    Panel(
        "Publishers at rest after a flood of rejects · 因拒收过多而暂停的来源",
        'max by (connection) (tracehub_flood{connection=~"$connection"})',
        "{{connection}}",
        "bool",
    ),
    Panel(
        "Routes by rule · 规则命中",
        'sum by (rule, connection) (rate(tracehub_routes_total{connection=~"$connection"}'
        "[$__rate_interval]))",
        "{{rule}} {{connection}}",
        "ops",
    ),
    Panel(
        "Time of a batch by step, 99th percentile · 批次各步耗时 P99",
        "histogram_quantile(0.99, sum by (service, step, le) "
        "(rate(tracehub_batch_seconds_bucket[$__rate_interval])))",
        "{{service}} {{step}}",
        "s",
    ),
    Panel(
        "Publishing failures · 写入失败",
        "sum by (service) (rate(tracehub_publish_failures_total[$__rate_interval]))",
        "{{service}}",
        "ops",
    ),
    Panel(
        "Unaccounted events, must be 0 · 去向不明的事件（必须为 0）",
        'sum by (stage, connection) (tracehub_unaccounted_events{connection=~"$connection"})',
        "{{stage}} {{connection}}",
        "short",
    ),
    Panel(
        "Due and settled · 应处理与已处理",
        'sum by (stage) (rate(tracehub_due_events_total{connection=~"$connection"}'
        "[$__rate_interval])) - sum by (stage) (rate(tracehub_settled_events_total"
        '{connection=~"$connection"}[$__rate_interval]))',
        "{{stage}}",
        "ops",
    ),
    Panel(
        "Age of events when answered, 95th percentile · 事件送达时的时长 P95",
        "histogram_quantile(0.95, sum by (connection, le) (rate(tracehub_event_age_seconds_bucket"
        '{connection=~"$connection"}[$__rate_interval])))',
        "{{connection}}",
        "s",
    ),
    Panel(
        "Gateway requests · 网关请求",
        "sum by (route, status) (rate(tracehub_gateway_requests_total[$__rate_interval]))",
        "{{route}} {{status}}",
        "reqps",
    ),
    Panel(
        "Gateway answers, 99th percentile · 网关响应 P99",
        "histogram_quantile(0.99, sum by (route, le) "
        "(rate(tracehub_gateway_request_seconds_bucket[$__rate_interval])))",
        "{{route}}",
        "s",
    ),
    Panel(
        "Gateway, waiting for the log · 网关等待写入",
        "sum by (instance) (tracehub_gateway_waiting_bytes)",
        "{{instance}}",
        "bytes",
    ),
    Panel(
        "CPU time of stages · 各阶段 CPU 时间",
        "sum by (stage) (rate(tracehub_stage_cpu_seconds_total[$__rate_interval]))",
        "{{stage}}",
        "percentunit",
    ),
    Panel("Workers · 工作进程", "sum by (instance) (tracehub_workers)", "{{instance}}", "short"),
    Panel(
        "Workers replaced · 被替换的进程",
        "sum by (instance) (increase(tracehub_worker_deaths_total[1h]))",
        "{{instance}}",
        "short",
    ),
    Panel(
        "Versions and rules · 版本与规则",
        "count by (version, rules, catalogue, codec, batches) (tracehub_build_info)",
        "{{version}} {{rules}} {{catalogue}} {{codec}} {{batches}}",
        "short",
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard in Grafana's own JSON, with the data source and connections to choose."""
    return {
        "uid": "tracehub",
        "title": "tracehub",
        "tags": ["tracehub"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "graphTooltip": 1,
        "templating": {"list": [_source(), _connection()]},
        "panels": [_plot(index, panel) for index, panel in enumerate(PANELS)],
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _connection() -> dict[str, Any]:
    query = "label_values(tracehub_events_total, connection)"
    return {
        "name": "connection",
        "type": "query",
        "label": "Connection · 连接",
        "datasource": {"type": "prometheus", "uid": "$source"},
        "query": {"query": query, "refId": "connections"},
        "definition": query,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "refresh": 2,
    }


def _plot(index: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "$source"}
    row, column = divmod(index, COLUMNS)
    return {
        "id": index + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "options": {"tooltip": {"mode": "multi"}},
        "targets": [
            {
                "refId": "A",
                "datasource": source,
                "expr": panel.query,
                "legendFormat": panel.legend,
            }
        ],
    }
