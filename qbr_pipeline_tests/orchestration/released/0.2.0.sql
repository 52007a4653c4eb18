--
-- PostgreSQL database dump
--

\restrict qbr

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: qbr_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.qbr_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused';
END
$$;


--
-- Name: qbr_refuse_history_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.qbr_refuse_history_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = 'qbr_metrics_history is append-only: ' || TG_OP || ' is refused';
END
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: device_identity; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.device_identity (
    id integer NOT NULL,
    vendor_id integer NOT NULL,
    vendor_device_key character varying,
    first_seen_date date,
    last_seen_date date
);


--
-- Name: device_identity_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.device_identity_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: device_identity_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.device_identity_id_seq OWNED BY public.device_identity.id;


--
-- Name: device_snapshot; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.device_snapshot (
    id integer NOT NULL,
    snapshot_date date NOT NULL,
    vendor_id integer NOT NULL,
    device_identity_id integer NOT NULL,
    device_type_id integer,
    hostname character varying,
    display_name character varying,
    organization_name character varying,
    location_name character varying,
    node_class character varying(100)
);


--
-- Name: device_snapshot_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.device_snapshot_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: device_snapshot_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.device_snapshot_id_seq OWNED BY public.device_snapshot.id;


--
-- Name: device_type; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.device_type (
    id integer NOT NULL,
    code character varying NOT NULL
);


--
-- Name: device_type_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.device_type_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: device_type_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.device_type_id_seq OWNED BY public.device_type.id;


--
-- Name: organization; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.organization (
    id integer NOT NULL,
    name character varying(100) NOT NULL,
    created_at timestamp with time zone DEFAULT now()
);


--
-- Name: organization_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.organization_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: organization_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.organization_id_seq OWNED BY public.organization.id;


--
-- Name: qbr_acceptances; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_acceptances (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    period character varying(7) NOT NULL,
    source character varying(20) NOT NULL,
    publication_id bigint NOT NULL,
    rows integer NOT NULL,
    accepted_by character varying(100) NOT NULL,
    key_name character varying(100),
    reason text NOT NULL,
    accepted_at timestamp with time zone NOT NULL
);


--
-- Name: qbr_acceptances_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_acceptances_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_acceptances_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_acceptances_id_seq OWNED BY public.qbr_acceptances.id;


