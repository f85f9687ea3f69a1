-- The role of the server, as docs/operations.md describes it; it may be run again.
\set ON_ERROR_STOP on
\getenv password SERVER_PASSWORD
SELECT 'CREATE ROLE resolver_app LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'resolver_app')
\gexec
ALTER ROLE resolver_app PASSWORD :'password';
GRANT SELECT ON resolver_version TO resolver_app;
GRANT SELECT, UPDATE ON resolver_clock TO resolver_app;
GRANT SELECT, INSERT, UPDATE ON resolver_subject TO resolver_app;
GRANT SELECT, INSERT, DELETE ON resolver_history TO resolver_app;
GRANT SELECT, INSERT, DELETE ON resolver_outcome TO resolver_app;
GRANT SELECT, UPDATE ON resolver_setting TO resolver_app;
ALTER ROLE resolver_app SET lock_timeout = '5s';
ALTER ROLE resolver_app SET idle_in_transaction_session_timeout = '10s';
