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

-- +goose Down
DROP TABLE mail;