--
-- Name: qbr_alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: qbr_alerts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_alerts (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    destination character varying(40) NOT NULL,
    subject text NOT NULL,
    content text NOT NULL,
    urgent boolean NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone,
    delivered_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: qbr_alerts_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_alerts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_alerts_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_alerts_id_seq OWNED BY public.qbr_alerts.id;


--
-- Name: qbr_collection_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_collection_log (
    id integer NOT NULL,
    collection_started_at timestamp with time zone NOT NULL,
    collection_ended_at timestamp with time zone,
    period character varying(7) NOT NULL,
    organization_id integer NOT NULL,
    vendor_id integer NOT NULL,
    run_id text,
    status character varying(20) NOT NULL,
    error_message text,
    metrics_collected integer,
    duration_seconds integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_qbr_collection_log_status CHECK (((status)::text = ANY ((ARRAY['success'::character varying, 'partial'::character varying, 'failed'::character varying])::text[])))
);


--
-- Name: qbr_collection_log_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_collection_log_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_collection_log_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_collection_log_id_seq OWNED BY public.qbr_collection_log.id;


--
-- Name: qbr_devices; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_devices (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    vendor_id integer NOT NULL,
    period character varying(7) NOT NULL,
    source_id text NOT NULL,
    name text,
    organization text,
    location text,
    node_class text,
    counts_as_endpoint boolean NOT NULL,
    counts_as_seat boolean NOT NULL,
    reason text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone
);


--
-- Name: qbr_devices_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_devices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_devices_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_devices_id_seq OWNED BY public.qbr_devices.id;


--
-- Name: qbr_ended_sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_ended_sessions (
    session_id text NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: qbr_finding_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_finding_events (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    finding_id bigint NOT NULL,
    old_state character varying(20),
    new_state character varying(20) NOT NULL,
    severity character varying(10) NOT NULL,
    value numeric,
    changed_by character varying(100),
    key_name character varying(100),
    reason text,
    until timestamp with time zone,
    changed_at timestamp with time zone NOT NULL
);


--
-- Name: qbr_finding_events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_finding_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_finding_events_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_finding_events_id_seq OWNED BY public.qbr_finding_events.id;


--
-- Name: qbr_findings; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_findings (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    subject character varying(100) NOT NULL,
    period character varying(7) NOT NULL,
    rule character varying(30) NOT NULL,
    scope character varying(100) NOT NULL,
    severity character varying(10) NOT NULL,
    value numeric,
    expected text NOT NULL,
    sentence text NOT NULL,
    moves text[] DEFAULT '{}'::text[] NOT NULL,
    state character varying(20) DEFAULT 'open'::character varying NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by character varying(100),
    key_name character varying(100),
    reason text,
    until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    threshold_type character varying(20),
    months jsonb,
    CONSTRAINT ck_qbr_findings_severity CHECK (((severity)::text = ANY ((ARRAY['warn'::character varying, 'error'::character varying])::text[]))),
    CONSTRAINT ck_qbr_findings_state CHECK (((state)::text = ANY ((ARRAY['open'::character varying, 'acknowledged'::character varying, 'expected'::character varying, 'resolved'::character varying])::text[]))),
    CONSTRAINT ck_qbr_findings_threshold_type CHECK (((threshold_type)::text = ANY ((ARRAY['warning'::character varying, 'critical'::character varying])::text[])))
);


--
-- Name: qbr_findings_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_findings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_findings_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_findings_id_seq OWNED BY public.qbr_findings.id;


--
-- Name: qbr_metrics_history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_metrics_history (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    period character varying(7) NOT NULL,
    metric_name character varying(100) NOT NULL,
    vendor_id integer NOT NULL,
    old_value numeric(14,4),
    new_value numeric(14,4),
    old_source character varying(20),
    new_source character varying(20) NOT NULL,
    cause character varying(20) NOT NULL,
    changed_by character varying(100),
    note text,
    run_id text,
    publication_id bigint,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    transaction_id bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    key_name character varying(100),
    CONSTRAINT ck_qbr_metrics_history_cause CHECK (((cause)::text = ANY ((ARRAY['collection'::character varying, 'entry'::character varying, 'release'::character varying, 'derived'::character varying, 'recompute'::character varying, 'adopted'::character varying])::text[])))
);


--
-- Name: qbr_metrics_history_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_metrics_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_metrics_history_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_metrics_history_id_seq OWNED BY public.qbr_metrics_history.id;


--
-- Name: qbr_metrics_monthly; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_metrics_monthly (
    id integer NOT NULL,
    period character varying(7) NOT NULL,
    organization_id integer NOT NULL,
    vendor_id integer NOT NULL,
    metric_name character varying(100) NOT NULL,
    metric_value numeric(14,4),
    data_source character varying(20) DEFAULT 'collected'::character varying NOT NULL,
    collected_at timestamp with time zone,
    manually_entered_by character varying(100),
    notes text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_qbr_metrics_monthly_data_source CHECK (((data_source)::text = ANY ((ARRAY['collected'::character varying, 'manual'::character varying])::text[])))
);


--
-- Name: qbr_metrics_monthly_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_metrics_monthly_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_metrics_monthly_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_metrics_monthly_id_seq OWNED BY public.qbr_metrics_monthly.id;


--
-- Name: qbr_metrics_quarterly; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_metrics_quarterly (
    id integer NOT NULL,
    period character varying(7) NOT NULL,
    organization_id integer NOT NULL,
    metric_name character varying(100) NOT NULL,
    metric_value numeric(16,4),
    months_used text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: qbr_metrics_quarterly_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_metrics_quarterly_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_metrics_quarterly_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_metrics_quarterly_id_seq OWNED BY public.qbr_metrics_quarterly.id;


--
-- Name: qbr_migration_rows; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_migration_rows (
    id integer NOT NULL,
    table_name text NOT NULL,
    row_id integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: qbr_migration_rows_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_migration_rows_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_migration_rows_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_migration_rows_id_seq OWNED BY public.qbr_migration_rows.id;


--
-- Name: qbr_publications; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_publications (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    vendor_id integer NOT NULL,
    period character varying(7) NOT NULL,
    run_id text NOT NULL,
    fetch_started_at timestamp with time zone NOT NULL,
    collected_as_of timestamp with time zone NOT NULL,
    published_at timestamp with time zone NOT NULL,
    closed boolean NOT NULL,
    found jsonb NOT NULL,
    snapshot_date date,
    snapshot_suspect boolean NOT NULL,
    facts jsonb NOT NULL
);


--
-- Name: qbr_publications_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_publications_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_publications_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_publications_id_seq OWNED BY public.qbr_publications.id;


--
-- Name: qbr_restatement_rows; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_restatement_rows (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    restatement_id bigint NOT NULL,
    source character varying(20),
    source_id text,
    title text,
    company text,
    kind character varying(30) NOT NULL,
    cause text NOT NULL,
    before numeric,
    after numeric,
    effect numeric NOT NULL
);


--
-- Name: qbr_restatement_rows_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_restatement_rows_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_restatement_rows_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_restatement_rows_id_seq OWNED BY public.qbr_restatement_rows.id;


--
-- Name: qbr_restatements; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_restatements (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    vendor_id integer NOT NULL,
    period character varying(7) NOT NULL,
    metric_name character varying(100) NOT NULL,
    old_value numeric(14,4) NOT NULL,
    new_value numeric(14,4) NOT NULL,
    run_id text NOT NULL,
    publication_id bigint NOT NULL,
    published_at timestamp with time zone NOT NULL,
    accepted_by character varying(100),
    accepted_why text
);


--
-- Name: qbr_restatements_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_restatements_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_restatements_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_restatements_id_seq OWNED BY public.qbr_restatements.id;


--
-- Name: qbr_smartnumbers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_smartnumbers (
    id integer NOT NULL,
    period character varying(7) NOT NULL,
    period_type character varying(20) NOT NULL,
    organization_id integer NOT NULL,
    kpi_name character varying(100) NOT NULL,
    kpi_value numeric(20,4),
    calculation_method text,
    inputs jsonb DEFAULT '{}'::jsonb NOT NULL,
    months_used text[] DEFAULT '{}'::text[] NOT NULL,
    provisional boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_qbr_smartnumbers_period_type CHECK (((period_type)::text = ANY ((ARRAY['monthly'::character varying, 'quarterly'::character varying])::text[])))
);


--
-- Name: qbr_smartnumbers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_smartnumbers_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_smartnumbers_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_smartnumbers_id_seq OWNED BY public.qbr_smartnumbers.id;


--
-- Name: qbr_staged_devices; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_staged_devices (
    stage_id bigint NOT NULL,
    source_id text NOT NULL,
    name text,
    organization text,
    location text,
    node_class text,
    counts_as_endpoint boolean NOT NULL,
    counts_as_seat boolean NOT NULL,
    reason text NOT NULL
);


--
-- Name: qbr_staged_tickets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_staged_tickets (
    stage_id bigint NOT NULL,
    source_id bigint NOT NULL,
    summary text,
    board text,
    status text,
    company text,
    parent_id bigint,
    type text,
    priority text,
    owner text,
    entered_at timestamp with time zone,
    closed_at timestamp with time zone,
    actual_hours numeric,
    counts_as_created boolean NOT NULL,
    created_reason text NOT NULL,
    counts_as_closed boolean NOT NULL,
    closed_reason text NOT NULL
);


--
-- Name: qbr_staged_time_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_staged_time_entries (
    stage_id bigint NOT NULL,
    source_id bigint NOT NULL,
    ticket_id bigint,
    ticket_summary text,
    board text,
    company text,
    member text,
    hours numeric,
    entered_at timestamp with time zone,
    counts boolean NOT NULL,
    reason text NOT NULL
);


--
-- Name: qbr_stages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_stages (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    source character varying(20) NOT NULL,
    period character varying(7) NOT NULL,
    run_id text NOT NULL,
    fetch_started_at timestamp with time zone NOT NULL,
    collected_as_of timestamp with time zone NOT NULL,
    source_count integer,
    fetched_count integer NOT NULL,
    reads integer NOT NULL,
    row_count integer NOT NULL,
    found jsonb NOT NULL,
    snapshot_date date,
    snapshot_suspect boolean NOT NULL,
    facts jsonb NOT NULL,
    staged_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


--
-- Name: qbr_stages_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_stages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_stages_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_stages_id_seq OWNED BY public.qbr_stages.id;


--
-- Name: qbr_thresholds; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_thresholds (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    metric_name character varying(100) NOT NULL,
    threshold_type character varying(20) NOT NULL,
    threshold_value numeric(12,4) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_qbr_thresholds_threshold_type CHECK (((threshold_type)::text = ANY ((ARRAY['warning'::character varying, 'critical'::character varying])::text[])))
);


--
-- Name: qbr_thresholds_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_thresholds_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_thresholds_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_thresholds_id_seq OWNED BY public.qbr_thresholds.id;


--
-- Name: qbr_tickets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_tickets (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    vendor_id integer NOT NULL,
    period character varying(7) NOT NULL,
    source_id bigint NOT NULL,
    summary text,
    board text,
    status text,
    company text,
    parent_id bigint,
    type text,
    priority text,
    owner text,
    entered_at timestamp with time zone,
    closed_at timestamp with time zone,
    actual_hours numeric,
    counts_as_created boolean NOT NULL,
    created_reason text NOT NULL,
    counts_as_closed boolean NOT NULL,
    closed_reason text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone
);


--
-- Name: qbr_tickets_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_tickets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_tickets_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_tickets_id_seq OWNED BY public.qbr_tickets.id;


--
-- Name: qbr_time_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.qbr_time_entries (
    id bigint NOT NULL,
    organization_id integer NOT NULL,
    vendor_id integer NOT NULL,
    period character varying(7) NOT NULL,
    source_id bigint NOT NULL,
    ticket_id bigint,
    ticket_summary text,
    board text,
    company text,
    member text,
    hours numeric,
    entered_at timestamp with time zone,
    counts boolean NOT NULL,
    reason text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone
);


--
-- Name: qbr_time_entries_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.qbr_time_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: qbr_time_entries_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.qbr_time_entries_id_seq OWNED BY public.qbr_time_entries.id;


--
-- Name: vendor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.vendor (
    id integer NOT NULL,
    name character varying NOT NULL
);


--
-- Name: vendor_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.vendor_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: vendor_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.vendor_id_seq OWNED BY public.vendor.id;


--
-- Name: device_identity id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_identity ALTER COLUMN id SET DEFAULT nextval('public.device_identity_id_seq'::regclass);


--
-- Name: device_snapshot id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_snapshot ALTER COLUMN id SET DEFAULT nextval('public.device_snapshot_id_seq'::regclass);


--
-- Name: device_type id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_type ALTER COLUMN id SET DEFAULT nextval('public.device_type_id_seq'::regclass);


--
-- Name: organization id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.organization ALTER COLUMN id SET DEFAULT nextval('public.organization_id_seq'::regclass);


--
-- Name: qbr_acceptances id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_acceptances ALTER COLUMN id SET DEFAULT nextval('public.qbr_acceptances_id_seq'::regclass);


--
-- Name: qbr_alerts id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_alerts ALTER COLUMN id SET DEFAULT nextval('public.qbr_alerts_id_seq'::regclass);


--
-- Name: qbr_collection_log id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_collection_log ALTER COLUMN id SET DEFAULT nextval('public.qbr_collection_log_id_seq'::regclass);


--
-- Name: qbr_devices id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_devices ALTER COLUMN id SET DEFAULT nextval('public.qbr_devices_id_seq'::regclass);


--
-- Name: qbr_finding_events id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_finding_events ALTER COLUMN id SET DEFAULT nextval('public.qbr_finding_events_id_seq'::regclass);


--
-- Name: qbr_findings id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_findings ALTER COLUMN id SET DEFAULT nextval('public.qbr_findings_id_seq'::regclass);


--
-- Name: qbr_metrics_history id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_history ALTER COLUMN id SET DEFAULT nextval('public.qbr_metrics_history_id_seq'::regclass);


--
-- Name: qbr_metrics_monthly id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_monthly ALTER COLUMN id SET DEFAULT nextval('public.qbr_metrics_monthly_id_seq'::regclass);


--
-- Name: qbr_metrics_quarterly id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_quarterly ALTER COLUMN id SET DEFAULT nextval('public.qbr_metrics_quarterly_id_seq'::regclass);


--
-- Name: qbr_migration_rows id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_migration_rows ALTER COLUMN id SET DEFAULT nextval('public.qbr_migration_rows_id_seq'::regclass);


--
-- Name: qbr_publications id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_publications ALTER COLUMN id SET DEFAULT nextval('public.qbr_publications_id_seq'::regclass);


--
-- Name: qbr_restatement_rows id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatement_rows ALTER COLUMN id SET DEFAULT nextval('public.qbr_restatement_rows_id_seq'::regclass);


--
-- Name: qbr_restatements id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatements ALTER COLUMN id SET DEFAULT nextval('public.qbr_restatements_id_seq'::regclass);


--
-- Name: qbr_smartnumbers id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_smartnumbers ALTER COLUMN id SET DEFAULT nextval('public.qbr_smartnumbers_id_seq'::regclass);


--
-- Name: qbr_stages id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_stages ALTER COLUMN id SET DEFAULT nextval('public.qbr_stages_id_seq'::regclass);


--
-- Name: qbr_thresholds id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_thresholds ALTER COLUMN id SET DEFAULT nextval('public.qbr_thresholds_id_seq'::regclass);


--
-- Name: qbr_tickets id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_tickets ALTER COLUMN id SET DEFAULT nextval('public.qbr_tickets_id_seq'::regclass);


--
-- Name: qbr_time_entries id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_time_entries ALTER COLUMN id SET DEFAULT nextval('public.qbr_time_entries_id_seq'::regclass);


--
-- Name: vendor id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.vendor ALTER COLUMN id SET DEFAULT nextval('public.vendor_id_seq'::regclass);


--
-- Data for Name: device_identity; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.device_identity VALUES
	(1, 2, 'N-1', NULL, NULL),
	(2, 2, 'N-2', NULL, NULL),
	(3, 2, 'N-3', NULL, NULL),
	(4, 2, 'N-4', NULL, NULL),
	(5, 2, 'N-5', NULL, NULL),
	(6, 2, 'N-6', NULL, NULL),
	(7, 2, 'N-7', NULL, NULL),
	(8, 2, 'N-8', NULL, NULL),
	(9, 2, 'N-9', NULL, NULL),
	(10, 2, 'N-10', NULL, NULL),
	(11, 2, 'N-11', NULL, NULL),
	(12, 2, 'N-12', NULL, NULL),
	(13, 2, 'N-13', NULL, NULL),
	(14, 2, 'N-14', NULL, NULL),
	(15, 2, 'N-15', NULL, NULL),
	(16, 2, 'N-16', NULL, NULL),
	(17, 2, 'N-17', NULL, NULL),
	(18, 2, 'N-18', NULL, NULL),
	(19, 2, 'N-19', NULL, NULL),
	(20, 2, 'N-20', NULL, NULL),
	(21, 2, 'N-21', NULL, NULL),
	(22, 2, 'N-22', NULL, NULL),
	(23, 2, 'N-23', NULL, NULL),
	(24, 2, 'N-24', NULL, NULL),
	(25, 2, 'N-25', NULL, NULL),
	(26, 2, 'N-26', NULL, NULL),
	(27, 2, 'N-27', NULL, NULL),
	(28, 2, 'N-28', NULL, NULL),
	(29, 2, 'N-29', NULL, NULL),
	(30, 2, 'N-30', NULL, NULL);


--
-- Data for Name: device_snapshot; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.device_snapshot VALUES
	(1, '2025-04-30', 2, 1, 2, NULL, 'PC-1', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(2, '2025-04-30', 2, 2, 2, NULL, 'PC-2', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(3, '2025-04-30', 2, 3, 2, NULL, 'PC-3', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(4, '2025-04-30', 2, 4, 2, NULL, 'PC-4', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(5, '2025-04-30', 2, 5, 2, NULL, 'PC-5', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(6, '2025-04-30', 2, 6, 2, NULL, 'PC-6', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(7, '2025-04-30', 2, 7, 2, NULL, 'PC-7', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(8, '2025-04-30', 2, 8, 2, NULL, 'PC-8', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(9, '2025-04-30', 2, 9, 2, NULL, 'PC-9', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(10, '2025-04-30', 2, 10, 2, NULL, 'PC-10', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(11, '2025-04-30', 2, 11, 2, NULL, 'PC-11', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(12, '2025-04-30', 2, 12, 2, NULL, 'PC-12', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(13, '2025-04-30', 2, 13, 2, NULL, 'PC-13', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(14, '2025-04-30', 2, 14, 2, NULL, 'PC-14', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(15, '2025-04-30', 2, 15, 2, NULL, 'PC-15', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(16, '2025-04-30', 2, 16, 2, NULL, 'PC-16', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(17, '2025-04-30', 2, 17, 2, NULL, 'PC-17', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(18, '2025-04-30', 2, 18, 2, NULL, 'PC-18', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(19, '2025-04-30', 2, 19, 2, NULL, 'PC-19', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(20, '2025-04-30', 2, 20, 2, NULL, 'PC-20', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(21, '2025-05-31', 2, 1, 2, NULL, 'PC-1', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(22, '2025-05-31', 2, 2, 2, NULL, 'PC-2', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(23, '2025-05-31', 2, 3, 2, NULL, 'PC-3', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(24, '2025-05-31', 2, 4, 2, NULL, 'PC-4', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(25, '2025-05-31', 2, 5, 2, NULL, 'PC-5', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(26, '2025-05-31', 2, 6, 2, NULL, 'PC-6', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(27, '2025-05-31', 2, 7, 2, NULL, 'PC-7', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(28, '2025-05-31', 2, 8, 2, NULL, 'PC-8', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(29, '2025-05-31', 2, 9, 2, NULL, 'PC-9', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(30, '2025-05-31', 2, 10, 2, NULL, 'PC-10', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(31, '2025-05-31', 2, 11, 2, NULL, 'PC-11', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(32, '2025-05-31', 2, 12, 2, NULL, 'PC-12', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(33, '2025-05-31', 2, 13, 2, NULL, 'PC-13', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(34, '2025-05-31', 2, 14, 2, NULL, 'PC-14', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(35, '2025-05-31', 2, 15, 2, NULL, 'PC-15', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(36, '2025-05-31', 2, 16, 2, NULL, 'PC-16', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(37, '2025-05-31', 2, 17, 2, NULL, 'PC-17', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(38, '2025-05-31', 2, 18, 2, NULL, 'PC-18', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(39, '2025-05-31', 2, 19, 2, NULL, 'PC-19', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(40, '2025-05-31', 2, 20, 2, NULL, 'PC-20', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(41, '2025-05-31', 2, 21, 2, NULL, 'PC-21', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(42, '2025-06-30', 2, 1, 2, NULL, 'PC-1', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(43, '2025-06-30', 2, 2, 2, NULL, 'PC-2', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(44, '2025-06-30', 2, 3, 2, NULL, 'PC-3', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(45, '2025-06-30', 2, 4, 2, NULL, 'PC-4', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(46, '2025-06-30', 2, 5, 2, NULL, 'PC-5', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(47, '2025-06-30', 2, 6, 2, NULL, 'PC-6', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(48, '2025-06-30', 2, 7, 2, NULL, 'PC-7', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(49, '2025-06-30', 2, 8, 2, NULL, 'PC-8', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(50, '2025-06-30', 2, 9, 2, NULL, 'PC-9', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(51, '2025-06-30', 2, 10, 2, NULL, 'PC-10', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(52, '2025-06-30', 2, 11, 2, NULL, 'PC-11', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(53, '2025-06-30', 2, 12, 2, NULL, 'PC-12', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(54, '2025-06-30', 2, 13, 2, NULL, 'PC-13', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(55, '2025-06-30', 2, 14, 2, NULL, 'PC-14', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(56, '2025-06-30', 2, 15, 2, NULL, 'PC-15', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(57, '2025-06-30', 2, 16, 2, NULL, 'PC-16', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(58, '2025-06-30', 2, 17, 2, NULL, 'PC-17', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(59, '2025-06-30', 2, 18, 2, NULL, 'PC-18', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(60, '2025-06-30', 2, 19, 2, NULL, 'PC-19', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(61, '2025-06-30', 2, 20, 2, NULL, 'PC-20', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(62, '2025-06-30', 2, 21, 2, NULL, 'PC-21', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION'),
	(63, '2025-06-30', 2, 22, 2, NULL, 'PC-22', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION');


--
-- Data for Name: device_type; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.device_type VALUES
	(1, 'server'),
	(2, 'workstation');


--
-- Data for Name: organization; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.organization VALUES
	(1, 'Test MSP', '2026-11-30 13:23:12.745784+00');


--
-- Data for Name: qbr_acceptances; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: qbr_alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_alembic_version VALUES
	('0010');


--
-- Data for Name: qbr_alerts; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: qbr_collection_log; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_collection_log VALUES
	(1, '2026-11-30 13:23:14.520661+00', '2026-11-30 13:23:15.092387+00', '2025-04', 1, 2, 'a9d61584-6425-479b-8855-ec79faad70ed', 'success', NULL, 2, 1, '2026-11-30 13:23:15.086912+00'),
	(2, '2026-11-30 13:23:15.023802+00', '2026-11-30 13:23:15.553024+00', '2025-04', 1, 3, 'a9d61584-6425-479b-8855-ec79faad70ed', 'success', NULL, 3, 1, '2026-11-30 13:23:15.54418+00'),
	(3, '2026-11-30 13:23:16.709012+00', '2026-11-30 13:23:17.883238+00', '2025-05', 1, 2, '327f779e-7e76-4f37-bb38-efca865d3adc', 'success', NULL, 2, 1, '2026-11-30 13:23:17.861193+00'),
	(4, '2026-11-30 13:23:17.610767+00', '2026-11-30 13:23:20.12877+00', '2025-05', 1, 3, '327f779e-7e76-4f37-bb38-efca865d3adc', 'success', NULL, 3, 3, '2026-11-30 13:23:20.086835+00'),
	(5, '2026-11-30 13:23:22.774789+00', '2026-11-30 13:23:23.676399+00', '2025-06', 1, 2, 'cec85334-46e5-4c28-ba21-f8ef650e3f69', 'success', NULL, 2, 1, '2026-11-30 13:23:23.662361+00'),
	(6, '2026-11-30 13:23:23.482599+00', '2026-11-30 13:23:24.978773+00', '2025-06', 1, 3, 'cec85334-46e5-4c28-ba21-f8ef650e3f69', 'success', NULL, 3, 1, '2026-11-30 13:23:24.967034+00'),
	(7, '2026-11-30 13:23:27.507386+00', '2026-11-30 13:23:28.60507+00', '2025-04', 1, 2, 'd8c5682e-76f8-4ba8-8c09-567e838e0425', 'success', NULL, 2, 1, '2026-11-30 13:23:28.568936+00'),
	(8, '2026-11-30 13:23:28.177808+00', '2026-11-30 13:23:31.134827+00', '2025-04', 1, 3, 'd8c5682e-76f8-4ba8-8c09-567e838e0425', 'success', NULL, 3, 3, '2026-11-30 13:23:31.050818+00'),
	(9, '2026-11-30 13:23:34.148775+00', '2026-11-30 13:23:34.870871+00', '2025-05', 1, 2, '7fad2bc6-2c48-4a4e-af59-9ca1ff8fa723', 'success', NULL, 2, 1, '2026-11-30 13:23:34.861185+00'),
	(10, '2026-11-30 13:23:34.753849+00', '2026-11-30 13:23:36.39863+00', '2025-05', 1, 3, '7fad2bc6-2c48-4a4e-af59-9ca1ff8fa723', 'success', NULL, 3, 2, '2026-11-30 13:23:36.340211+00'),
	(11, '2026-11-30 13:23:39.616368+00', '2026-11-30 13:23:40.840292+00', '2025-06', 1, 2, 'eb50ac4e-fe3f-4786-9f6a-eaa5ff5284d1', 'success', NULL, 2, 1, '2026-11-30 13:23:40.810197+00'),
	(12, '2026-11-30 13:23:40.610538+00', '2026-11-30 13:23:42.22592+00', '2025-06', 1, 3, 'eb50ac4e-fe3f-4786-9f6a-eaa5ff5284d1', 'success', NULL, 3, 2, '2026-11-30 13:23:42.157779+00');


--
-- Data for Name: qbr_devices; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_devices VALUES
	(1, 1, 2, '2025-04', 'N-13', 'PC-13', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(2, 1, 2, '2025-04', 'N-8', 'PC-8', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(3, 1, 2, '2025-04', 'N-9', 'PC-9', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(4, 1, 2, '2025-04', 'N-16', 'PC-16', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(5, 1, 2, '2025-04', 'N-15', 'PC-15', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(6, 1, 2, '2025-04', 'N-11', 'PC-11', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(7, 1, 2, '2025-04', 'N-7', 'PC-7', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(8, 1, 2, '2025-04', 'N-17', 'PC-17', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(9, 1, 2, '2025-04', 'N-2', 'PC-2', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(10, 1, 2, '2025-04', 'N-1', 'PC-1', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(11, 1, 2, '2025-04', 'N-4', 'PC-4', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(12, 1, 2, '2025-04', 'N-20', 'PC-20', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(13, 1, 2, '2025-04', 'N-10', 'PC-10', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(14, 1, 2, '2025-04', 'N-12', 'PC-12', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(15, 1, 2, '2025-04', 'N-19', 'PC-19', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(16, 1, 2, '2025-04', 'N-5', 'PC-5', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(17, 1, 2, '2025-04', 'N-6', 'PC-6', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(18, 1, 2, '2025-04', 'N-18', 'PC-18', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(19, 1, 2, '2025-04', 'N-3', 'PC-3', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(20, 1, 2, '2025-04', 'N-14', 'PC-14', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:15.092387+00', NULL),
	(21, 1, 2, '2025-05', 'N-13', 'PC-13', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(22, 1, 2, '2025-05', 'N-8', 'PC-8', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(23, 1, 2, '2025-05', 'N-9', 'PC-9', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(24, 1, 2, '2025-05', 'N-16', 'PC-16', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(25, 1, 2, '2025-05', 'N-15', 'PC-15', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(26, 1, 2, '2025-05', 'N-11', 'PC-11', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(27, 1, 2, '2025-05', 'N-7', 'PC-7', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(28, 1, 2, '2025-05', 'N-17', 'PC-17', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(29, 1, 2, '2025-05', 'N-2', 'PC-2', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(30, 1, 2, '2025-05', 'N-1', 'PC-1', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(31, 1, 2, '2025-05', 'N-21', 'PC-21', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(32, 1, 2, '2025-05', 'N-4', 'PC-4', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(33, 1, 2, '2025-05', 'N-20', 'PC-20', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(34, 1, 2, '2025-05', 'N-10', 'PC-10', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(35, 1, 2, '2025-05', 'N-12', 'PC-12', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(36, 1, 2, '2025-05', 'N-19', 'PC-19', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(37, 1, 2, '2025-05', 'N-5', 'PC-5', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(38, 1, 2, '2025-05', 'N-6', 'PC-6', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(39, 1, 2, '2025-05', 'N-18', 'PC-18', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(40, 1, 2, '2025-05', 'N-3', 'PC-3', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(41, 1, 2, '2025-05', 'N-14', 'PC-14', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:17.883238+00', NULL),
	(42, 1, 2, '2025-06', 'N-22', 'PC-22', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(43, 1, 2, '2025-06', 'N-13', 'PC-13', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(44, 1, 2, '2025-06', 'N-8', 'PC-8', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(45, 1, 2, '2025-06', 'N-9', 'PC-9', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(46, 1, 2, '2025-06', 'N-16', 'PC-16', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(47, 1, 2, '2025-06', 'N-15', 'PC-15', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(48, 1, 2, '2025-06', 'N-11', 'PC-11', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(49, 1, 2, '2025-06', 'N-7', 'PC-7', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(50, 1, 2, '2025-06', 'N-17', 'PC-17', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(51, 1, 2, '2025-06', 'N-2', 'PC-2', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(52, 1, 2, '2025-06', 'N-1', 'PC-1', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(53, 1, 2, '2025-06', 'N-21', 'PC-21', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(54, 1, 2, '2025-06', 'N-4', 'PC-4', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(55, 1, 2, '2025-06', 'N-20', 'PC-20', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(56, 1, 2, '2025-06', 'N-10', 'PC-10', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(57, 1, 2, '2025-06', 'N-12', 'PC-12', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(58, 1, 2, '2025-06', 'N-19', 'PC-19', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(59, 1, 2, '2025-06', 'N-5', 'PC-5', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(60, 1, 2, '2025-06', 'N-6', 'PC-6', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(61, 1, 2, '2025-06', 'N-18', 'PC-18', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(62, 1, 2, '2025-06', 'N-3', 'PC-3', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL),
	(63, 1, 2, '2025-06', 'N-14', 'PC-14', 'Alder Creek Dental', NULL, 'WINDOWS_WORKSTATION', true, true, 'workstation', '2026-11-30 13:23:23.676399+00', NULL);


--
-- Data for Name: qbr_ended_sessions; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: qbr_finding_events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_finding_events VALUES
	(1, 1, 1, NULL, 'open', 'warn', NULL, NULL, NULL, NULL, NULL, '2025-07-02 04:00:00+00'),
	(2, 1, 2, NULL, 'open', 'warn', NULL, NULL, NULL, NULL, NULL, '2025-07-02 04:00:00+00'),
	(3, 1, 3, NULL, 'open', 'warn', 9.00, NULL, NULL, NULL, NULL, '2025-07-03 04:00:00+00'),
	(4, 1, 4, NULL, 'open', 'warn', 15.00, NULL, NULL, NULL, NULL, '2025-07-03 04:00:00+00');


--
-- Data for Name: qbr_findings; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_findings VALUES
	(3, 1, 'reactive_tickets_closed', '2025-04', 'manual_differs', 'monthly_metrics', 'warn', 9.00, '11', 'Reactive tickets closed of April 2025: 9 was entered by hand; the collection finds 11. The entered value stays.', '{tickets_per_tech_per_month,total_close_pct,avg_resolution_time}', 'open', '2025-07-03 04:00:00+00', '2025-07-03 04:00:00+00', '2025-07-03 04:00:00+00', NULL, NULL, NULL, NULL, '2026-11-30 13:23:31.797171+00', '2026-11-30 13:23:31.797171+00', NULL, NULL),
	(1, 1, 'inputs', '2025-04', 'absent', 'monthly_metrics', 'warn', NULL, 'every input by 2025-05-10', '21 inputs of April 2025 are missing; they were due by May 10: Non-recurring Revenue (NRR), Monthly Recurring Revenue (MRR), Other Recurring Revenue (ORR), Product Sales, Employee Expense, Owner Comp to pay QTR est taxes, Owner Compensation, Product Cost of Goods Sold (COGS), All Other Expenses, Employees, Technical Employees, Manage Services Agreements, Telemarketing Dials, First Time Appointments (FTA), Prospects to Hit PBR, New Agreements, New MRR, Lost MRR, Cash Reserve, A/R >90 days, Average monthly expenses of the prior year', '{tickets_per_tech_per_month,reactive_service_pct,net_profit_pct,revenue_from_services_pct,services_from_mrr_pct,annual_service_rev_per_employee,annual_service_rev_per_tech,avg_aisp,avg_mrr_per_agreement,new_mrr_added,lost_mrr_churn,net_mrr_gain,dials_per_appointment,sales_call_close_pct}', 'open', '2025-07-02 04:00:00+00', '2025-07-03 04:00:00+00', '2025-07-02 04:00:00+00', NULL, NULL, NULL, NULL, '2026-11-30 13:23:15.834393+00', '2026-11-30 13:23:31.853538+00', NULL, NULL),
	(4, 1, 'reactive_tickets_created', '2025-05', 'restated', 'connectwise_metrics', 'warn', 15.00, '13', 'Reactive tickets created of May 2025 changed from 13 to 15 (+15 %) after the month was closed', '{total_close_pct,tickets_per_endpoint_per_month}', 'open', '2025-07-03 04:00:00+00', '2025-07-03 04:00:00+00', '2025-07-03 04:00:00+00', NULL, NULL, NULL, NULL, '2026-11-30 13:23:36.760402+00', '2026-11-30 13:23:36.760402+00', NULL, NULL),
	(2, 1, 'inputs', '2025-05', 'absent', 'monthly_metrics', 'warn', NULL, 'every input by 2025-06-10', '16 inputs of May 2025 are missing; they were due by June 10: Other Recurring Revenue (ORR), Product Sales, Employee Expense, Owner Comp to pay QTR est taxes, Owner Compensation, Product Cost of Goods Sold (COGS), All Other Expenses, Telemarketing Dials, First Time Appointments (FTA), Prospects to Hit PBR, New Agreements, New MRR, Lost MRR, Cash Reserve, A/R >90 days, Average monthly expenses of the prior year', '{net_profit_pct,revenue_from_services_pct,new_mrr_added,lost_mrr_churn,net_mrr_gain,dials_per_appointment,sales_call_close_pct}', 'open', '2025-07-02 04:00:00+00', '2025-07-03 04:00:00+00', '2025-07-02 04:00:00+00', NULL, NULL, NULL, NULL, '2026-11-30 13:23:21.07933+00', '2026-11-30 13:23:37.152801+00', NULL, NULL);


--
-- Data for Name: qbr_metrics_history; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_metrics_history VALUES
	(1, 1, '2025-05', 'technical_employees', 5, NULL, 4.0000, NULL, 'manual', 'entry', 'Kim', 'counted by hand', NULL, NULL, '2026-11-30 13:23:13.422151+00', 759, NULL),
	(2, 1, '2025-05', 'employees', 5, NULL, 6.0000, NULL, 'manual', 'entry', 'Kim', 'counted by hand', NULL, NULL, '2026-11-30 13:23:13.518726+00', 760, NULL),
	(3, 1, '2025-05', 'mrr', 4, NULL, 30000.5000, NULL, 'manual', 'entry', 'Kim', 'counted by hand', NULL, NULL, '2026-11-30 13:23:13.602343+00', 761, NULL),
	(4, 1, '2025-05', 'nrr', 4, NULL, 1200.0000, NULL, 'manual', 'entry', 'Kim', 'counted by hand', NULL, NULL, '2026-11-30 13:23:13.658377+00', 762, NULL),
	(5, 1, '2025-05', 'agreements', 5, NULL, 20.0000, NULL, 'manual', 'entry', 'Kim', 'counted by hand', NULL, NULL, '2026-11-30 13:23:13.730555+00', 763, NULL),
	(6, 1, '2025-04', 'endpoints_managed', 2, NULL, 20.0000, NULL, 'collected', 'collection', NULL, NULL, 'a9d61584-6425-479b-8855-ec79faad70ed', 1, '2026-11-30 13:23:15.092387+00', 766, NULL),
	(7, 1, '2025-04', 'seats_managed', 2, NULL, 20.0000, NULL, 'collected', 'collection', NULL, NULL, 'a9d61584-6425-479b-8855-ec79faad70ed', 1, '2026-11-30 13:23:15.092387+00', 766, NULL),
	(8, 1, '2025-04', 'reactive_tickets_created', 3, NULL, 12.0000, NULL, 'collected', 'collection', NULL, NULL, 'a9d61584-6425-479b-8855-ec79faad70ed', 2, '2026-11-30 13:23:15.553024+00', 768, NULL),
	(9, 1, '2025-04', 'reactive_tickets_closed', 3, NULL, 11.0000, NULL, 'collected', 'collection', NULL, NULL, 'a9d61584-6425-479b-8855-ec79faad70ed', 2, '2026-11-30 13:23:15.553024+00', 768, NULL),
	(10, 1, '2025-04', 'reactive_time_spent', 3, NULL, 4.7500, NULL, 'collected', 'collection', NULL, NULL, 'a9d61584-6425-479b-8855-ec79faad70ed', 2, '2026-11-30 13:23:15.553024+00', 768, NULL),
	(11, 1, '2025-05', 'endpoints_managed', 2, NULL, 21.0000, NULL, 'collected', 'collection', NULL, NULL, '327f779e-7e76-4f37-bb38-efca865d3adc', 3, '2026-11-30 13:23:17.883238+00', 773, NULL),
	(12, 1, '2025-05', 'seats_managed', 2, NULL, 21.0000, NULL, 'collected', 'collection', NULL, NULL, '327f779e-7e76-4f37-bb38-efca865d3adc', 3, '2026-11-30 13:23:17.883238+00', 773, NULL),
	(13, 1, '2025-05', 'reactive_tickets_created', 3, NULL, 13.0000, NULL, 'collected', 'collection', NULL, NULL, '327f779e-7e76-4f37-bb38-efca865d3adc', 4, '2026-11-30 13:23:20.12877+00', 775, NULL),
	(14, 1, '2025-05', 'reactive_tickets_closed', 3, NULL, 12.0000, NULL, 'collected', 'collection', NULL, NULL, '327f779e-7e76-4f37-bb38-efca865d3adc', 4, '2026-11-30 13:23:20.12877+00', 775, NULL),
	(15, 1, '2025-05', 'reactive_time_spent', 3, NULL, 4.7500, NULL, 'collected', 'collection', NULL, NULL, '327f779e-7e76-4f37-bb38-efca865d3adc', 4, '2026-11-30 13:23:20.12877+00', 775, NULL),
	(16, 1, '2025-06', 'endpoints_managed', 2, NULL, 22.0000, NULL, 'collected', 'collection', NULL, NULL, 'cec85334-46e5-4c28-ba21-f8ef650e3f69', 5, '2026-11-30 13:23:23.676399+00', 780, NULL),
	(17, 1, '2025-06', 'seats_managed', 2, NULL, 22.0000, NULL, 'collected', 'collection', NULL, NULL, 'cec85334-46e5-4c28-ba21-f8ef650e3f69', 5, '2026-11-30 13:23:23.676399+00', 780, NULL),
	(18, 1, '2025-06', 'reactive_tickets_created', 3, NULL, 14.0000, NULL, 'collected', 'collection', NULL, NULL, 'cec85334-46e5-4c28-ba21-f8ef650e3f69', 6, '2026-11-30 13:23:24.978773+00', 782, NULL),
	(19, 1, '2025-06', 'reactive_tickets_closed', 3, NULL, 13.0000, NULL, 'collected', 'collection', NULL, NULL, 'cec85334-46e5-4c28-ba21-f8ef650e3f69', 6, '2026-11-30 13:23:24.978773+00', 782, NULL),
	(20, 1, '2025-06', 'reactive_time_spent', 3, NULL, 4.7500, NULL, 'collected', 'collection', NULL, NULL, 'cec85334-46e5-4c28-ba21-f8ef650e3f69', 6, '2026-11-30 13:23:24.978773+00', 782, NULL),
	(21, 1, '2025-04', 'reactive_tickets_closed', 3, 11.0000, 9.0000, 'collected', 'manual', 'entry', 'Kim', 'counted by hand', NULL, NULL, '2026-11-30 13:23:25.884226+00', 784, NULL),
	(22, 1, '2025-05', 'reactive_tickets_created', 3, 13.0000, 15.0000, 'collected', 'collected', 'collection', NULL, NULL, '7fad2bc6-2c48-4a4e-af59-9ca1ff8fa723', 10, '2026-11-30 13:23:36.39863+00', 796, NULL);


--
-- Data for Name: qbr_metrics_monthly; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_metrics_monthly VALUES
	(1, '2025-05', 1, 5, 'technical_employees', 4.0000, 'manual', NULL, 'Kim', 'counted by hand', '2026-11-30 13:23:13.422151+00', '2026-11-30 13:23:13.422151+00'),
	(2, '2025-05', 1, 5, 'employees', 6.0000, 'manual', NULL, 'Kim', 'counted by hand', '2026-11-30 13:23:13.518726+00', '2026-11-30 13:23:13.518726+00'),
	(3, '2025-05', 1, 4, 'mrr', 30000.5000, 'manual', NULL, 'Kim', 'counted by hand', '2026-11-30 13:23:13.602343+00', '2026-11-30 13:23:13.602343+00'),
	(4, '2025-05', 1, 4, 'nrr', 1200.0000, 'manual', NULL, 'Kim', 'counted by hand', '2026-11-30 13:23:13.658377+00', '2026-11-30 13:23:13.658377+00'),
	(5, '2025-05', 1, 5, 'agreements', 20.0000, 'manual', NULL, 'Kim', 'counted by hand', '2026-11-30 13:23:13.730555+00', '2026-11-30 13:23:13.730555+00'),
	(9, '2025-04', 1, 3, 'reactive_tickets_closed', 9.0000, 'manual', '2026-11-30 13:23:15.553024+00', 'Kim', 'counted by hand', '2026-11-30 13:23:15.553024+00', '2026-11-30 13:23:25.884226+00'),
	(6, '2025-04', 1, 2, 'endpoints_managed', 20.0000, 'collected', '2026-11-30 13:23:28.60507+00', NULL, NULL, '2026-11-30 13:23:15.092387+00', '2026-11-30 13:23:15.092387+00'),
	(7, '2025-04', 1, 2, 'seats_managed', 20.0000, 'collected', '2026-11-30 13:23:28.60507+00', NULL, NULL, '2026-11-30 13:23:15.092387+00', '2026-11-30 13:23:15.092387+00'),
	(8, '2025-04', 1, 3, 'reactive_tickets_created', 12.0000, 'collected', '2026-11-30 13:23:31.134827+00', NULL, NULL, '2026-11-30 13:23:15.553024+00', '2026-11-30 13:23:15.553024+00'),
	(10, '2025-04', 1, 3, 'reactive_time_spent', 4.7500, 'collected', '2026-11-30 13:23:31.134827+00', NULL, NULL, '2026-11-30 13:23:15.553024+00', '2026-11-30 13:23:15.553024+00'),
	(11, '2025-05', 1, 2, 'endpoints_managed', 21.0000, 'collected', '2026-11-30 13:23:34.870871+00', NULL, NULL, '2026-11-30 13:23:17.883238+00', '2026-11-30 13:23:17.883238+00'),
	(12, '2025-05', 1, 2, 'seats_managed', 21.0000, 'collected', '2026-11-30 13:23:34.870871+00', NULL, NULL, '2026-11-30 13:23:17.883238+00', '2026-11-30 13:23:17.883238+00'),
	(13, '2025-05', 1, 3, 'reactive_tickets_created', 15.0000, 'collected', '2026-11-30 13:23:36.39863+00', NULL, NULL, '2026-11-30 13:23:20.12877+00', '2026-11-30 13:23:36.39863+00'),
	(14, '2025-05', 1, 3, 'reactive_tickets_closed', 12.0000, 'collected', '2026-11-30 13:23:36.39863+00', NULL, NULL, '2026-11-30 13:23:20.12877+00', '2026-11-30 13:23:20.12877+00'),
	(15, '2025-05', 1, 3, 'reactive_time_spent', 4.7500, 'collected', '2026-11-30 13:23:36.39863+00', NULL, NULL, '2026-11-30 13:23:20.12877+00', '2026-11-30 13:23:20.12877+00'),
	(16, '2025-06', 1, 2, 'endpoints_managed', 22.0000, 'collected', '2026-11-30 13:23:40.840292+00', NULL, NULL, '2026-11-30 13:23:23.676399+00', '2026-11-30 13:23:23.676399+00'),
	(17, '2025-06', 1, 2, 'seats_managed', 22.0000, 'collected', '2026-11-30 13:23:40.840292+00', NULL, NULL, '2026-11-30 13:23:23.676399+00', '2026-11-30 13:23:23.676399+00'),
	(18, '2025-06', 1, 3, 'reactive_tickets_created', 14.0000, 'collected', '2026-11-30 13:23:42.22592+00', NULL, NULL, '2026-11-30 13:23:24.978773+00', '2026-11-30 13:23:24.978773+00'),
	(19, '2025-06', 1, 3, 'reactive_tickets_closed', 13.0000, 'collected', '2026-11-30 13:23:42.22592+00', NULL, NULL, '2026-11-30 13:23:24.978773+00', '2026-11-30 13:23:24.978773+00'),
	(20, '2025-06', 1, 3, 'reactive_time_spent', 4.7500, 'collected', '2026-11-30 13:23:42.22592+00', NULL, NULL, '2026-11-30 13:23:24.978773+00', '2026-11-30 13:23:24.978773+00');


--
-- Data for Name: qbr_metrics_quarterly; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_metrics_quarterly VALUES
	(1, '2025-Q2', 1, 'technical_employees', 4.0000, '{2025-05}', '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(2, '2025-Q2', 1, 'employees', 6.0000, '{2025-05}', '2026-11-30 13:23:13.512913+00', '2026-11-30 13:23:13.512913+00'),
	(4, '2025-Q2', 1, 'mrr', 30000.5000, '{2025-05}', '2026-11-30 13:23:13.598705+00', '2026-11-30 13:23:13.598705+00'),
	(7, '2025-Q2', 1, 'nrr', 1200.0000, '{2025-05}', '2026-11-30 13:23:13.65478+00', '2026-11-30 13:23:13.65478+00'),
	(15, '2025-Q2', 1, 'agreements', 20.0000, '{2025-05}', '2026-11-30 13:23:13.722602+00', '2026-11-30 13:23:13.722602+00'),
	(16, '2025-Q2', 1, 'endpoints_managed', 21.0000, '{2025-04,2025-05,2025-06}', '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:23.854639+00'),
	(17, '2025-Q2', 1, 'seats_managed', 21.0000, '{2025-04,2025-05,2025-06}', '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:23.854668+00'),
	(25, '2025-Q2', 1, 'reactive_time_spent', 14.2500, '{2025-04,2025-05,2025-06}', '2026-11-30 13:23:15.54418+00', '2026-11-30 13:23:25.040983+00'),
	(24, '2025-Q2', 1, 'reactive_tickets_closed', 34.0000, '{2025-04,2025-05,2025-06}', '2026-11-30 13:23:15.54418+00', '2026-11-30 13:23:26.006513+00'),
	(23, '2025-Q2', 1, 'reactive_tickets_created', 41.0000, '{2025-04,2025-05,2025-06}', '2026-11-30 13:23:15.54418+00', '2026-11-30 13:23:36.586772+00');


--
-- Data for Name: qbr_migration_rows; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_migration_rows VALUES
	(1, 'vendor', NULL, '2026-11-30 13:23:12.745784+00'),
	(2, 'organization', NULL, '2026-11-30 13:23:12.745784+00'),
	(3, 'vendor', 3, '2026-11-30 13:23:12.745784+00'),
	(4, 'vendor', 4, '2026-11-30 13:23:12.745784+00'),
	(5, 'vendor', 5, '2026-11-30 13:23:12.745784+00'),
	(6, 'vendor', 2, '2026-11-30 13:23:12.745784+00'),
	(7, 'organization', 1, '2026-11-30 13:23:12.745784+00');


--
-- Data for Name: qbr_publications; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_publications VALUES
	(1, 1, 2, '2025-04', 'a9d61584-6425-479b-8855-ec79faad70ed', '2026-11-30 13:23:14.520661+00', '2025-07-02 04:00:00+00', '2026-11-30 13:23:15.092387+00', true, '{"seats_managed": "20.00", "endpoints_managed": "20.00"}', '2025-04-30', false, '{"devices": {"chosen": "2025-04-30", "devices": 20, "suspects": [], "organizations": ["Alder Creek Dental"], "unknown_classes": 0, "node_class_fallback": false, "organizations_not_found": []}}'),
	(2, 1, 3, '2025-04', 'a9d61584-6425-479b-8855-ec79faad70ed', '2026-11-30 13:23:15.023802+00', '2025-07-02 04:00:00+00', '2026-11-30 13:23:15.553024+00', true, '{"reactive_time_spent": "4.75", "reactive_tickets_closed": "11.00", "reactive_tickets_created": "12.00"}', NULL, false, '{"tickets": {"answer": {"outside": [], "tickets": 0, "not_found": 0, "mismatches": []}}, "time_entries": {"answer": {"outside": [], "tickets": 1, "not_found": 0, "mismatches": []}}}'),
	(3, 1, 2, '2025-05', '327f779e-7e76-4f37-bb38-efca865d3adc', '2026-11-30 13:23:16.709012+00', '2025-07-02 04:00:00+00', '2026-11-30 13:23:17.883238+00', true, '{"seats_managed": "21.00", "endpoints_managed": "21.00"}', '2025-05-31', false, '{"devices": {"chosen": "2025-05-31", "devices": 21, "suspects": [], "organizations": ["Alder Creek Dental"], "unknown_classes": 0, "node_class_fallback": false, "organizations_not_found": []}}'),
	(4, 1, 3, '2025-05', '327f779e-7e76-4f37-bb38-efca865d3adc', '2026-11-30 13:23:17.610767+00', '2025-07-02 04:00:00+00', '2026-11-30 13:23:20.12877+00', true, '{"reactive_time_spent": "4.75", "reactive_tickets_closed": "12.00", "reactive_tickets_created": "13.00"}', NULL, false, '{"tickets": {"answer": {"outside": [], "tickets": 0, "not_found": 0, "mismatches": []}}, "time_entries": {"answer": {"outside": [], "tickets": 1, "not_found": 0, "mismatches": []}}}'),
	(5, 1, 2, '2025-06', 'cec85334-46e5-4c28-ba21-f8ef650e3f69', '2026-11-30 13:23:22.774789+00', '2025-07-02 04:00:00+00', '2026-11-30 13:23:23.676399+00', true, '{"seats_managed": "22.00", "endpoints_managed": "22.00"}', '2025-06-30', false, '{"devices": {"chosen": "2025-06-30", "devices": 22, "suspects": [], "organizations": ["Alder Creek Dental"], "unknown_classes": 0, "node_class_fallback": false, "organizations_not_found": []}}'),
	(6, 1, 3, '2025-06', 'cec85334-46e5-4c28-ba21-f8ef650e3f69', '2026-11-30 13:23:23.482599+00', '2025-07-02 04:00:00+00', '2026-11-30 13:23:24.978773+00', true, '{"reactive_time_spent": "4.75", "reactive_tickets_closed": "13.00", "reactive_tickets_created": "14.00"}', NULL, false, '{"tickets": {"answer": {"outside": [], "tickets": 0, "not_found": 0, "mismatches": []}}, "time_entries": {"answer": {"outside": [], "tickets": 1, "not_found": 0, "mismatches": []}}}'),
	(7, 1, 2, '2025-04', 'd8c5682e-76f8-4ba8-8c09-567e838e0425', '2026-11-30 13:23:27.507386+00', '2025-07-03 04:00:00+00', '2026-11-30 13:23:28.60507+00', true, '{"seats_managed": "20.00", "endpoints_managed": "20.00"}', '2025-04-30', false, '{"devices": {"chosen": "2025-04-30", "devices": 20, "suspects": [], "organizations": ["Alder Creek Dental"], "unknown_classes": 0, "node_class_fallback": false, "organizations_not_found": []}}'),
	(8, 1, 3, '2025-04', 'd8c5682e-76f8-4ba8-8c09-567e838e0425', '2026-11-30 13:23:28.177808+00', '2025-07-03 04:00:00+00', '2026-11-30 13:23:31.134827+00', true, '{"reactive_time_spent": "4.75", "reactive_tickets_closed": "11.00", "reactive_tickets_created": "12.00"}', NULL, false, '{"tickets": {"answer": {"outside": [], "tickets": 0, "not_found": 0, "mismatches": []}}, "time_entries": {"answer": {"outside": [], "tickets": 1, "not_found": 0, "mismatches": []}}}'),
	(9, 1, 2, '2025-05', '7fad2bc6-2c48-4a4e-af59-9ca1ff8fa723', '2026-11-30 13:23:34.148775+00', '2025-07-03 04:00:00+00', '2026-11-30 13:23:34.870871+00', true, '{"seats_managed": "21.00", "endpoints_managed": "21.00"}', '2025-05-31', false, '{"devices": {"chosen": "2025-05-31", "devices": 21, "suspects": [], "organizations": ["Alder Creek Dental"], "unknown_classes": 0, "node_class_fallback": false, "organizations_not_found": []}}'),
	(10, 1, 3, '2025-05', '7fad2bc6-2c48-4a4e-af59-9ca1ff8fa723', '2026-11-30 13:23:34.753849+00', '2025-07-03 04:00:00+00', '2026-11-30 13:23:36.39863+00', true, '{"reactive_time_spent": "4.75", "reactive_tickets_closed": "12.00", "reactive_tickets_created": "15.00"}', NULL, false, '{"tickets": {"answer": {"outside": [], "tickets": 0, "not_found": 0, "mismatches": []}}, "time_entries": {"answer": {"outside": [], "tickets": 1, "not_found": 0, "mismatches": []}}}'),
	(11, 1, 2, '2025-06', 'eb50ac4e-fe3f-4786-9f6a-eaa5ff5284d1', '2026-11-30 13:23:39.616368+00', '2025-07-03 04:00:00+00', '2026-11-30 13:23:40.840292+00', true, '{"seats_managed": "22.00", "endpoints_managed": "22.00"}', '2025-06-30', false, '{"devices": {"chosen": "2025-06-30", "devices": 22, "suspects": [], "organizations": ["Alder Creek Dental"], "unknown_classes": 0, "node_class_fallback": false, "organizations_not_found": []}}'),
	(12, 1, 3, '2025-06', 'eb50ac4e-fe3f-4786-9f6a-eaa5ff5284d1', '2026-11-30 13:23:40.610538+00', '2025-07-03 04:00:00+00', '2026-11-30 13:23:42.22592+00', true, '{"reactive_time_spent": "4.75", "reactive_tickets_closed": "13.00", "reactive_tickets_created": "14.00"}', NULL, false, '{"tickets": {"answer": {"outside": [], "tickets": 0, "not_found": 0, "mismatches": []}}, "time_entries": {"answer": {"outside": [], "tickets": 1, "not_found": 0, "mismatches": []}}}');


--
-- Data for Name: qbr_restatement_rows; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_restatement_rows VALUES
	(1, 1, 1, 'tickets', '202525040', NULL, NULL, 'came', 'came, on board Help Desk', NULL, 1, 1),
	(2, 1, 1, 'tickets', '202525041', NULL, NULL, 'came', 'came, on board Help Desk', NULL, 1, 1);


--
-- Data for Name: qbr_restatements; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_restatements VALUES
	(1, 1, 3, '2025-05', 'reactive_tickets_created', 13.0000, 15.0000, '7fad2bc6-2c48-4a4e-af59-9ca1ff8fa723', 10, '2026-11-30 13:23:36.39863+00', NULL, NULL);


--
-- Data for Name: qbr_smartnumbers; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_smartnumbers VALUES
	(7, '2025-05', 'monthly', 1, 'net_profit_pct', NULL, 'net_profit / total_revenue; no value: 2025-05 lacks net_profit, total_revenue', '{}', '{}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(14, '2025-05', 'monthly', 1, 'new_mrr_added', NULL, 'new_mrr; no value: 2025-05 lacks new_mrr', '{}', '{}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(15, '2025-05', 'monthly', 1, 'lost_mrr_churn', NULL, 'lost_mrr; no value: 2025-05 lacks lost_mrr', '{}', '{}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(16, '2025-05', 'monthly', 1, 'net_mrr_gain', NULL, 'new_mrr - lost_mrr; no value: 2025-05 lacks new_mrr, lost_mrr', '{}', '{}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(17, '2025-05', 'monthly', 1, 'dials_per_appointment', NULL, 'telemarketing_dials / first_time_appointments; no value: 2025-05 lacks telemarketing_dials, first_time_appointments', '{}', '{}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(18, '2025-05', 'monthly', 1, 'sales_call_close_pct', NULL, 'new_agreements / first_time_appointments; no value: 2025-05 lacks new_agreements, first_time_appointments', '{}', '{}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(25, '2025-Q2', 'quarterly', 1, 'net_profit_pct', NULL, 'net_profit / total_revenue; no value: 2025-04 lacks net_profit, total_revenue; 2025-05 lacks net_profit, total_revenue; 2025-06 lacks net_profit, total_revenue', '{}', '{}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(32, '2025-Q2', 'quarterly', 1, 'new_mrr_added', NULL, 'new_mrr; no value: 2025-04 lacks new_mrr; 2025-05 lacks new_mrr; 2025-06 lacks new_mrr', '{}', '{}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(1, '2025-05', 'monthly', 1, 'tickets_per_tech_per_month', 3.0000, 'reactive_tickets_closed / technical_employees / months; reactive_tickets_closed = 12 (sum); technical_employees = 4 (average); months used: 2025-05', '{"technical_employees": "4.0000", "reactive_tickets_closed": "12.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:20.267707+00'),
	(8, '2025-05', 'monthly', 1, 'revenue_from_services_pct', NULL, '(nrr + mrr) / total_revenue; no value: 2025-05 lacks total_revenue', '{}', '{}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.679491+00'),
	(9, '2025-05', 'monthly', 1, 'services_from_mrr_pct', 0.9615, 'mrr / (nrr + mrr); mrr = 30,000.5 (sum); nrr = 1,200 (sum); months used: 2025-05', '{"mrr": "30000.5000", "nrr": "1200.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.67951+00'),
	(11, '2025-05', 'monthly', 1, 'annual_service_rev_per_tech', 93601.5000, '(nrr + mrr) / technical_employees * 12 / months; nrr = 1,200 (sum); mrr = 30,000.5 (sum); technical_employees = 4 (average); months used: 2025-05', '{"mrr": "30000.5000", "nrr": "1200.0000", "technical_employees": "4.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.679529+00'),
	(2, '2025-05', 'monthly', 1, 'total_close_pct', 0.8000, 'reactive_tickets_closed / reactive_tickets_created; reactive_tickets_closed = 12 (sum); reactive_tickets_created = 15 (sum); months used: 2025-05', '{"reactive_tickets_closed": "12.0000", "reactive_tickets_created": "15.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:36.547165+00'),
	(3, '2025-05', 'monthly', 1, 'tickets_per_endpoint_per_month', 0.7143, 'reactive_tickets_created / endpoints_managed / months; reactive_tickets_created = 15 (sum); endpoints_managed = 21 (average); months used: 2025-05', '{"endpoints_managed": "21.0000", "reactive_tickets_created": "15.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:36.547196+00'),
	(4, '2025-05', 'monthly', 1, 'rhem', 0.2262, 'reactive_time_spent / endpoints_managed / months; reactive_time_spent = 4.75 (sum); endpoints_managed = 21 (average); months used: 2025-05', '{"endpoints_managed": "21.0000", "reactive_time_spent": "4.7500"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:20.267782+00'),
	(5, '2025-05', 'monthly', 1, 'avg_resolution_time', 0.3958, 'reactive_time_spent / reactive_tickets_closed; reactive_time_spent = 4.75 (sum); reactive_tickets_closed = 12 (sum); months used: 2025-05', '{"reactive_time_spent": "4.7500", "reactive_tickets_closed": "12.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:20.267793+00'),
	(6, '2025-05', 'monthly', 1, 'reactive_service_pct', 0.0071, '(reactive_time_spent / months) / (technical_employees * 167); reactive_time_spent = 4.75 (sum); technical_employees = 4 (average); months used: 2025-05', '{"reactive_time_spent": "4.7500", "technical_employees": "4.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:20.267804+00'),
	(19, '2025-Q2', 'quarterly', 1, 'tickets_per_tech_per_month', 3.0000, 'reactive_tickets_closed / technical_employees / months; reactive_tickets_closed = 12 (sum); technical_employees = 4 (average); months used: 2025-05; provisional', '{"technical_employees": "4.0000", "reactive_tickets_closed": "12.0000"}', '{2025-05}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:20.365076+00'),
	(20, '2025-Q2', 'quarterly', 1, 'total_close_pct', 0.8293, 'reactive_tickets_closed / reactive_tickets_created; reactive_tickets_closed = 34 (sum); reactive_tickets_created = 41 (sum); months used: 2025-04, 2025-05, 2025-06', '{"reactive_tickets_closed": "34.0000", "reactive_tickets_created": "41.0000"}', '{2025-04,2025-05,2025-06}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:36.610333+00'),
	(33, '2025-Q2', 'quarterly', 1, 'lost_mrr_churn', NULL, 'lost_mrr; no value: 2025-04 lacks lost_mrr; 2025-05 lacks lost_mrr; 2025-06 lacks lost_mrr', '{}', '{}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(34, '2025-Q2', 'quarterly', 1, 'net_mrr_gain', NULL, 'new_mrr - lost_mrr; no value: 2025-04 lacks new_mrr, lost_mrr; 2025-05 lacks new_mrr, lost_mrr; 2025-06 lacks new_mrr, lost_mrr', '{}', '{}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(35, '2025-Q2', 'quarterly', 1, 'dials_per_appointment', NULL, 'telemarketing_dials / first_time_appointments; no value: 2025-04 lacks telemarketing_dials, first_time_appointments; 2025-05 lacks telemarketing_dials, first_time_appointments; 2025-06 lacks telemarketing_dials, first_time_appointments', '{}', '{}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(36, '2025-Q2', 'quarterly', 1, 'sales_call_close_pct', NULL, 'new_agreements / first_time_appointments; no value: 2025-04 lacks new_agreements, first_time_appointments; 2025-05 lacks new_agreements, first_time_appointments; 2025-06 lacks new_agreements, first_time_appointments', '{}', '{}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.407755+00'),
	(181, '2025-04', 'monthly', 1, 'tickets_per_tech_per_month', NULL, 'reactive_tickets_closed / technical_employees / months; no value: 2025-04 lacks technical_employees', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.593797+00'),
	(10, '2025-05', 'monthly', 1, 'annual_service_rev_per_employee', 62401.0000, '(nrr + mrr) / employees * 12 / months; nrr = 1,200 (sum); mrr = 30,000.5 (sum); employees = 6 (average); months used: 2025-05', '{"mrr": "30000.5000", "nrr": "1200.0000", "employees": "6.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.679522+00'),
	(26, '2025-Q2', 'quarterly', 1, 'revenue_from_services_pct', NULL, '(nrr + mrr) / total_revenue; no value: 2025-04 lacks nrr, mrr, total_revenue; 2025-05 lacks total_revenue; 2025-06 lacks nrr, mrr, total_revenue', '{}', '{}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.714092+00'),
	(27, '2025-Q2', 'quarterly', 1, 'services_from_mrr_pct', 0.9615, 'mrr / (nrr + mrr); mrr = 30,000.5 (sum); nrr = 1,200 (sum); months used: 2025-05; provisional', '{"mrr": "30000.5000", "nrr": "1200.0000"}', '{2025-05}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.714145+00'),
	(28, '2025-Q2', 'quarterly', 1, 'annual_service_rev_per_employee', 62401.0000, '(nrr + mrr) / employees * 12 / months; nrr = 1,200 (sum); mrr = 30,000.5 (sum); employees = 6 (average); months used: 2025-05; provisional', '{"mrr": "30000.5000", "nrr": "1200.0000", "employees": "6.0000"}', '{2025-05}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.714155+00'),
	(29, '2025-Q2', 'quarterly', 1, 'annual_service_rev_per_tech', 93601.5000, '(nrr + mrr) / technical_employees * 12 / months; nrr = 1,200 (sum); mrr = 30,000.5 (sum); technical_employees = 4 (average); months used: 2025-05; provisional', '{"mrr": "30000.5000", "nrr": "1200.0000", "technical_employees": "4.0000"}', '{2025-05}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.714162+00'),
	(13, '2025-05', 'monthly', 1, 'avg_mrr_per_agreement', 1500.0250, 'mrr / agreements / months; mrr = 30,000.5 (sum); agreements = 20 (average); months used: 2025-05', '{"mrr": "30000.5000", "agreements": "20.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.749454+00'),
	(31, '2025-Q2', 'quarterly', 1, 'avg_mrr_per_agreement', 1500.0250, 'mrr / agreements / months; mrr = 30,000.5 (sum); agreements = 20 (average); months used: 2025-05; provisional', '{"mrr": "30000.5000", "agreements": "20.0000"}', '{2025-05}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:13.76943+00'),
	(187, '2025-04', 'monthly', 1, 'net_profit_pct', NULL, 'net_profit / total_revenue; no value: 2025-04 lacks net_profit, total_revenue', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(188, '2025-04', 'monthly', 1, 'revenue_from_services_pct', NULL, '(nrr + mrr) / total_revenue; no value: 2025-04 lacks nrr, mrr, total_revenue', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(189, '2025-04', 'monthly', 1, 'services_from_mrr_pct', NULL, 'mrr / (nrr + mrr); no value: 2025-04 lacks mrr, nrr', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(183, '2025-04', 'monthly', 1, 'tickets_per_endpoint_per_month', 0.6000, 'reactive_tickets_created / endpoints_managed / months; reactive_tickets_created = 12 (sum); endpoints_managed = 20 (average); months used: 2025-04', '{"endpoints_managed": "20.0000", "reactive_tickets_created": "12.0000"}', '{2025-04}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.59383+00'),
	(184, '2025-04', 'monthly', 1, 'rhem', 0.2375, 'reactive_time_spent / endpoints_managed / months; reactive_time_spent = 4.75 (sum); endpoints_managed = 20 (average); months used: 2025-04', '{"endpoints_managed": "20.0000", "reactive_time_spent": "4.7500"}', '{2025-04}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.593838+00'),
	(186, '2025-04', 'monthly', 1, 'reactive_service_pct', NULL, '(reactive_time_spent / months) / (technical_employees * 167); no value: 2025-04 lacks technical_employees', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.593852+00'),
	(12, '2025-05', 'monthly', 1, 'avg_aisp', 1428.5952, 'mrr / seats_managed / months; mrr = 30,000.5 (sum); seats_managed = 21 (average); months used: 2025-05', '{"mrr": "30000.5000", "seats_managed": "21.0000"}', '{2025-05}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:18.011899+00'),
	(30, '2025-Q2', 'quarterly', 1, 'avg_aisp', 1428.5952, 'mrr / seats_managed / months; mrr = 30,000.5 (sum); seats_managed = 21 (average); months used: 2025-05; provisional', '{"mrr": "30000.5000", "seats_managed": "21.0000"}', '{2025-05}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:18.074204+00'),
	(182, '2025-04', 'monthly', 1, 'total_close_pct', 0.7500, 'reactive_tickets_closed / reactive_tickets_created; reactive_tickets_closed = 9 (sum); reactive_tickets_created = 12 (sum); months used: 2025-04', '{"reactive_tickets_closed": "9.0000", "reactive_tickets_created": "12.0000"}', '{2025-04}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:25.960665+00'),
	(185, '2025-04', 'monthly', 1, 'avg_resolution_time', 0.5278, 'reactive_time_spent / reactive_tickets_closed; reactive_time_spent = 4.75 (sum); reactive_tickets_closed = 9 (sum); months used: 2025-04', '{"reactive_time_spent": "4.7500", "reactive_tickets_closed": "9.0000"}', '{2025-04}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:25.960716+00'),
	(190, '2025-04', 'monthly', 1, 'annual_service_rev_per_employee', NULL, '(nrr + mrr) / employees * 12 / months; no value: 2025-04 lacks nrr, mrr, employees', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(191, '2025-04', 'monthly', 1, 'annual_service_rev_per_tech', NULL, '(nrr + mrr) / technical_employees * 12 / months; no value: 2025-04 lacks nrr, mrr, technical_employees', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(192, '2025-04', 'monthly', 1, 'avg_aisp', NULL, 'mrr / seats_managed / months; no value: 2025-04 lacks mrr', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(193, '2025-04', 'monthly', 1, 'avg_mrr_per_agreement', NULL, 'mrr / agreements / months; no value: 2025-04 lacks mrr, agreements', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(194, '2025-04', 'monthly', 1, 'new_mrr_added', NULL, 'new_mrr; no value: 2025-04 lacks new_mrr', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(195, '2025-04', 'monthly', 1, 'lost_mrr_churn', NULL, 'lost_mrr; no value: 2025-04 lacks lost_mrr', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(196, '2025-04', 'monthly', 1, 'net_mrr_gain', NULL, 'new_mrr - lost_mrr; no value: 2025-04 lacks new_mrr, lost_mrr', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(197, '2025-04', 'monthly', 1, 'dials_per_appointment', NULL, 'telemarketing_dials / first_time_appointments; no value: 2025-04 lacks telemarketing_dials, first_time_appointments', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(198, '2025-04', 'monthly', 1, 'sales_call_close_pct', NULL, 'new_agreements / first_time_appointments; no value: 2025-04 lacks new_agreements, first_time_appointments', '{}', '{}', false, '2026-11-30 13:23:15.086912+00', '2026-11-30 13:23:15.086912+00'),
	(24, '2025-Q2', 'quarterly', 1, 'reactive_service_pct', 0.0071, '(reactive_time_spent / months) / (technical_employees * 167); reactive_time_spent = 4.75 (sum); technical_employees = 4 (average); months used: 2025-05; provisional', '{"reactive_time_spent": "4.7500", "technical_employees": "4.0000"}', '{2025-05}', true, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:20.36521+00'),
	(367, '2025-06', 'monthly', 1, 'net_profit_pct', NULL, 'net_profit / total_revenue; no value: 2025-06 lacks net_profit, total_revenue', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(368, '2025-06', 'monthly', 1, 'revenue_from_services_pct', NULL, '(nrr + mrr) / total_revenue; no value: 2025-06 lacks nrr, mrr, total_revenue', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(369, '2025-06', 'monthly', 1, 'services_from_mrr_pct', NULL, 'mrr / (nrr + mrr); no value: 2025-06 lacks mrr, nrr', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(370, '2025-06', 'monthly', 1, 'annual_service_rev_per_employee', NULL, '(nrr + mrr) / employees * 12 / months; no value: 2025-06 lacks nrr, mrr, employees', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(371, '2025-06', 'monthly', 1, 'annual_service_rev_per_tech', NULL, '(nrr + mrr) / technical_employees * 12 / months; no value: 2025-06 lacks nrr, mrr, technical_employees', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(372, '2025-06', 'monthly', 1, 'avg_aisp', NULL, 'mrr / seats_managed / months; no value: 2025-06 lacks mrr', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(373, '2025-06', 'monthly', 1, 'avg_mrr_per_agreement', NULL, 'mrr / agreements / months; no value: 2025-06 lacks mrr, agreements', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(374, '2025-06', 'monthly', 1, 'new_mrr_added', NULL, 'new_mrr; no value: 2025-06 lacks new_mrr', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(375, '2025-06', 'monthly', 1, 'lost_mrr_churn', NULL, 'lost_mrr; no value: 2025-06 lacks lost_mrr', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(376, '2025-06', 'monthly', 1, 'net_mrr_gain', NULL, 'new_mrr - lost_mrr; no value: 2025-06 lacks new_mrr, lost_mrr', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(361, '2025-06', 'monthly', 1, 'tickets_per_tech_per_month', NULL, 'reactive_tickets_closed / technical_employees / months; no value: 2025-06 lacks technical_employees', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:25.021614+00'),
	(362, '2025-06', 'monthly', 1, 'total_close_pct', 0.9286, 'reactive_tickets_closed / reactive_tickets_created; reactive_tickets_closed = 13 (sum); reactive_tickets_created = 14 (sum); months used: 2025-06', '{"reactive_tickets_closed": "13.0000", "reactive_tickets_created": "14.0000"}', '{2025-06}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:25.021645+00'),
	(363, '2025-06', 'monthly', 1, 'tickets_per_endpoint_per_month', 0.6364, 'reactive_tickets_created / endpoints_managed / months; reactive_tickets_created = 14 (sum); endpoints_managed = 22 (average); months used: 2025-06', '{"endpoints_managed": "22.0000", "reactive_tickets_created": "14.0000"}', '{2025-06}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:25.021659+00'),
	(364, '2025-06', 'monthly', 1, 'rhem', 0.2159, 'reactive_time_spent / endpoints_managed / months; reactive_time_spent = 4.75 (sum); endpoints_managed = 22 (average); months used: 2025-06', '{"endpoints_managed": "22.0000", "reactive_time_spent": "4.7500"}', '{2025-06}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:25.021671+00'),
	(366, '2025-06', 'monthly', 1, 'reactive_service_pct', NULL, '(reactive_time_spent / months) / (technical_employees * 167); no value: 2025-06 lacks technical_employees', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:25.02177+00'),
	(377, '2025-06', 'monthly', 1, 'dials_per_appointment', NULL, 'telemarketing_dials / first_time_appointments; no value: 2025-06 lacks telemarketing_dials, first_time_appointments', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(378, '2025-06', 'monthly', 1, 'sales_call_close_pct', NULL, 'new_agreements / first_time_appointments; no value: 2025-06 lacks new_agreements, first_time_appointments', '{}', '{}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:23.662361+00'),
	(365, '2025-06', 'monthly', 1, 'avg_resolution_time', 0.3654, 'reactive_time_spent / reactive_tickets_closed; reactive_time_spent = 4.75 (sum); reactive_tickets_closed = 13 (sum); months used: 2025-06', '{"reactive_time_spent": "4.7500", "reactive_tickets_closed": "13.0000"}', '{2025-06}', false, '2026-11-30 13:23:23.662361+00', '2026-11-30 13:23:25.021682+00'),
	(22, '2025-Q2', 'quarterly', 1, 'rhem', 0.2262, 'reactive_time_spent / endpoints_managed / months; reactive_time_spent = 14.25 (sum); endpoints_managed = 21 (average); months used: 2025-04, 2025-05, 2025-06', '{"endpoints_managed": "21.0000", "reactive_time_spent": "14.2500"}', '{2025-04,2025-05,2025-06}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:25.056456+00'),
	(23, '2025-Q2', 'quarterly', 1, 'avg_resolution_time', 0.4191, 'reactive_time_spent / reactive_tickets_closed; reactive_time_spent = 14.25 (sum); reactive_tickets_closed = 34 (sum); months used: 2025-04, 2025-05, 2025-06', '{"reactive_time_spent": "14.2500", "reactive_tickets_closed": "34.0000"}', '{2025-04,2025-05,2025-06}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:26.042876+00'),
	(21, '2025-Q2', 'quarterly', 1, 'tickets_per_endpoint_per_month', 0.6508, 'reactive_tickets_created / endpoints_managed / months; reactive_tickets_created = 41 (sum); endpoints_managed = 21 (average); months used: 2025-04, 2025-05, 2025-06', '{"endpoints_managed": "21.0000", "reactive_tickets_created": "41.0000"}', '{2025-04,2025-05,2025-06}', false, '2026-11-30 13:23:13.407755+00', '2026-11-30 13:23:36.610395+00');


--
-- Data for Name: qbr_staged_devices; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: qbr_staged_tickets; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: qbr_staged_time_entries; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: qbr_stages; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: qbr_thresholds; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_thresholds VALUES
	(1, 1, 'total_close_pct', 'warning', 0.8000, '2026-11-30 13:23:44.126793+00', '2026-11-30 13:23:44.126793+00');


--
-- Data for Name: qbr_tickets; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_tickets VALUES
	(1, 1, 3, '2025-04', 202520000, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:00:00+00', '2025-04-03 06:00:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(2, 1, 3, '2025-04', 202520001, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:01:00+00', '2025-04-03 06:01:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(3, 1, 3, '2025-04', 202520002, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:02:00+00', '2025-04-03 06:02:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(4, 1, 3, '2025-04', 202520003, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:03:00+00', '2025-04-03 06:03:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(5, 1, 3, '2025-04', 202520004, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:04:00+00', '2025-04-03 06:04:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(6, 1, 3, '2025-04', 202520005, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:05:00+00', '2025-04-03 06:05:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(7, 1, 3, '2025-04', 202520006, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:06:00+00', '2025-04-03 06:06:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(8, 1, 3, '2025-04', 202520007, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:07:00+00', '2025-04-03 06:07:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(9, 1, 3, '2025-04', 202520008, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:08:00+00', '2025-04-03 06:08:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(10, 1, 3, '2025-04', 202520009, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:09:00+00', '2025-04-03 06:09:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(11, 1, 3, '2025-04', 202520010, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:10:00+00', '2025-04-03 06:10:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(12, 1, 3, '2025-04', 202520011, NULL, 'Help Desk', 'New', NULL, NULL, NULL, NULL, NULL, '2025-04-03 05:11:00+00', NULL, NULL, true, 'counts', false, 'status is New', '2026-11-30 13:23:15.553024+00', NULL),
	(13, 1, 3, '2025-05', 202525000, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:00:00+00', '2025-05-03 06:00:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(14, 1, 3, '2025-05', 202525001, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:01:00+00', '2025-05-03 06:01:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(15, 1, 3, '2025-05', 202525002, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:02:00+00', '2025-05-03 06:02:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(16, 1, 3, '2025-05', 202525003, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:03:00+00', '2025-05-03 06:03:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(17, 1, 3, '2025-05', 202525004, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:04:00+00', '2025-05-03 06:04:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(18, 1, 3, '2025-05', 202525005, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:05:00+00', '2025-05-03 06:05:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(19, 1, 3, '2025-05', 202525006, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:06:00+00', '2025-05-03 06:06:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(20, 1, 3, '2025-05', 202525007, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:07:00+00', '2025-05-03 06:07:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(21, 1, 3, '2025-05', 202525008, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:08:00+00', '2025-05-03 06:08:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(22, 1, 3, '2025-05', 202525009, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:09:00+00', '2025-05-03 06:09:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(23, 1, 3, '2025-05', 202525010, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:10:00+00', '2025-05-03 06:10:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(24, 1, 3, '2025-05', 202525011, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:11:00+00', '2025-05-03 06:11:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(25, 1, 3, '2025-05', 202525012, NULL, 'Help Desk', 'New', NULL, NULL, NULL, NULL, NULL, '2025-05-03 05:12:00+00', NULL, NULL, true, 'counts', false, 'status is New', '2026-11-30 13:23:20.12877+00', NULL),
	(26, 1, 3, '2025-06', 202530000, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:00:00+00', '2025-06-03 06:00:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(27, 1, 3, '2025-06', 202530001, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:01:00+00', '2025-06-03 06:01:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(28, 1, 3, '2025-06', 202530002, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:02:00+00', '2025-06-03 06:02:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(29, 1, 3, '2025-06', 202530003, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:03:00+00', '2025-06-03 06:03:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(30, 1, 3, '2025-06', 202530004, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:04:00+00', '2025-06-03 06:04:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(31, 1, 3, '2025-06', 202530005, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:05:00+00', '2025-06-03 06:05:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(32, 1, 3, '2025-06', 202530006, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:06:00+00', '2025-06-03 06:06:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(33, 1, 3, '2025-06', 202530007, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:07:00+00', '2025-06-03 06:07:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(34, 1, 3, '2025-06', 202530008, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:08:00+00', '2025-06-03 06:08:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(35, 1, 3, '2025-06', 202530009, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:09:00+00', '2025-06-03 06:09:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(36, 1, 3, '2025-06', 202530010, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:10:00+00', '2025-06-03 06:10:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(37, 1, 3, '2025-06', 202530011, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:11:00+00', '2025-06-03 06:11:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(38, 1, 3, '2025-06', 202530012, NULL, 'Help Desk', 'Closed', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:12:00+00', '2025-06-03 06:12:00+00', NULL, true, 'counts', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(39, 1, 3, '2025-06', 202530013, NULL, 'Help Desk', 'New', NULL, NULL, NULL, NULL, NULL, '2025-06-03 05:13:00+00', NULL, NULL, true, 'counts', false, 'status is New', '2026-11-30 13:23:24.978773+00', NULL),
	(40, 1, 3, '2025-05', 202525040, NULL, 'Help Desk', 'New', NULL, NULL, NULL, NULL, NULL, '2025-05-09 15:00:00+00', NULL, NULL, true, 'counts', false, 'status is New', '2026-11-30 13:23:36.39863+00', NULL),
	(41, 1, 3, '2025-05', 202525041, NULL, 'Help Desk', 'New', NULL, NULL, NULL, NULL, NULL, '2025-05-09 16:00:00+00', NULL, NULL, true, 'counts', false, 'status is New', '2026-11-30 13:23:36.39863+00', NULL);


--
-- Data for Name: qbr_time_entries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.qbr_time_entries VALUES
	(1, 1, 3, '2025-04', 202520001, 202520000, NULL, 'Help Desk', NULL, NULL, 1.25, '2025-04-03 05:01:00+00', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(2, 1, 3, '2025-04', 202520002, 202520000, NULL, 'Help Desk', NULL, NULL, 3, '2025-04-03 05:02:00+00', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(3, 1, 3, '2025-04', 202520000, 202520000, NULL, 'Help Desk', NULL, NULL, 0.5, '2025-04-03 05:00:00+00', true, 'counts', '2026-11-30 13:23:15.553024+00', NULL),
	(4, 1, 3, '2025-05', 202525000, 202525000, NULL, 'Help Desk', NULL, NULL, 0.5, '2025-05-03 05:00:00+00', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(5, 1, 3, '2025-05', 202525001, 202525000, NULL, 'Help Desk', NULL, NULL, 1.25, '2025-05-03 05:01:00+00', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(6, 1, 3, '2025-05', 202525002, 202525000, NULL, 'Help Desk', NULL, NULL, 3, '2025-05-03 05:02:00+00', true, 'counts', '2026-11-30 13:23:20.12877+00', NULL),
	(7, 1, 3, '2025-06', 202530002, 202530000, NULL, 'Help Desk', NULL, NULL, 3, '2025-06-03 05:02:00+00', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(8, 1, 3, '2025-06', 202530000, 202530000, NULL, 'Help Desk', NULL, NULL, 0.5, '2025-06-03 05:00:00+00', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL),
	(9, 1, 3, '2025-06', 202530001, 202530000, NULL, 'Help Desk', NULL, NULL, 1.25, '2025-06-03 05:01:00+00', true, 'counts', '2026-11-30 13:23:24.978773+00', NULL);


--
-- Data for Name: vendor; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.vendor VALUES
	(3, 'ConnectWise'),
	(4, 'QuickBooks'),
	(5, 'Manual'),
	(2, 'Ninja');


--
-- Name: device_identity_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.device_identity_id_seq', 1, false);


--
-- Name: device_snapshot_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.device_snapshot_id_seq', 63, true);


--
-- Name: device_type_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.device_type_id_seq', 1, false);


--
-- Name: organization_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.organization_id_seq', 1, true);


--
-- Name: qbr_acceptances_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_acceptances_id_seq', 1, false);


--
-- Name: qbr_alerts_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_alerts_id_seq', 1, false);


--
-- Name: qbr_collection_log_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_collection_log_id_seq', 12, true);


--
-- Name: qbr_devices_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_devices_id_seq', 63, true);


--
-- Name: qbr_finding_events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_finding_events_id_seq', 4, true);


--
-- Name: qbr_findings_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_findings_id_seq', 4, true);


--
-- Name: qbr_metrics_history_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_metrics_history_id_seq', 22, true);


--
-- Name: qbr_metrics_monthly_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_metrics_monthly_id_seq', 20, true);


--
-- Name: qbr_metrics_quarterly_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_metrics_quarterly_id_seq', 142, true);


--
-- Name: qbr_migration_rows_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_migration_rows_id_seq', 7, true);


--
-- Name: qbr_publications_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_publications_id_seq', 12, true);


--
-- Name: qbr_restatement_rows_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_restatement_rows_id_seq', 2, true);


--
-- Name: qbr_restatements_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_restatements_id_seq', 1, true);


--
-- Name: qbr_smartnumbers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_smartnumbers_id_seq', 756, true);


--
-- Name: qbr_stages_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_stages_id_seq', 18, true);


--
-- Name: qbr_thresholds_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_thresholds_id_seq', 1, true);


--
-- Name: qbr_tickets_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_tickets_id_seq', 41, true);


--
-- Name: qbr_time_entries_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.qbr_time_entries_id_seq', 9, true);


--
-- Name: vendor_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.vendor_id_seq', 6, true);


--
-- Name: device_identity device_identity_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_identity
    ADD CONSTRAINT device_identity_pkey PRIMARY KEY (id);


--
-- Name: device_snapshot device_snapshot_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_snapshot
    ADD CONSTRAINT device_snapshot_pkey PRIMARY KEY (id);


--
-- Name: device_snapshot device_snapshot_snapshot_date_vendor_id_device_identity_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_snapshot
    ADD CONSTRAINT device_snapshot_snapshot_date_vendor_id_device_identity_id_key UNIQUE (snapshot_date, vendor_id, device_identity_id);


--
-- Name: device_type device_type_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_type
    ADD CONSTRAINT device_type_pkey PRIMARY KEY (id);


--
-- Name: organization organization_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_pkey PRIMARY KEY (id);


--
-- Name: qbr_acceptances qbr_acceptances_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_acceptances
    ADD CONSTRAINT qbr_acceptances_pkey PRIMARY KEY (id);


--
-- Name: qbr_alembic_version qbr_alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_alembic_version
    ADD CONSTRAINT qbr_alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: qbr_alerts qbr_alerts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_alerts
    ADD CONSTRAINT qbr_alerts_pkey PRIMARY KEY (id);


--
-- Name: qbr_collection_log qbr_collection_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_collection_log
    ADD CONSTRAINT qbr_collection_log_pkey PRIMARY KEY (id);


--
-- Name: qbr_devices qbr_devices_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_devices
    ADD CONSTRAINT qbr_devices_pkey PRIMARY KEY (id);


--
-- Name: qbr_ended_sessions qbr_ended_sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_ended_sessions
    ADD CONSTRAINT qbr_ended_sessions_pkey PRIMARY KEY (session_id);


--
-- Name: qbr_finding_events qbr_finding_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_finding_events
    ADD CONSTRAINT qbr_finding_events_pkey PRIMARY KEY (id);


--
-- Name: qbr_findings qbr_findings_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_findings
    ADD CONSTRAINT qbr_findings_pkey PRIMARY KEY (id);


--
-- Name: qbr_metrics_history qbr_metrics_history_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_history
    ADD CONSTRAINT qbr_metrics_history_pkey PRIMARY KEY (id);


--
-- Name: qbr_metrics_monthly qbr_metrics_monthly_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_monthly
    ADD CONSTRAINT qbr_metrics_monthly_pkey PRIMARY KEY (id);


--
-- Name: qbr_metrics_quarterly qbr_metrics_quarterly_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_quarterly
    ADD CONSTRAINT qbr_metrics_quarterly_pkey PRIMARY KEY (id);


--
-- Name: qbr_migration_rows qbr_migration_rows_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_migration_rows
    ADD CONSTRAINT qbr_migration_rows_pkey PRIMARY KEY (id);


--
-- Name: qbr_publications qbr_publications_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_publications
    ADD CONSTRAINT qbr_publications_pkey PRIMARY KEY (id);


--
-- Name: qbr_restatement_rows qbr_restatement_rows_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatement_rows
    ADD CONSTRAINT qbr_restatement_rows_pkey PRIMARY KEY (id);


--
-- Name: qbr_restatements qbr_restatements_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatements
    ADD CONSTRAINT qbr_restatements_pkey PRIMARY KEY (id);


--
-- Name: qbr_smartnumbers qbr_smartnumbers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_smartnumbers
    ADD CONSTRAINT qbr_smartnumbers_pkey PRIMARY KEY (id);


--
-- Name: qbr_staged_devices qbr_staged_devices_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_staged_devices
    ADD CONSTRAINT qbr_staged_devices_pkey PRIMARY KEY (stage_id, source_id);


--
-- Name: qbr_staged_tickets qbr_staged_tickets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_staged_tickets
    ADD CONSTRAINT qbr_staged_tickets_pkey PRIMARY KEY (stage_id, source_id);


--
-- Name: qbr_staged_time_entries qbr_staged_time_entries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_staged_time_entries
    ADD CONSTRAINT qbr_staged_time_entries_pkey PRIMARY KEY (stage_id, source_id);


--
-- Name: qbr_stages qbr_stages_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_stages
    ADD CONSTRAINT qbr_stages_pkey PRIMARY KEY (id);


--
-- Name: qbr_thresholds qbr_thresholds_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_thresholds
    ADD CONSTRAINT qbr_thresholds_pkey PRIMARY KEY (id);


--
-- Name: qbr_tickets qbr_tickets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_tickets
    ADD CONSTRAINT qbr_tickets_pkey PRIMARY KEY (id);


--
-- Name: qbr_time_entries qbr_time_entries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_time_entries
    ADD CONSTRAINT qbr_time_entries_pkey PRIMARY KEY (id);


--
-- Name: qbr_metrics_monthly uq_metrics_monthly_period_metric_org_vendor; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_monthly
    ADD CONSTRAINT uq_metrics_monthly_period_metric_org_vendor UNIQUE (period, metric_name, organization_id, vendor_id);


--
-- Name: qbr_metrics_quarterly uq_metrics_quarterly_period_metric_org; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_quarterly
    ADD CONSTRAINT uq_metrics_quarterly_period_metric_org UNIQUE (period, metric_name, organization_id);


--
-- Name: qbr_findings uq_qbr_findings_fingerprint; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_findings
    ADD CONSTRAINT uq_qbr_findings_fingerprint UNIQUE (organization_id, subject, period, rule);


--
-- Name: qbr_restatements uq_qbr_restatements_publication_metric; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatements
    ADD CONSTRAINT uq_qbr_restatements_publication_metric UNIQUE (publication_id, metric_name);


--
-- Name: qbr_stages uq_qbr_stages_source_period_run; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_stages
    ADD CONSTRAINT uq_qbr_stages_source_period_run UNIQUE (organization_id, source, period, run_id);


--
-- Name: qbr_smartnumbers uq_smartnumbers_period_kpi_org; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_smartnumbers
    ADD CONSTRAINT uq_smartnumbers_period_kpi_org UNIQUE (period, kpi_name, organization_id);


--
-- Name: qbr_thresholds uq_thresholds_metric_type_org; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_thresholds
    ADD CONSTRAINT uq_thresholds_metric_type_org UNIQUE (metric_name, threshold_type, organization_id);


--
-- Name: vendor vendor_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.vendor
    ADD CONSTRAINT vendor_name_key UNIQUE (name);


--
-- Name: vendor vendor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.vendor
    ADD CONSTRAINT vendor_pkey PRIMARY KEY (id);


--
-- Name: idx_qbr_acceptances_publication_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_acceptances_publication_id ON public.qbr_acceptances USING btree (publication_id);


--
-- Name: idx_qbr_alerts_destination_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_alerts_destination_subject ON public.qbr_alerts USING btree (organization_id, destination, subject, id);


--
-- Name: idx_qbr_alerts_undelivered; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_alerts_undelivered ON public.qbr_alerts USING btree (organization_id) WHERE (delivered_at IS NULL);


--
-- Name: idx_qbr_collection_log_collection_started_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_collection_log_collection_started_at ON public.qbr_collection_log USING btree (collection_started_at);


--
-- Name: idx_qbr_collection_log_period; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_collection_log_period ON public.qbr_collection_log USING btree (period);


--
-- Name: idx_qbr_collection_log_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_collection_log_status ON public.qbr_collection_log USING btree (status);


--
-- Name: idx_qbr_collection_log_vendor_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_collection_log_vendor_id ON public.qbr_collection_log USING btree (vendor_id);


--
-- Name: idx_qbr_devices_period_valid_from; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_devices_period_valid_from ON public.qbr_devices USING btree (organization_id, vendor_id, period, valid_from);


--
-- Name: idx_qbr_ended_sessions_ends_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_ended_sessions_ends_at ON public.qbr_ended_sessions USING btree (ends_at);


--
-- Name: idx_qbr_finding_events_finding_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_finding_events_finding_id ON public.qbr_finding_events USING btree (finding_id, id);


--
-- Name: idx_qbr_findings_period_scope; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_findings_period_scope ON public.qbr_findings USING btree (organization_id, period, scope);


--
-- Name: idx_qbr_findings_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_findings_state ON public.qbr_findings USING btree (organization_id, state);


--
-- Name: idx_qbr_metrics_history_period_metric_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_history_period_metric_name ON public.qbr_metrics_history USING btree (organization_id, period, metric_name, id);


--
-- Name: idx_qbr_metrics_history_transaction_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_history_transaction_id ON public.qbr_metrics_history USING btree (transaction_id, id);


--
-- Name: idx_qbr_metrics_monthly_data_source; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_monthly_data_source ON public.qbr_metrics_monthly USING btree (data_source);


--
-- Name: idx_qbr_metrics_monthly_metric_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_monthly_metric_name ON public.qbr_metrics_monthly USING btree (metric_name);


--
-- Name: idx_qbr_metrics_monthly_organization_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_monthly_organization_id ON public.qbr_metrics_monthly USING btree (organization_id);


--
-- Name: idx_qbr_metrics_monthly_period; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_monthly_period ON public.qbr_metrics_monthly USING btree (period);


--
-- Name: idx_qbr_metrics_monthly_period_metric_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_monthly_period_metric_name ON public.qbr_metrics_monthly USING btree (period, metric_name);


--
-- Name: idx_qbr_metrics_monthly_vendor_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_monthly_vendor_id ON public.qbr_metrics_monthly USING btree (vendor_id);


--
-- Name: idx_qbr_metrics_quarterly_metric_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_quarterly_metric_name ON public.qbr_metrics_quarterly USING btree (metric_name);


--
-- Name: idx_qbr_metrics_quarterly_organization_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_quarterly_organization_id ON public.qbr_metrics_quarterly USING btree (organization_id);


--
-- Name: idx_qbr_metrics_quarterly_period; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_metrics_quarterly_period ON public.qbr_metrics_quarterly USING btree (period);


--
-- Name: idx_qbr_publications_period; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_publications_period ON public.qbr_publications USING btree (organization_id, vendor_id, period, id);


--
-- Name: idx_qbr_publications_run_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_publications_run_id ON public.qbr_publications USING btree (run_id);


--
-- Name: idx_qbr_restatement_rows_restatement_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_restatement_rows_restatement_id ON public.qbr_restatement_rows USING btree (restatement_id, id);


--
-- Name: idx_qbr_restatements_period; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_restatements_period ON public.qbr_restatements USING btree (organization_id, period, id);


--
-- Name: idx_qbr_smartnumbers_kpi_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_smartnumbers_kpi_name ON public.qbr_smartnumbers USING btree (kpi_name);


--
-- Name: idx_qbr_smartnumbers_organization_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_smartnumbers_organization_id ON public.qbr_smartnumbers USING btree (organization_id);


--
-- Name: idx_qbr_smartnumbers_period; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_smartnumbers_period ON public.qbr_smartnumbers USING btree (period);


--
-- Name: idx_qbr_stages_staged_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_stages_staged_at ON public.qbr_stages USING btree (staged_at);


--
-- Name: idx_qbr_thresholds_metric_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_thresholds_metric_name ON public.qbr_thresholds USING btree (metric_name);


--
-- Name: idx_qbr_thresholds_organization_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_thresholds_organization_id ON public.qbr_thresholds USING btree (organization_id);


--
-- Name: idx_qbr_tickets_period_valid_from; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_tickets_period_valid_from ON public.qbr_tickets USING btree (organization_id, vendor_id, period, valid_from);


--
-- Name: idx_qbr_time_entries_period_valid_from; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_qbr_time_entries_period_valid_from ON public.qbr_time_entries USING btree (organization_id, vendor_id, period, valid_from);


--
-- Name: uq_qbr_collection_log_run_id_period_vendor_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_qbr_collection_log_run_id_period_vendor_id ON public.qbr_collection_log USING btree (run_id, period, vendor_id) WHERE (run_id IS NOT NULL);


--
-- Name: uq_qbr_devices_current; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_qbr_devices_current ON public.qbr_devices USING btree (organization_id, vendor_id, period, source_id) WHERE (valid_to IS NULL);


--
-- Name: uq_qbr_findings_fact; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_qbr_findings_fact ON public.qbr_findings USING btree (organization_id, subject, rule) WHERE (months IS NOT NULL);


--
-- Name: uq_qbr_tickets_current; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_qbr_tickets_current ON public.qbr_tickets USING btree (organization_id, vendor_id, period, source_id) WHERE (valid_to IS NULL);


--
-- Name: uq_qbr_time_entries_current; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_qbr_time_entries_current ON public.qbr_time_entries USING btree (organization_id, vendor_id, period, source_id) WHERE (valid_to IS NULL);


--
-- Name: qbr_finding_events qbr_finding_events_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_finding_events_append_only BEFORE DELETE OR UPDATE ON public.qbr_finding_events FOR EACH ROW EXECUTE FUNCTION public.qbr_refuse_change();


--
-- Name: qbr_finding_events qbr_finding_events_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_finding_events_no_truncate BEFORE TRUNCATE ON public.qbr_finding_events FOR EACH STATEMENT EXECUTE FUNCTION public.qbr_refuse_change();


--
-- Name: qbr_metrics_history qbr_metrics_history_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_metrics_history_append_only BEFORE DELETE OR UPDATE ON public.qbr_metrics_history FOR EACH ROW EXECUTE FUNCTION public.qbr_refuse_history_change();


--
-- Name: qbr_metrics_history qbr_metrics_history_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_metrics_history_no_truncate BEFORE TRUNCATE ON public.qbr_metrics_history FOR EACH STATEMENT EXECUTE FUNCTION public.qbr_refuse_history_change();


--
-- Name: qbr_restatement_rows qbr_restatement_rows_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_restatement_rows_append_only BEFORE DELETE OR UPDATE ON public.qbr_restatement_rows FOR EACH ROW EXECUTE FUNCTION public.qbr_refuse_change();


--
-- Name: qbr_restatement_rows qbr_restatement_rows_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_restatement_rows_no_truncate BEFORE TRUNCATE ON public.qbr_restatement_rows FOR EACH STATEMENT EXECUTE FUNCTION public.qbr_refuse_change();


--
-- Name: qbr_restatements qbr_restatements_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_restatements_append_only BEFORE DELETE OR UPDATE ON public.qbr_restatements FOR EACH ROW EXECUTE FUNCTION public.qbr_refuse_change();


--
-- Name: qbr_restatements qbr_restatements_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER qbr_restatements_no_truncate BEFORE TRUNCATE ON public.qbr_restatements FOR EACH STATEMENT EXECUTE FUNCTION public.qbr_refuse_change();


--
-- Name: device_identity device_identity_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_identity
    ADD CONSTRAINT device_identity_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: device_snapshot device_snapshot_device_identity_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_snapshot
    ADD CONSTRAINT device_snapshot_device_identity_id_fkey FOREIGN KEY (device_identity_id) REFERENCES public.device_identity(id);


--
-- Name: device_snapshot device_snapshot_device_type_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_snapshot
    ADD CONSTRAINT device_snapshot_device_type_id_fkey FOREIGN KEY (device_type_id) REFERENCES public.device_type(id);


--
-- Name: device_snapshot device_snapshot_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_snapshot
    ADD CONSTRAINT device_snapshot_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_acceptances qbr_acceptances_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_acceptances
    ADD CONSTRAINT qbr_acceptances_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_acceptances qbr_acceptances_publication_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_acceptances
    ADD CONSTRAINT qbr_acceptances_publication_id_fkey FOREIGN KEY (publication_id) REFERENCES public.qbr_publications(id);


--
-- Name: qbr_alerts qbr_alerts_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_alerts
    ADD CONSTRAINT qbr_alerts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_collection_log qbr_collection_log_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_collection_log
    ADD CONSTRAINT qbr_collection_log_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_collection_log qbr_collection_log_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_collection_log
    ADD CONSTRAINT qbr_collection_log_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_devices qbr_devices_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_devices
    ADD CONSTRAINT qbr_devices_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_devices qbr_devices_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_devices
    ADD CONSTRAINT qbr_devices_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_finding_events qbr_finding_events_finding_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_finding_events
    ADD CONSTRAINT qbr_finding_events_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.qbr_findings(id);


--
-- Name: qbr_finding_events qbr_finding_events_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_finding_events
    ADD CONSTRAINT qbr_finding_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_findings qbr_findings_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_findings
    ADD CONSTRAINT qbr_findings_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_metrics_history qbr_metrics_history_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_history
    ADD CONSTRAINT qbr_metrics_history_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_metrics_history qbr_metrics_history_publication_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_history
    ADD CONSTRAINT qbr_metrics_history_publication_id_fkey FOREIGN KEY (publication_id) REFERENCES public.qbr_publications(id);


--
-- Name: qbr_metrics_history qbr_metrics_history_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_history
    ADD CONSTRAINT qbr_metrics_history_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_metrics_monthly qbr_metrics_monthly_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_monthly
    ADD CONSTRAINT qbr_metrics_monthly_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_metrics_monthly qbr_metrics_monthly_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_monthly
    ADD CONSTRAINT qbr_metrics_monthly_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_metrics_quarterly qbr_metrics_quarterly_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_metrics_quarterly
    ADD CONSTRAINT qbr_metrics_quarterly_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_publications qbr_publications_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_publications
    ADD CONSTRAINT qbr_publications_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_publications qbr_publications_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_publications
    ADD CONSTRAINT qbr_publications_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_restatement_rows qbr_restatement_rows_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatement_rows
    ADD CONSTRAINT qbr_restatement_rows_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_restatement_rows qbr_restatement_rows_restatement_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatement_rows
    ADD CONSTRAINT qbr_restatement_rows_restatement_id_fkey FOREIGN KEY (restatement_id) REFERENCES public.qbr_restatements(id);


--
-- Name: qbr_restatements qbr_restatements_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatements
    ADD CONSTRAINT qbr_restatements_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_restatements qbr_restatements_publication_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatements
    ADD CONSTRAINT qbr_restatements_publication_id_fkey FOREIGN KEY (publication_id) REFERENCES public.qbr_publications(id);


--
-- Name: qbr_restatements qbr_restatements_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_restatements
    ADD CONSTRAINT qbr_restatements_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_smartnumbers qbr_smartnumbers_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_smartnumbers
    ADD CONSTRAINT qbr_smartnumbers_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_staged_devices qbr_staged_devices_stage_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_staged_devices
    ADD CONSTRAINT qbr_staged_devices_stage_id_fkey FOREIGN KEY (stage_id) REFERENCES public.qbr_stages(id) ON DELETE CASCADE;


--
-- Name: qbr_staged_tickets qbr_staged_tickets_stage_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_staged_tickets
    ADD CONSTRAINT qbr_staged_tickets_stage_id_fkey FOREIGN KEY (stage_id) REFERENCES public.qbr_stages(id) ON DELETE CASCADE;


--
-- Name: qbr_staged_time_entries qbr_staged_time_entries_stage_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_staged_time_entries
    ADD CONSTRAINT qbr_staged_time_entries_stage_id_fkey FOREIGN KEY (stage_id) REFERENCES public.qbr_stages(id) ON DELETE CASCADE;


--
-- Name: qbr_stages qbr_stages_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_stages
    ADD CONSTRAINT qbr_stages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_thresholds qbr_thresholds_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_thresholds
    ADD CONSTRAINT qbr_thresholds_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_tickets qbr_tickets_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_tickets
    ADD CONSTRAINT qbr_tickets_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_tickets qbr_tickets_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_tickets
    ADD CONSTRAINT qbr_tickets_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- Name: qbr_time_entries qbr_time_entries_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_time_entries
    ADD CONSTRAINT qbr_time_entries_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);


--
-- Name: qbr_time_entries qbr_time_entries_vendor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.qbr_time_entries
    ADD CONSTRAINT qbr_time_entries_vendor_id_fkey FOREIGN KEY (vendor_id) REFERENCES public.vendor(id);


--
-- PostgreSQL database dump complete
--

\unrestrict qbr

