-- The two databases, and the user of them: POSTGRES_QBR_PASSWORD of postgres.env.
\getenv password POSTGRES_QBR_PASSWORD
CREATE ROLE qbr LOGIN PASSWORD :'password';
CREATE DATABASE qbr OWNER qbr;
CREATE DATABASE dagster OWNER qbr;
