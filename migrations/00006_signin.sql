-- Signing in: letters that wait to be sent, and how people prove who they are. See internal/mail and internal/identity.
-- +goose Up
CREATE TABLE mail (
  id BIGINT NOT NULL PRIMARY KEY,
  receiver VARCHAR(200) NOT NULL,
  lang CHAR(2) NOT NULL,
  kind VARCHAR(48) NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  status VARCHAR(8) NOT NULL,
  attempts BIGINT NOT NULL,
  run_us BIGINT NOT NULL,
  locked_until_us BIGINT NOT NULL,
  locked_by VARCHAR(24) NOT NULL,
  problem VARCHAR(300) NOT NULL,
  created_us BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  ended_us BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX mail_due ON mail (status, run_us);

-- Where no key of the installation is configured and no file can hold one.
CREATE TABLE installation (name VARCHAR(16) NOT NULL PRIMARY KEY, value VARBINARY(255) NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- How a session was opened, and when its person last showed a factor.
ALTER TABLE session ADD COLUMN way VARCHAR(8) NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN fresh_us BIGINT NOT NULL DEFAULT 0;

-- An authenticator app (kind totp: secret is sealed) or a passkey (secret is its public record, sealed against changes).
CREATE TABLE factor (
  id BIGINT NOT NULL PRIMARY KEY,
  person BIGINT NOT NULL,
  kind VARCHAR(8) NOT NULL,
  name VARCHAR(60) NOT NULL,
  ref VARBINARY(32) NOT NULL,
  secret MEDIUMBLOB NOT NULL,
  last_step BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  used_us BIGINT NOT NULL,
  CONSTRAINT factor_ref UNIQUE (ref),
  CONSTRAINT factor_person FOREIGN KEY (person) REFERENCES person (id)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX factor_by_person ON factor (person);

CREATE TABLE recovery_code (
  person BIGINT NOT NULL,
  hash VARBINARY(32) NOT NULL,
  created_us BIGINT NOT NULL,
  used_us BIGINT NOT NULL,
  PRIMARY KEY (person, hash)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- What may be done once, and soon: the second half of a sign-in, a mailed code, a new password, a ceremony.
CREATE TABLE one_time (
  id BIGINT NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,
  token_hash VARBINARY(32) NOT NULL,
  person BIGINT NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  attempts BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  used_us BIGINT NOT NULL,
  CONSTRAINT one_time_token UNIQUE (token_hash)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX one_time_until ON one_time (until_us);
CREATE INDEX one_time_person ON one_time (person, kind);

-- How often somebody has tried, by a name that is a hash: shared by all instances.
CREATE TABLE throttle (
  who VARCHAR(64) NOT NULL PRIMARY KEY,
  n BIGINT NOT NULL,
  last_us BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;
CREATE INDEX throttle_last ON throttle (last_us);

-- How the people of an organisation sign in.
CREATE TABLE sign_in_policy (
  org BIGINT NOT NULL PRIMARY KEY,
  issuer VARCHAR(300) NOT NULL,
  client_id VARCHAR(200) NOT NULL,
  client_secret VARBINARY(1000) NOT NULL,
  domains VARCHAR(500) NOT NULL,
  required BOOLEAN NOT NULL,
  step_up_from BIGINT NOT NULL,
  version BIGINT NOT NULL
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

CREATE TABLE sign_in_subject (
  org BIGINT NOT NULL,
  subject VARBINARY(32) NOT NULL,
  person BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (org, subject)
) /*! CHARACTER SET utf8mb4 COLLATE utf8mb4_bin */;

-- +goose Down
DROP TABLE sign_in_subject;
DROP TABLE sign_in_policy;
DROP TABLE throttle;
DROP TABLE one_time;
DROP TABLE recovery_code;
DROP TABLE factor;
DROP TABLE installation;
DROP TABLE mail;
