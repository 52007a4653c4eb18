"""The tables of the first plan's phase 1, as a program other than this one makes them, with a few values in them."""

from __future__ import annotations

SEED = """
CREATE TABLE vendor (id serial PRIMARY KEY, name varchar UNIQUE NOT NULL);
INSERT INTO vendor (id, name) VALUES (2, 'Ninja'), (3, 'ConnectWise'), (4, 'QuickBooks'), (5, 'Manual');
SELECT setval('vendor_id_seq', 5);
CREATE TABLE organization
    (id serial PRIMARY KEY, name varchar(100) NOT NULL, created_at timestamptz DEFAULT now());
INSERT INTO organization (name) VALUES ('Seed MSP');

CREATE TABLE qbr_metrics_monthly (
    id serial PRIMARY KEY, period varchar(7) NOT NULL,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id), metric_name varchar(100) NOT NULL,
    metric_value numeric(12,2), data_source varchar(20) DEFAULT 'collected', collected_at timestamptz,
    manually_entered_by varchar(100), notes text,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
    CONSTRAINT uq_metrics_monthly_period_metric_org_vendor
        UNIQUE (period, metric_name, organization_id, vendor_id));
CREATE TABLE qbr_metrics_quarterly (
    id serial PRIMARY KEY, period varchar(7) NOT NULL,
    organization_id integer NOT NULL REFERENCES organization (id), metric_name varchar(100) NOT NULL,
    metric_value numeric(12,2), created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
    CONSTRAINT uq_metrics_quarterly_period_metric_org UNIQUE (period, metric_name, organization_id));
CREATE TABLE qbr_smartnumbers (
    id serial PRIMARY KEY, period varchar(7) NOT NULL, period_type varchar(20) NOT NULL,
    organization_id integer NOT NULL REFERENCES organization (id), kpi_name varchar(100) NOT NULL,
    kpi_value numeric(12,4), calculation_method varchar(200),
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
    CONSTRAINT uq_smartnumbers_period_kpi_org UNIQUE (period, kpi_name, organization_id));
CREATE TABLE qbr_thresholds (
    id serial PRIMARY KEY, organization_id integer NOT NULL REFERENCES organization (id),
    metric_name varchar(100) NOT NULL, threshold_type varchar(20) NOT NULL,
    threshold_value numeric(12,4) NOT NULL,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
    CONSTRAINT uq_thresholds_metric_type_org UNIQUE (metric_name, threshold_type, organization_id));
CREATE TABLE qbr_collection_log (
    id serial PRIMARY KEY, collection_started_at timestamptz NOT NULL, collection_ended_at timestamptz,
    period varchar(7) NOT NULL, vendor_id integer REFERENCES vendor (id), status varchar(20) NOT NULL,
    error_message text, metrics_collected integer, duration_seconds integer,
    created_at timestamptz DEFAULT now());

INSERT INTO qbr_metrics_monthly
    (period, organization_id, vendor_id, metric_name, metric_value, data_source, collected_at,
     manually_entered_by, notes)
VALUES
    ('2025-03', 1, 3, 'reactive_tickets_created', 412, 'collected', '2025-04-01T04:00:00Z', NULL, NULL),
    ('2025-03', 1, 3, 'reactive_tickets_closed', 400, 'manual', NULL, 'Ann', 'counted'),
    ('2025-03', 1, 4, 'mrr', 100, 'manual', NULL, 'Bob', NULL),
    ('2025-02', 1, 4, 'mrr', 90.5, NULL, NULL, NULL, NULL);
INSERT INTO qbr_thresholds (organization_id, metric_name, threshold_type, threshold_value)
VALUES (1, 'mrr', 'warning', 50);
"""
