-- The portal's roles on PostgreSQL 15 or newer. Run it in the portal's own database as PostgreSQL's superuser:
--
--     runuser -u postgres -- psql -v ON_ERROR_STOP=1 -d portal -f roles.sql
--
-- before the first `portal migrate` and after it, after each upgrade (the new version's file) and after each restore. A second run changes nothing.
--
-- portal_owner   owns the tables: `portal migrate` and `portal restore` work as this role, and nothing else does.
-- portal         the pages, the worker and the backups: reads and writes rows, and cannot change what tables there are.
-- portal_reader  reads what public pages show, from a replica: no report, no answer, no key, no account.

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['portal_owner', 'portal', 'portal_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
    -- Whoever else has a role on this server does not come in.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('ALTER DATABASE %I OWNER TO portal_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO portal, portal_reader', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO portal_owner;
GRANT USAGE ON SCHEMA public TO portal, portal_reader;

-- Of a database that had one role until now. What numbers a table's rows goes with the table.
DO $$
DECLARE
    found name;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'portal_owner' LOOP
        EXECUTE format('ALTER TABLE public.%I OWNER TO portal_owner', found);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portal;
-- And on those that the next migration makes.
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal;

-- What is there in which shape, the pages only read.
DO $$
BEGIN
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.alembic_version FROM portal;
    END IF;
    -- Since PostgreSQL 17 others than the owner may be allowed to tidy a table up (VACUUM); before, PostgreSQL does it by itself.
    IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO portal';
        EXECUTE 'ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public GRANT MAINTAIN ON TABLES TO portal';
    END IF;
END
$$;

-- Each night the worker rewrites residents' tables in the order of their random keys, so that no row's place tells who wrote
-- before whom. PostgreSQL lets the owner alone do that, so the worker asks this function for it: it does that and nothing else.
CREATE OR REPLACE FUNCTION public.rewrite_in_key_order(which text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CLUSTER public.%I USING %I', which, 'pk_' || which);
END
$$;
ALTER FUNCTION public.rewrite_in_key_order(text) OWNER TO portal_owner;
REVOKE ALL ON FUNCTION public.rewrite_in_key_order(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.rewrite_in_key_order(text) TO portal;

-- A table that is not named here can be read from a replica as soon as this file is run again.
ALTER ROLE portal_reader SET default_transaction_read_only = on;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_reader;
DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY[
        'audit_entry', 'board_report', 'case_note', 'case_task', 'clock', 'coding_frame', 'coding_part', 'deleted_report', 'deletion_request', 'draft', 'earlier_owner',
        'event_help_message', 'event_help_request', 'event_outcome', 'event_proposal', 'event_proposal_message',
        'event_proposal_picture', 'event_source', 'event_source_entry',
        'evidence_chunk', 'evidence_file', 'export_chunk', 'export_job', 'hand_over', 'invitation_code', 'key_grant',
        'keyholder', 'legal_hold', 'limit_count', 'limit_key', 'listed_deletion', 'member', 'membership', 'message', 'nudge', 'offline_key', 'organisation_account',
        'outbox_mail', 'paper_entry', 'queue_index', 'referral', 'report', 'report_contact', 'report_part', 'saved_answers',
        'saved_view', 'second_look', 'staff_invitation', 'staff_member', 'staff_recovery_code', 'staff_role',
        'staff_passkey', 'staff_passkey_challenge',
        'staff_session', 'staff_team_wait', 'survey_draft', 'survey_response', 'translation', 'trusted_group', 'unlock', 'vault',
        'case_review', 'case_review_message', 'case_review_minutes', 'case_review_panel', 'case_review_panel_member', 'case_review_panel_words',
        'case_review_part', 'case_review_policing_body_look', 'case_review_recommendation', 'case_review_used_receipt', 'marac_action', 'marac_case',
        'marac_item', 'marac_knowledge', 'marac_meeting', 'marac_member', 'marac_minutes', 'planned_activity', 'problem_profile', 'packed_part',
        'written_answer'
    ] LOOP
        IF to_regclass('public.' || kept) IS NOT NULL THEN
            EXECUTE format('REVOKE ALL ON public.%I FROM portal_reader', kept);
        END IF;
    END LOOP;
END
$$;
